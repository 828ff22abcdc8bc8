//! Judges a change of settings and policies that the tree proposes: whether it may be released, who approves it,
//! and how it would affect the accepted access.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use portvakt_core::decide::{Proposed, RuleChange, Scales, declared, only_takes, propose, served_statements};
use portvakt_core::judge::{Authority, Rules, Used, left, orphans, takes_ground, would_be_denied};
use portvakt_core::model::{Digest, Evidence};
use portvakt_core::tree::Snapshot;

use super::adopt::not_free;
use super::asked::{Asked, PassError, PassInput};
use super::distrust;
use crate::memory;
use crate::memory::bound::Extent;

/// The data that a change of the settings is judged by.
pub(super) struct Settings<'a> {
    pub(super) rules: &'a Arc<Rules>,
    pub(super) releases: &'a BTreeSet<Digest>,
    pub(super) used: &'a Used,
    pub(super) today: Date,
}

impl Settings<'_> {
    /// Returns the proposed change, and the new statements that are signed for settings already in force.
    pub(super) fn of(&self, asked: &mut Asked<'_>, seen: &PassInput<'_>) -> Result<RuleChange, PassError> {
        let mut findings = Vec::new();
        let Self { rules, releases, used, today } = *self;
        let conn = asked.memory;
        let mut in_office =
            memory::base_as_it_stands(conn, &rules.register, Some(&memory::Wanted::default()))?;
        distrust::of(asked.shelf.ledger(conn)?, conn, &mut in_office, Extent::Slice)?;
        let before = match rules.register.evidence {
            Evidence::Forge(_) => memory::rule_files(conn, &rules.policies_digest, &rules.settings_digest)?,
            Evidence::Signature | Evidence::Declared => BTreeMap::new(),
        };
        let scales = Scales {
            authority: &Authority::on(&rules.register, &in_office, &[today]),
            releases,
            reviews: seen.reviews,
            before: &before,
            used,
            today,
        };
        let tree_rules = asked.shelf.of_tree(seen.snapshot);
        let mut refused = Vec::new();
        if let Ok(new) = &tree_rules {
            if only_takes(rules, new).is_none() {
                refused.extend(left::by_settings(rules, new, &in_office, today));
                refused.extend(left::by_evidence(rules, new, &in_office, today));
            }
            refused.extend(not_free(conn, asked.store, (&rules.register, &new.register))?);
            if takes_ground(&rules.register, &new.register) {
                let everybody = memory::base(conn, &rules.register, None)?;
                refused.extend(orphans(&rules.register, &new.register, &everybody, today));
            }
        }
        let (proposed, _) = propose(tree_rules, rules, refused, seen.snapshot, &scales, &mut findings);
        findings.extend(declared(&rules.register));
        let beside = beside(&proposed, rules, seen.snapshot, used);

        if let Proposed::Released(new, _) = &proposed {
            // Accepted access is not judged again. Access that the new rules would deny is listed once, when they
            // come into force.
            let mut everybody = memory::base(conn, &rules.register, None)?;
            everybody.rename_trusts(&new.register.renamed_since(&rules.register));
            findings.extend(would_be_denied(rules, new, &everybody, today));
        }
        Ok(RuleChange { proposed, beside, lists: None, findings })
    }
}

/// Returns statements that are signed for settings already in force. They count as used like the others. If the
/// settings change later, the old settings cannot be put back with these old signatures.
fn beside(proposed: &Proposed, rules: &Rules, tree: &Snapshot, used: &Used) -> Vec<Digest> {
    match proposed {
        Proposed::Same => {
            let signed = served_statements(&rules.register.id, tree.settings(), &rules.policies_digest);
            signed.difference(used).copied().collect()
        }
        Proposed::Held(_) | Proposed::Released(..) | Proposed::Invalid => Vec::new(),
    }
}
