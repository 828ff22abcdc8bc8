//! Names the statements about which a decision may ask whether they have served before: those of the head, of the lists
//! and of the settings. The memory is asked only about these (see `needs`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::change::Head;
use crate::judge::{MayHaveServed, Pins, Rules, may_have_served};
use crate::model::{Digest, Evidence, FilePath, Register};
use crate::parse;
use crate::review::{answers_of, shown_digest};
use crate::tree::{ListFolder, Snapshot};

use super::case::RuleChange;
use super::consent::served_statements;
use super::loaded::OfTree;
use super::rejections::statements;

/// Returns the statements that may be signed beside the settings of a tree, for the rules in force and for those that the
/// tree proposes.
#[must_use]
pub fn statements_of_settings(accepted: &Rules, proposed: &OfTree, tree: &Snapshot) -> BTreeSet<Digest> {
    let proposed = proposed.as_ref().ok().map(|new| new.policies_digest);
    let policies: BTreeSet<Digest> = proposed.into_iter().chain([accepted.policies_digest]).collect();
    let of = |policies: &Digest| served_statements(&accepted.register.id, tree.settings(), policies);
    policies.iter().flat_map(of).collect()
}

/// Returns the statements of a head, by all rules that an entry may be judged by: those in force, those that wait, and
/// those of first judgements.
#[must_use]
pub fn statements_of_head(head: &Head, rules: &Rules, change: &RuleChange, pins: &Pins) -> MayHaveServed {
    let pending = change.proposed.pending().map(|rules| &**rules);
    let first = pins.values().map(|pin| &*pin.rules);
    let all = std::iter::once(rules).chain(pending).chain(first);
    let registers: BTreeSet<&str> = all.map(|rules| rules.register.id.as_str()).collect();
    let mut statements = MayHaveServed::default();
    for register in registers {
        let MayHaveServed { accesses, identifying } = may_have_served(head, register);
        statements.accesses.extend(accesses);
        statements.identifying.extend(identifying);
    }
    statements
}

/// The statements of the lists of a tree, with the lists they were read from. Lists change rarely, and there are many
/// after some years. So a list is parsed again only when its bytes or the settings have changed.
#[derive(Debug, Default, Clone)]
pub struct ListStatements {
    settings: Option<Digest>,
    known: BTreeMap<FilePath, (Arc<[u8]>, BTreeSet<Digest>)>,
}

impl ListStatements {
    /// Returns the statements of all lists: of every rejection, of every reviewer, and what a closed review is remembered
    /// by. A list that cannot be read has none, and nothing in it is looked up.
    pub fn of(&mut self, tree: &Snapshot, rules: &Rules) -> BTreeSet<Digest> {
        if self.settings != Some(rules.settings_digest) {
            self.known.clear();
            self.settings = Some(rules.settings_digest);
        }
        let mut before = std::mem::take(&mut self.known);
        let mut all = BTreeSet::new();
        let rejections = tree.requests().lists().map(|list| (list, ListFolder::Requests));
        let reviews = tree.reviews().lists().map(|list| (list, ListFolder::Reviews));
        for ((path, bytes), folder) in rejections.chain(reviews) {
            let known = before.remove(path).filter(|(was, _)| was == bytes);
            let (bytes, found) = known.unwrap_or_else(|| {
                let found = statements_of_list(folder, path, bytes, &rules.register);
                (Arc::clone(bytes), found)
            });
            all.extend(found.iter().copied());
            self.known.insert(path.clone(), (bytes, found));
        }
        all
    }
}

/// Returns the statements of one list.
pub(super) fn statements_of_list(
    folder: ListFolder,
    path: &FilePath,
    bytes: &[u8],
    register: &Register,
) -> BTreeSet<Digest> {
    match folder {
        ListFolder::Requests => statements(path, bytes, register),
        ListFolder::Reviews => {
            let Ok(parsed) = parse::review(path, bytes, register) else { return BTreeSet::new() };
            let review = &parsed.review;
            let statements = review.reviewed.iter().map(|line| review.statements(&register.id, line));
            let mut signed: BTreeSet<Digest> =
                statements.flat_map(|statement| statement.digests().collect::<Vec<_>>()).collect();
            if matches!(register.evidence, Evidence::Forge(_)) {
                let shown: Vec<Digest> = signed.iter().map(shown_digest).collect();
                signed.extend(shown);
            }
            signed.insert(answers_of(review));
            signed
        }
    }
}
