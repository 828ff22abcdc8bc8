//! Settles what a tree proposes of the policies and the settings: whether they may be in force, and who approves them.
//! It is one function for a pass and a check; they only read the [`SettlingGrounds`].
//!
//! Nobody can release a change that is refused, so it is refused first, and only what is left is weighed by its approvals.
//! The laws behind it are *settings orphan nobody*, *nobody locks the register by asking for signatures* and
//! *the rules change by two*.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::change::Base;
use crate::diag::Finding;
use crate::judge::{Authority, Rules, Used, left, orphans, takes_ground};
use crate::model::{Digest, Evidence, FilePath};
use crate::policy::Policies;
use crate::tree::{SettingsFiles, Snapshot};

use super::adopted::{AccountOwners, Adoptable, newly_adopted, not_free};
use super::case::RuleChange;
use super::consent::{Consent, only_takes, served_statements, unread_signatures};
use super::loaded::OfTree;
use super::proofs::KnownPolicyProofs;
use super::proposed::{Proposed, declared, hidden_in_settings, propose};
use super::scales::{Scales, changed_files, protected_files};
use super::sought::FileReviews;

/// What must be read before the rules of a tree can be settled. Nothing of it is needed if they are in force already.
#[derive(Debug, Default)]
pub struct SettlingNeeds {
    /// Tells whether everybody's accepted access is needed, because accesses could lose what they rest on.
    pub everybody: bool,
    /// Tells whether the files of the rules in force are needed.
    pub in_force: bool,
    /// The accounts that the rules would adopt, with their people.
    pub adopted: AccountOwners,
}

impl SettlingNeeds {
    /// Returns what the rules of a tree need, against those in force.
    #[must_use]
    pub fn of(accepted: &Rules, proposed: &OfTree) -> Self {
        let Some(new) = other_rules(accepted, proposed) else { return Self::default() };
        Self {
            everybody: takes_ground(&accepted.register, &new.register),
            in_force: true,
            adopted: newly_adopted(&accepted.register, &new.register),
        }
    }
}

/// What is known of the files `.gitattributes`, which an earlier version did not count among the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributesFound {
    /// This version has not recorded a whole pass yet. Those that are there count as accepted.
    NotYet,
    /// These were there when this version came. They count as accepted until the settings in force say more.
    Those(Digest),
    /// The settings in force say which are accepted.
    Known,
}

/// Everything that a change of the rules is settled by.
#[derive(Debug, Clone, Copy)]
pub struct SettlingGrounds<'a> {
    /// The tree that proposes.
    pub tree: &'a Snapshot,
    /// The accepted state of the people in office. Others may be in it too.
    pub in_office: &'a Base,
    /// The accepted state of everybody, if [`SettlingNeeds::everybody`] asks for it.
    pub everybody: &'a Base,
    /// The files of the rules in force. It is `None` if [`SettlingNeeds::in_force`] does not ask for them, and if what
    /// is kept is not what was accepted: then every protected file counts as changed.
    pub in_force: Option<&'a Snapshot>,
    /// What is known of the files `.gitattributes` in force.
    pub attributes: AttributesFound,
    /// What memory and store know about the accounts to adopt. It is `None` for a check, which knows neither.
    pub adoptable: Option<&'a Adoptable>,
    /// The valid releases on the host that are not used up.
    pub releases: &'a BTreeSet<Digest>,
    /// The statements that are used up.
    pub used: &'a Used,
    /// The proofs that are known, if the register in force asks for them.
    pub proofs: KnownPolicyProofs<'a>,
    /// What the forge knows of the changes of the files that [`reviewed_files`] names.
    pub reviews: &'a FileReviews,
    /// The current day in the register's time zone.
    pub today: Date,
    /// The last trusted day, on which whoever approves must be in office too. It differs from `today` only while the clock
    /// is behind.
    pub told: Date,
}

/// Returns the files whose reviewed changes are needed, if the forge is the evidence. There are none if no approval
/// would put the rules in force.
#[must_use]
pub fn reviewed_files(accepted: &Rules, proposed: &OfTree, grounds: &SettlingGrounds<'_>) -> Vec<FilePath> {
    let Evidence::Forge(_) = accepted.register.evidence else { return Vec::new() };
    let Some(new) = other_rules(accepted, proposed) else { return Vec::new() };
    if grounds.says_the_same(new) || !refusals(accepted, new, grounds).is_empty() {
        return Vec::new();
    }
    changed_files(&grounds.before(), grounds.tree).into_keys().collect()
}

