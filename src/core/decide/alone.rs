//! The case of a tree by itself, which has no base. Nothing was accepted before, so each entry is asked whether it could
//! have been right on any day, and the tree itself says who its people are.

use std::sync::Arc;

use jiff::civil::Date;

use crate::change::Base;
use crate::diag::Code;
use crate::judge::{ApprovedRejections, ForgeInquiry, Rules};
use crate::review::{self, FormerKeys};
use crate::tree::Snapshot;

use super::accepted_tree::{AcceptedTree, accepted_tree};
use super::case::{Case, EntryQuestion, ForgeAnswers, RuleChange, Scope};
use super::id_changes::knowing;
use super::known::{Known, RenamedIds};
use super::proposal::seen;
use super::proposed::{Proposed, declared};
use super::sought::FileReviews;
use super::trusted_day::Today;

/// Reads the case of a tree by itself, which is judged by these rules.
pub fn alone<'a>(tree: &'a Snapshot, rules: &Arc<Rules>, today: Date) -> Case<'a> {
    alone_with(accepted_tree(tree, &rules.register, today), tree, rules, today)
}

/// Does the same with files that were read by the register of these rules.
pub fn alone_with<'a>(read: AcceptedTree, tree: &'a Snapshot, rules: &Arc<Rules>, today: Date) -> Case<'a> {
    let AcceptedTree { mut head, base: names } = read;
    // Nothing was accepted before, so no file can be held for a change. An odd file is reported once, and not for each
    // neighbour.
    head.findings.retain(|finding| finding.code != Code::FileHeld);
    // Approvals and settings may name a person by an earlier id. They count for the person. An earlier id that still
    // has a file is known here too, so that the file is reported.
    let ids: RenamedIds = head.renamed().map(|(from, to)| (from.clone(), to.clone())).collect();
    let rules = knowing(rules, &ids);
    let names = Box::new(names);
    let first_access = review::oldest(&names, today);
    let change = RuleChange {
        proposed: Proposed::Same,
        consent: None,
        beside: Vec::new(),
        findings: declared(&rules.register, &Proposed::Same).into_iter().collect(),
    };
    let known = Known {
        base: Base { renamed: ids, ..Base::default() },
        // Without a base nothing tells which keys were there before. An approval is asked for a known key here too.
        used: review::merged(tree.reviews(), &rules, &FormerKeys::new()),
        first_access,
        ..Known::default()
    };
    let forge = ForgeAnswers {
        asked: ForgeInquiry::NotAsked,
        user_lists: FileReviews::new(),
        rejections: ApprovedRejections::new(),
    };
    Case {
        rules,
        change,
        question: EntryQuestion::Ever { names },
        today: Today::given(today),
        seen: seen(tree),
        scope: &Scope::Whole,
        head,
        known,
        forge,
        observation: None,
        findings: Vec::new(),
    }
}
