//! The check of a pull request. It reads, compares and judges like a pass, but without a store.
//!
//! With a base, the changes are judged as a pass would judge them. Without a base, each entry is tested whether it
//! could have been right on any day. If an approver is not in office today, the finding is then only advice.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::change::Why;
use crate::change::{Base, ChangeSet, Head, between};
use crate::diag::{Code, Finding};
use crate::judge::{
    Court, Forge, Judgement, Occupancy, Pins, Rules, Used, Verdict, When, agree, left, shared,
    would_be_denied,
};
use crate::model::GrantKey;
use crate::plan::{HeldSet, LimitAsked};
use crate::tree::Snapshot;

use super::budget::{asked_of_limits, held_finding};
use super::consent::Consent;
use super::deliberate::{Circumstances, Deliberated, Judged, deliberate};
use super::head::head;
use super::id_changes::{Renamed, knowing};
use super::loaded::LoadedRules;
use super::proposal::{Gathered, Proposal, looks_of};
use super::proposed::{Proposed, declared, rules_of};
use super::remarks::{ends_soon, gives_nothing, nothing_checked, revoked_ahead, unasked, unseen};
use super::tip::base_of;

/// The result of a check.
#[derive(Debug)]
pub struct Checked {
    /// All findings, in order of file and line.
    pub findings: Vec<Finding>,
    /// The tree as it was read.
    pub head: Head,
    /// The rules of the judgement. It is `None` where the tree has no valid rules.
    pub rules: Option<Arc<Rules>>,
    /// The number of entries that were judged.
    pub given: usize,
    /// The number of accesses that are taken away.
    pub taken: usize,
    /// The changes and their results. It is `None` without a base.
    pub weighed: Option<Weighed>,
}

/// A proposed change with everything that was found out about it. A reviewer is shown this.
#[derive(Debug)]
pub struct Weighed {
    /// The state that was accepted before.
    pub base: Base,
    /// People whose id changes.
    pub changed_ids: Vec<Renamed>,
    /// The entries that are given and taken.
    pub changes: ChangeSet,
    /// The verdict for each entry.
    pub verdicts: BTreeMap<GrantKey, Verdict>,
    /// Removals that the budget would hold, and removals that are withheld.
    pub held: Vec<HeldSet>,
    /// The number of people that the removals ask of each limit.
    pub budget: Vec<LimitAsked>,
    /// The policies and settings that would be in force.
    pub proposed: Proposed,
    /// The approval of new policies and settings, if they differ from those before.
    pub consent: Option<Consent>,
    /// Accepted accesses that the proposed rules would deny.
    pub would_be_denied: Vec<Finding>,
}

/// Checks a tree without a base.
#[must_use]
pub fn check_alone(tree: &Snapshot, today: Date) -> Checked {
    let rules = match rules_of(tree) {
        Ok(rules) => Arc::new(rules),
        Err(findings) => return without_rules(findings),
    };
    let head = head(&looks_of(tree), tree.odd(), &rules.register);
    // Approvals and settings may name a person by an earlier id. They count for the person.
    let ids = head.renamed().map(|(from, to)| (from.clone(), to.clone())).collect();
    let rules = knowing(&rules, &ids);
    let base = Base { renamed: ids, ..Base::default() };
    let disagreement = agree(&base, &head);
    let changes = between(&base, &head, &disagreement.held, today);
    let after = base_of(&head, today);
    let court = Court {
        base: &base,
        names: &after,
        rules: &rules,
        pending: None,
        pins: &Pins::new(),
        used: &Used::new(),
        today,
        when: When::AnyDay,
        forge: Forge::NotAsked,
    };
    let judgement = court.judge(&changes, &head);
    let mut findings = disagreement.findings;
    findings.extend(nothing_checked(tree));
    findings.extend(shared(&head));
    findings.extend(declared(&rules.register));
    findings.extend(unseen(&judgement));
    findings.extend(Occupancy::of(&rules, &after, today).advice(&rules, &Occupancy::default()));
    findings.extend(left::running_out(&rules, &after, today));
    // Nothing was accepted before, so no file can be held for a change. An odd file is reported once, and not for
    // each neighbour.
    let mut head = head;
    head.findings.retain(|finding| finding.code != Code::FileHeld);
    findings.extend(gives_nothing(&head, &changes, When::AnyDay, today));
    finish(findings, head, &changes, judgement, rules, today)
}

/// Checks the changes of a tree against a base.
#[must_use]
pub fn check_against(proposal: &Proposal<'_>) -> Checked {
    check_with(proposal, &mut LoadedRules::default())
}

/// Does the same with rules that may be loaded already, for callers that check many changes.
#[must_use]
pub fn check_with(proposal: &Proposal<'_>, shelf: &mut LoadedRules) -> Checked {
    let Proposal { base: base_tree, tree, today, .. } = *proposal;
    let Gathered { case, consent } = match proposal.gather(shelf) {
        Ok(gathered) => gathered,
        Err(findings) => return without_rules(findings),
    };
    let forge = case.forge;
    let Deliberated { circumstances, judged, waiting, mut findings, .. } = deliberate(case);
    let Circumstances { rules, proposed, .. } = circumstances;
    let Judged { head, renamed: changed_ids, changes, judgement, before, .. } = judged;
    let base = before.unwrap_or_default();
    let would_be_denied = proposed.pending().map_or_else(Vec::new, |new| {
        let mut base = base.clone();
        base.rename_trusts(&new.register.renamed_since(&rules.register));
        would_be_denied(&rules, new, &base, today)
    });
    findings.extend(would_be_denied.iter().cloned());
    let of_the_budgets = waiting.sets.iter().filter(|set| matches!(set.why, Why::Budget | Why::Additions));
    findings.extend(of_the_budgets.map(|set| held_finding(set, &rules)));
    findings.extend((forge == Forge::NotAsked).then(|| unasked(&judgement)).flatten());
    // A register that has nobody yet is checked for nothing, and that is in order.
    let is_empty = base_tree.count() == 0;
    findings.extend(nothing_checked(tree).map(|nothing| if is_empty { nothing.advice() } else { nothing }));
    let weighed = Weighed {
        budget: asked_of_limits(&rules, &base, &changes, today),
        base,
        changed_ids,
        verdicts: judgement.verdicts.clone(),
        held: waiting.sets.into_iter().filter(|set| set.why != Why::Additions).collect(),
        proposed,
        consent,
        would_be_denied,
        changes: changes.clone(),
    };
    let checked = finish(findings, head, &changes, judgement, rules, today);
    Checked { weighed: Some(weighed), ..checked }
}

fn without_rules(findings: Vec<Finding>) -> Checked {
    Checked { findings, head: Head::default(), rules: None, given: 0, taken: 0, weighed: None }
}

fn finish(
    mut findings: Vec<Finding>,
    head: Head,
    changes: &ChangeSet,
    judgement: Judgement,
    rules: Arc<Rules>,
    today: Date,
) -> Checked {
    findings.extend(head.findings.iter().cloned());
    findings.extend(judgement.advice);
    let refused = judgement.verdicts.into_values().filter_map(|verdict| match verdict {
        Verdict::Refused(refusal) => Some(refusal.finding),
        Verdict::Permitted { .. } => None,
    });
    findings.extend(refused);
    findings.extend(ends_soon(&head, today));
    findings.extend(revoked_ahead(&head, today));
    findings.sort();
    findings.dedup();
    let (given, taken) = (changes.gives.len(), changes.takes.len());
    Checked { findings, head, rules: Some(rules), given, taken, weighed: None }
}