/// Settles the rules that a tree proposes, against those in force.
#[must_use]
pub fn settle(accepted: &Rules, proposed: OfTree, grounds: &SettlingGrounds<'_>) -> RuleChange {
    let mut findings = Vec::new();
    let (proposed, consent) = weigh(accepted, proposed, grounds, &mut findings);
    if consent.is_none() {
        findings.extend(unread_signatures(grounds.tree, &accepted.register));
    }
    findings.extend(declared(&accepted.register, &proposed));
    let beside = settings_statements(&proposed, accepted, grounds);
    RuleChange { proposed, consent, beside, findings }
}

fn weigh(
    accepted: &Rules,
    proposed: OfTree,
    grounds: &SettlingGrounds<'_>,
    findings: &mut Vec<Finding>,
) -> (Proposed, Option<Consent>) {
    let new = match proposed {
        Ok(new) => new,
        Err(wrong) => {
            findings.extend(wrong.iter().cloned());
            return (Proposed::Invalid(wrong), None);
        }
    };
    if new.digest == accepted.digest {
        return (Proposed::Same, None);
    }
    if grounds.says_the_same(&new) {
        return (Proposed::Released(new, Vec::new()), None);
    }
    let refused = refusals(accepted, &new, grounds);
    if !refused.is_empty() {
        findings.extend(refused.iter().cloned());
        return (Proposed::Invalid(refused), None);
    }
    let scales = Scales {
        authority: &Authority::on(&accepted.register, grounds.in_office, &[grounds.today, grounds.told]),
        releases: grounds.releases,
        reviews: grounds.reviews,
        before: &grounds.before(),
        used: grounds.used,
        proofs: grounds.proofs,
        today: grounds.today,
    };
    let (proposed, consent) = propose(new, accepted, grounds.tree, &scales, findings);
    (proposed, Some(consent))
}

/// Returns the rules of a tree, if they are valid and not those in force.
fn other_rules<'a>(accepted: &Rules, proposed: &'a OfTree) -> Option<&'a Rules> {
    proposed.as_ref().ok().map(|new| &**new).filter(|new| new.digest != accepted.digest)
}

/// Returns the reasons why the rules cannot be in force, even with all approvals.
fn refusals(accepted: &Rules, new: &Rules, grounds: &SettlingGrounds<'_>) -> Vec<Finding> {
    let SettlingGrounds { in_office, everybody, today, .. } = *grounds;
    let mut refused = Vec::new();
    if takes_ground(&accepted.register, &new.register) {
        refused.extend(orphans(&accepted.register, &new.register, everybody, today));
    }
    // A change that only takes authority away needs no check that enough people are left. It acts no matter what the
    // comment on its line is.
    let only_takes = only_takes(accepted, new).is_some();
    if !only_takes {
        refused.extend(left::by_settings(accepted, new, in_office, &[], today));
        refused.extend(left::by_evidence(accepted, new, in_office, &[], today));
    }
    if let Some(found) = grounds.adoptable {
        refused.extend(not_free(&newly_adopted(&accepted.register, &new.register), found));
    }
    if refused.is_empty() && !only_takes {
        refused.extend(hidden_in_settings(grounds.tree));
    }
    refused
}

/// Returns statements that are signed for settings already in force. They count as used like the others. If the
/// settings change later, the old settings cannot be put back with these old signatures.
fn settings_statements(proposed: &Proposed, accepted: &Rules, grounds: &SettlingGrounds<'_>) -> Vec<Digest> {
    match proposed {
        Proposed::Same => {
            let (register, settings) = (&accepted.register.id, grounds.tree.settings());
            let signed = served_statements(register, settings, &accepted.policies_digest);
            signed.difference(grounds.used).copied().collect()
        }
        Proposed::Held(_) | Proposed::Released(..) | Proposed::Invalid(_) => Vec::new(),
    }
}

impl SettlingGrounds<'_> {
    /// Returns the protected files in force.
    fn before(&self) -> BTreeMap<FilePath, Arc<[u8]>> {
        self.in_force.map(protected_files).unwrap_or_default()
    }

    /// Tells whether the tree has the policies and the settings in force, which an earlier version has digested with other
    /// ends of lines or without the files `.gitattributes`. They are then kept under today's digest, and nobody approves
    /// them again.
    fn says_the_same(&self, new: &Rules) -> bool {
        let Some(in_force) = self.in_force else { return false };
        new.policies_digest == Policies::digest_of(in_force.policies())
            && self.as_it_was_found().digest() == in_force.settings().digest()
    }

    /// Returns the settings of the tree as an earlier version knew them: without the files `.gitattributes`, if they are
    /// those that this version found when it came.
    fn as_it_was_found(&self) -> SettingsFiles {
        let settings = self.tree.settings();
        let those = match self.attributes {
            AttributesFound::NotYet => true,
            AttributesFound::Those(found) => settings.attributes_digest() == Some(found),
            AttributesFound::Known => false,
        };
        if those { settings.without_attributes() } else { settings.clone() }
    }
}
