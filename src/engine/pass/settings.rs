//! Reads the values by which a change of settings and policies is settled. The core settles it: see
//! `portvakt_core::decide::settle`.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use portvakt_core::change::Base;
use portvakt_core::decide::{
    AttributesFound, FileReviews, KnownPolicyProofs, OfTree, Proposed, Rest, RuleChange, SettlingGrounds,
    SettlingNeeds, only_takes, reviewed_files, reviews_of_each, served_requests, settle,
    statements_of_settings,
};
use portvakt_core::judge::Rules;
use portvakt_core::model::Digest;
use portvakt_core::tree::Snapshot;
use portvakt_database::Connection;

use super::asked::{PassError, PassInput, PassTools};
use super::{adopt, distrust};
use crate::memory;
use crate::memory::MemoryError;

/// A change of the settings that has been settled, and what was read for it.
pub(super) struct Settled {
    /// What the tree proposes.
    pub(super) change: RuleChange,
    /// The accepted state of everybody, if new rules come into force.
    pub(super) everybody: Option<Base>,
    /// The statements and requests about which the memory was asked.
    pub(super) signed: BTreeSet<Digest>,
    /// The part of the memory that differs, if the files of the rules in force are not the ones that were accepted.
    pub(super) differs: Option<Rest>,
}

/// What a pass knows when it settles a change of the settings.
pub(super) struct SettingsChange<'a> {
    pub(super) rules: &'a Arc<Rules>,
    pub(super) releases: &'a BTreeSet<Digest>,
    pub(super) today: Date,
    pub(super) told: Date,
}

impl SettingsChange<'_> {
    /// Reads what is needed, and settles what the tree proposes.
    pub(super) fn of(&self, asked: &mut PassTools<'_>, seen: &PassInput<'_>) -> Result<Settled, PassError> {
        let Self { rules, releases, today, told } = *self;
        let conn = asked.memory;
        let everybody = || memory::base(conn, &rules.register, None);
        let proposed = asked.shelf.of_tree(seen.snapshot);
        // Whoever the proposed settings appoint is read too. If all their access is over, they have no authority.
        let appointed = proposed.iter().flat_map(|new| &new.register.appointments);
        let wanted = memory::WantedOfBase {
            people: appointed.map(|appointment| appointment.person.clone()).collect(),
            ..memory::WantedOfBase::default()
        };
        let mut in_office = memory::base_as_it_stands(conn, &rules.register, Some(&wanted))?;
        distrust::correct(asked.shelf.ledger(conn)?, conn, &mut in_office)?;
        let proved: BTreeSet<Digest> = asked.shelf.ledger(conn)?.proved().into_keys().collect();

        let needs = SettlingNeeds::of(rules, &proposed);
        let standing = needs.everybody.then(everybody).transpose()?;
        // Loaded rules stay in use even if their kept files were changed since. But other files under their digest
        // could make a change that waits for two people look the same as the rules in force.
        let (in_force, differs) = match needs.in_force.then(|| settings_in_force(conn, rules)).transpose() {
            Err(MemoryError::Damaged(_)) => (None, Some(Rest::Rules)),
            found => (found?, None),
        };
        let attributes = if needs.in_force && !asked.shelf.ledger(conn)?.counts_attributes() {
            memory::attributes_found(conn)?
        } else {
            AttributesFound::Known
        };
        let adoptable = adopt::adoptable(conn, asked.store, &needs.adopted)?;
        let (no_reviews, not_asked) = (FileReviews::new(), BTreeSet::new());
        let grounds = SettlingGrounds {
            tree: seen.snapshot,
            in_office: &in_office,
            everybody: standing.as_ref().unwrap_or(&in_office),
            in_force: in_force.as_ref(),
            attributes,
            adoptable: Some(&adoptable),
            releases,
            used: &not_asked,
            proofs: KnownPolicyProofs::Remembered(&proved),
            reviews: &no_reviews,
            today,
            told,
        };
        let reviews = reviews_of_each(seen.reviews, reviewed_files(rules, &proposed, &grounds));
        let mut signed = statements_of_settings(rules, &proposed, seen.snapshot);
        if let Ok(new) = &proposed {
            signed.extend(served_requests(rules, new, &reviews));
        }
        let used = if needs.in_force && self.signatures_are_in_doubt(asked, &proposed, &signed)? {
            signed.clone()
        } else {
            memory::used_statements_among(conn, &signed)?
        };
        let grounds = SettlingGrounds { reviews: &reviews, used: &used, ..grounds };
        let change = settle(rules, proposed, &grounds);
        let everybody = match change.proposed {
            Proposed::Released(..) => Some(standing.map_or_else(everybody, Ok)?),
            Proposed::Same | Proposed::Held(_) | Proposed::Invalid(_) => None,
        };
        Ok(Settled { change, everybody, signed, differs })
    }

    /// Returns whether no signature beside the settings counts, because the memory cannot say which of them have
    /// served. If somebody took a row out of the memory, earlier settings could come back with their old signatures.
    /// A change that only takes authority away still takes effect.
    fn signatures_are_in_doubt(
        &self,
        asked: &mut PassTools<'_>,
        proposed: &OfTree,
        signed: &BTreeSet<Digest>,
    ) -> Result<bool, MemoryError> {
        match proposed {
            Ok(new) if only_takes(self.rules, new).is_none() => {
                distrust::doubts_served(asked.shelf.ledger(asked.memory)?, asked.memory, signed)
            }
            Ok(_) | Err(_) => Ok(false),
        }
    }
}

/// Reads the policies and the settings in force, as a tree that this version has read.
fn settings_in_force(conn: &Connection, rules: &Rules) -> Result<Snapshot, MemoryError> {
    Ok(Snapshot::of(memory::rule_files(conn, &rules.policies_digest, &rules.settings_digest)?))
}
