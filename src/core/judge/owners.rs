//! Finds the people who may approve in each folder today, by asking the policies about applicants that do not exist.
//! This is for files and commands that say in advance who is to be asked. Every entry is still judged on its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    ApplicationId, EmployerId, OfficeId, PersonId, RoleId, Staff, TrustId, TrustKind, UnitId,
};
use crate::policy::{
    Access, Act, Applicant, Approver, Certainty, Concerned, PolicyQuestion, RequestFacts, Stay,
};

use super::left::administrators;
use super::{Authority, Rules};

/// The people who may approve, by folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners {
    /// For each trust's folder: the people who may approve some kind of access there, by the policies.
    pub folders: BTreeMap<TrustId, BTreeSet<PersonId>>,
    /// For each trust: the people who may review its user list, by the policies (R36).
    pub reviews: BTreeMap<TrustId, BTreeSet<PersonId>>,
    /// The people who may approve changes of the protected files (R44).
    pub protected: BTreeSet<PersonId>,
}

/// Asks the policies about every folder.
#[must_use]
pub fn owners(rules: &Rules, authority: &Authority) -> Owners {
    let register = &rules.register;
    let protected = administrators(rules, authority);
    let (mut folders, mut reviews) = (BTreeMap::new(), BTreeMap::new());
    for trust in register.trusts.keys() {
        // People with the same authority get the same answers. All people who hold no office and coordinate only
        // other trusts count as alike here.
        let mut alike: BTreeMap<_, (&Approver, Vec<&PersonId>)> = BTreeMap::new();
        for (person, approver) in authority.iter() {
            let here = match &approver.coordinator_of {
                trusts if trusts.contains(trust) => Here::Coordinates,
                trusts if trusts.is_empty() => Here::Nothing,
                _ => Here::Elsewhere,
            };
            alike.entry((&approver.offices, here)).or_insert((approver, Vec::new())).1.push(person);
        }
        let accesses = accesses(rules, trust);
        let may = |approver: &Approver| {
            accesses.iter().any(|access| rules.decide(&question(rules, approver, access)).allowed)
        };
        let attests = |approver: &Approver| {
            rules.policies.may_attest(register, approver, trust, Concerned::Another).allowed
        };
        let of = |may: &dyn Fn(&Approver) -> bool| -> BTreeSet<PersonId> {
            let people = alike.values().filter(|(approver, _)| may(approver));
            people.flat_map(|(_, people)| people.iter().map(|person| (*person).clone())).collect()
        };
        folders.insert(trust.clone(), of(&may));
        reviews.insert(trust.clone(), of(&attests));
    }
    Owners { folders, reviews, protected }
}

/// What a person coordinates, seen from one folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Here {
    Nothing,
    Coordinates,
    Elsewhere,
}

/// The kinds of access people could apply for in a folder: all units, applications and roles. The applicants are
/// health personnel of that trust and ICT personnel of each body, without an office and with each office.
fn accesses(rules: &Rules, trust: &TrustId) -> Vec<Access> {
    let register = &rules.register;
    let units: Vec<UnitId> =
        register.units.iter().filter(|(_, unit)| unit.trust == *trust).map(|(id, _)| *id).collect();
    let own = EmployerId::new(trust.as_str()).ok().filter(|own| register.is_employer(own));
    // If the trust of a folder is not an employer, the applicant works at the host trust, or else at any trust.
    let host = || {
        let mut trusts = register.trusts.iter().filter(|(_, trust)| trust.kind == TrustKind::Trust);
        let first = trusts.clone().find(|(_, trust)| trust.host).or_else(|| trusts.next());
        first.and_then(|(id, _)| EmployerId::new(id.as_str()).ok())
    };
    let health = own.or_else(host).map(|employer| (Staff::Health, employer));
    let ict = register.ict_bodies.keys().map(|body| (Staff::Ict, body.clone()));
    let staff: Vec<(Staff, EmployerId)> = health.into_iter().chain(ict).collect();
    let none = BTreeSet::new();
    let offices: Vec<BTreeSet<OfficeId>> =
        register.offices.keys().map(|office| BTreeSet::from([office.clone()])).collect();
    // People in office apply seldom, and for the same things. So one application and one ICT body are enough for
    // them.
    let first_body = staff.iter().position(|(staff, _)| *staff == Staff::Ict);
    let mut accesses = Vec::new();
    for unit in units {
        for role in register.roles.keys() {
            for (at, (staff, employer)) in staff.iter().enumerate() {
                for application in register.applications.keys() {
                    accesses.push(access(unit, application, role, (*staff, employer), &none));
                }
                if *staff == Staff::Health || Some(at) == first_body {
                    let application = &register.coordinators.application;
                    accesses.extend(
                        offices.iter().map(|held| access(unit, application, role, (*staff, employer), held)),
                    );
                }
            }
        }
    }
    accesses
}

fn access(
    unit: UnitId,
    application: &ApplicationId,
    role: &RoleId,
    (staff, employer): (Staff, &EmployerId),
    offices: &BTreeSet<OfficeId>,
) -> Access {
    Access {
        application: application.clone(),
        unit,
        role: role.clone(),
        applicant: Applicant {
            staff,
            employer: employer.clone(),
            position: None,
            offices: offices.clone(),
            others: BTreeSet::new(),
        },
    }
}

fn question(rules: &Rules, approver: &Approver, access: &Access) -> PolicyQuestion {
    PolicyQuestion {
        action: Act::Grant,
        approver: approver.clone(),
        access: access.clone(),
        circumstances: RequestFacts {
            own: false,
            request_spent: false,
            identity: Certainty::Known,
            approval_renewed: true,
            holders_after_change: 0,
            most_holders: 1,
            own_coordinator: false,
            stay: Stay::Months(1),
            max_lis_months: rules.register.max_lis_months,
            review_overdue: false,
        },
    }
}
