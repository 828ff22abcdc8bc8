//! Makes the list of a trust from one tree. It has every existing access, with what it allows and the notices about it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::{Base, Standing};
use crate::judge::Rules;
use crate::model::{
    ApplicationId, Digest, Grant, PersonId, Position, Quarter, Register, Review, ReviewRow, Right, RowNotice,
    SettingRow, Staff, TrustId, TrustKind,
};
use crate::policy::CourseRecord;
use crate::text::Text;

use super::settings::{settings_at, settings_of};

/// The values from which a list is made.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The rules of the tree.
    pub rules: &'a Rules,
    /// The accesses of the tree.
    pub base: &'a Base,
    /// The trust whose list is made.
    pub trust: &'a TrustId,
    /// The digest of the tree.
    pub tree: Digest,
    /// The current day in the register's time zone.
    pub today: Date,
}

/// The acts that each right allows.
type Acts = BTreeMap<Right, Vec<String>>;

fn acts_of<'m>(acts: &'m Acts, grant: &Grant) -> &'m [String] {
    acts.get(&grant.right()).map(Vec::as_slice).unwrap_or_default()
}

/// The position of registrars (R37).
const REGISTRAR: &str = "lis";

/// Makes the list. Its rows are the accesses of both applications that exist today or begin later. They are ordered by
/// person, application, unit and request. The national list also has the people and accounts of the settings.
#[must_use]
pub fn start(from: &Start<'_>) -> Review {
    let here: Vec<&Standing> = from
        .base
        .people
        .values()
        .flat_map(|known| known.at(from.trust))
        .map(|(_, standing)| standing)
        .filter(|standing| standing.lives(from.today))
        .collect();
    let mut acts = Acts::new();
    for standing in &here {
        let right = standing.grant.right();
        let of_it = || allowed(from.rules, &right).into_iter().map(|(act, _)| act).collect();
        acts.entry(right.clone()).or_insert_with(of_it);
    }
    let mut rows: Vec<ReviewRow> = here
        .iter()
        .map(|standing| {
            let grant = &standing.grant;
            ReviewRow {
                key: grant.key.clone(),
                role: grant.role.clone(),
                from: grant.from,
                until: grant.until,
                approved_by: grant.approval.by.clone(),
                approved_on: grant.approval.on,
                allows: acts_of(&acts, grant).to_vec(),
                notices: notices(&from.rules.register, grant, &here, &acts, from.today),
                answered: None,
            }
        })
        .collect();
    rows.sort_by(|one, other| one.key.cmp(&other.key));
    let register = &from.rules.register;
    let settings = if settings_at(register) == Some(from.trust) {
        let all = settings_of(register, from.today).into_iter();
        all.map(|setting| SettingRow { setting, answered: None }).collect()
    } else {
        Vec::new()
    };
    Review {
        trust: from.trust.clone(),
        quarter: Quarter::of(from.today),
        made: from.today,
        tree: from.tree,
        delegations: Vec::new(),
        reviewed: Vec::new(),
        rows,
        settings,
    }
}

/// Returns the acts that a right allows at its own unit while registration is under way, each with the policies that
/// allow it. A unit for testing has no real patients.
#[must_use]
pub fn allowed(rules: &Rules, right: &Right) -> Vec<(String, Vec<String>)> {
    let register = &rules.register;
    let test_only = register.units.get(&right.unit).is_some_and(|unit| unit.test_only);
    let record = CourseRecord { unit: right.unit, real_patient_data: !test_only, ongoing: true };
    let mut allowed = Vec::new();
    for act in rules.policies.capability_acts() {
        let decision = rules.policies.can(register, right, act, record);
        if decision.allowed {
            allowed.push((act.as_str().to_owned(), decision.determining));
        }
    }
    allowed
}

/// Returns what a right allows, in the sentences of the capability policies. Each sentence occurs once.
#[must_use]
pub fn sentences(rules: &Rules, right: &Right) -> Vec<Text> {
    let mut said = BTreeSet::new();
    let mut sentences = Vec::new();
    for id in allowed(rules, right).into_iter().flat_map(|(_, policies)| policies) {
        if let Some(says) = rules.policies.says(&id).filter(|_| !said.contains(&id)) {
            sentences.push(says.clone());
            said.insert(id);
        }
    }
    sentences
}

fn notices(
    register: &Register,
    grant: &Grant,
    here: &[&Standing],
    acts: &Acts,
    today: Date,
) -> Vec<RowNotice> {
    let is_registrar = grant.vouched.position.as_ref().is_some_and(|at| at.as_str() == REGISTRAR);
    let closed =
        register.units.get(&grant.key.unit).and_then(|unit| unit.until).is_some_and(|last| last < today);
    let kind = register.trusts.get(&grant.trust).map(|trust| trust.kind);
    let elsewhere = kind == Some(TrustKind::Trust) && grant.vouched.employer.as_str() != grant.trust.as_str();
    let found = [
        (is_registrar && grant.until.is_none(), RowNotice::RegistrarWithoutEnd),
        (is_above_peers(grant, here, acts), RowNotice::RoleAbovePeers),
        (closed, RowNotice::UnitClosed),
        (elsewhere, RowNotice::EmployerDiffers),
    ];
    found.into_iter().filter(|(stands_out, _)| *stands_out).map(|(_, notice)| notice).collect()
}

/// Tells whether an access allows more than its peers do. Peers work in the same way at the trust: they have the same
/// staff, position and application. There must be at least two of them, and none may do as much.
fn is_above_peers(grant: &Grant, here: &[&Standing], acts: &Acts) -> bool {
    let of = |grant: &Grant| -> BTreeSet<String> { acts_of(acts, grant).iter().cloned().collect() };
    let (own, way) = (of(grant), way_of(grant));
    let mut peers: BTreeMap<&PersonId, BTreeSet<String>> = BTreeMap::new();
    for standing in here {
        let other = &standing.grant;
        if other.key.person != grant.key.person && way_of(other) == way {
            peers.entry(&other.key.person).or_default().extend(of(other));
        }
    }
    peers.len() >= 2 && peers.values().all(|theirs| theirs.is_subset(&own) && theirs.len() < own.len())
}

/// Returns the way in which a person works. People who share it are peers.
fn way_of(grant: &Grant) -> (ApplicationId, Staff, Option<Position>) {
    (grant.key.application.clone(), grant.vouched.staff, grant.vouched.position.clone())
}
