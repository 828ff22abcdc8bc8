//! The case of a tree by itself, which has no base. Nothing was accepted before, so each entry is asked whether it could
//! have been right on any day, and the tree itself says who its people are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::change::Base;
use crate::diag::Code;
use crate::judge::{ApprovedRejections, Forge, Pins, Rules};
use crate::review;
use crate::tree::Snapshot;

use super::case::{Case, Question, Reviewing, RuleChange, Scope, Spent};
use super::distrust::Distrust;
use super::head::head;
use super::id_changes::knowing;
use super::known::{Known, RenamedIds};
use super::patience::Patience;
use super::proposal::{looks_of, seen};
use super::proposed::{Proposed, declared};
use super::tip::base_of;
use super::trusted_day::Today;

/// Reads the case of a tree by itself, which is judged by these rules.
pub fn alone<'a>(tree: &'a Snapshot, rules: &Arc<Rules>, today: Date) -> Case<'a> {
    let mut head = head(&looks_of(tree), tree.odd(), &rules.register);
    // Nothing was accepted before, so no file can be held for a change. An odd file is reported once, and not for each
    // neighbour.
    head.findings.retain(|finding| finding.code != Code::FileHeld);
    // Approvals and settings may name a person by an earlier id. They count for the person.
    let ids: RenamedIds = head.renamed().map(|(from, to)| (from.clone(), to.clone())).collect();
    let rules = knowing(rules, &ids);
    let names = Box::new(base_of(&head, today));
    let reviewing = Reviewing { first: review::oldest(&names, today), changes: BTreeMap::new() };
    let change = RuleChange {
        proposed: Proposed::Same,
        consent: None,
        beside: Vec::new(),
        findings: declared(&rules.register, &Proposed::Same).into_iter().collect(),
    };
    Case {
        change,
        everybody: None,
        lists: None,
        question: Question::Ever { names },
        today: Today::given(today),
        last: None,
        seen: seen(tree),
        scope: &Scope::Whole,
        head,
        due: BTreeSet::new(),
        base: Base { renamed: ids, ..Base::default() },
        distrust: Distrust::none(),
        releases: BTreeSet::new(),
        used: review::merged(tree.reviews(), &rules),
        pins: Pins::new(),
        known: Known::default(),
        spent: Spent::default(),
        reviewing,
        observation: None,
        forge: Forge::NotAsked,
        rejections: ApprovedRejections::new(),
        patience: Patience::None,
        findings: Vec::new(),
        rules,
    }
}
