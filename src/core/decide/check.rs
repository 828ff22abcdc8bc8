//! The check of a pull request. It reads, compares and judges like a pass, but without a store.
//!
//! With a base, the changes are judged as a pass would judge them. Without a base, each entry is tested whether it
//! could have been right on any day. If an approver is not in office today, the finding is then only advice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::change::Why;
use crate::change::{Base, ChangeSet, Head};
use crate::diag::Finding;
use crate::judge::{
    ForgeInquiry, Judgement, Rules, Verdict, shared, would_be_denied as denied_by,
    would_be_permitted as permitted_by,
};
use crate::model::{GrantKey, PersonId, TrustId};
use crate::plan::{HeldSet, LimitAsked};
use crate::review;
use crate::threads::both;
use crate::tree::Snapshot;

use super::accepted_tree::accepted_tree;
use super::alone::{alone, alone_with};
use super::approvers::with_those_who_fit;
use super::budget::{asked_of_limits, held_finding};
use super::case::RuleChange;
use super::cases::{broken_cases, cases_gone};
use super::consent::{Consent, unread_signatures};
use super::deliberate::deliberate;
use super::id_changes::Renamed;
use super::loaded::LoadedRules;
use super::outcome::{Deliberated, JudgedChanges, RestOfCase};
use super::proposal::ChangeToCheck;
use super::proposed::{Proposed, hidden_in_settings, rules_beside};
use super::rejections::of_served;
use super::remarks::{ends_soon, nothing_checked, odd_names, odd_register_names, unasked, unseen};
use super::slips::{Slip, replaced, suspects, told_once};

/// The result of a check.
#[derive(Debug)]
pub struct Checked {
    /// All findings, in order of file and line.
    pub findings: Vec<Finding>,
    /// The tree as it was read.
    pub head: Head,
    /// The rules of the judgement. It is `None` if the tree has no valid rules.
    pub rules: Option<Arc<Rules>>,
    /// The number of entries that were judged.
    pub given: usize,
    /// The number of accesses that are taken away.
    pub taken: usize,
    /// The changes and their results. It is `None` without a base.
    pub weighed: Option<CheckedChange>,
}

/// A proposed change with everything that was found out about it. A reviewer is shown this.
#[derive(Debug)]
pub struct CheckedChange {
    /// The state that was accepted before.
    pub base: Base,
    /// People whose id changes.
    pub changed_ids: Vec<Renamed>,
    /// The entries that are given and taken.
    pub changes: ChangeSet,
    /// Files with something about their person that has no evidence, so that it stays as it was.
    pub unidentified: BTreeSet<(PersonId, TrustId)>,
    /// The verdict for each entry.
    pub verdicts: BTreeMap<GrantKey, Verdict>,
    /// Removals that the budget would hold, and removals that are withheld.
    pub held: Vec<HeldSet>,
    /// The number of people that the removals ask of each limit.
    pub budget: Vec<LimitAsked>,
    /// The change of the policies and the settings.
    pub rules: WeighedRules,
    /// The reviews of the user lists, as the proposed tree has them.
    pub reviews: review::JudgedReviews,
}

/// A proposed change of the policies and the settings, with what it would mean.
#[derive(Debug)]
pub struct WeighedRules {
    /// The policies and settings that would be in force.
    pub proposed: Proposed,
    /// The approval of new policies and settings, if they differ from those before.
    pub consent: Option<Consent>,
    /// Accepted accesses that the proposed rules would deny.
    pub would_be_denied: Vec<Finding>,
    /// Accesses that the rules in force deny and the proposed rules would permit. Both merged entries and refused
    /// entries of the change count.
    pub would_be_permitted: Vec<Finding>,
}

/// Checks a tree without a base.
#[must_use]
pub fn check_alone(tree: &Snapshot, today: Date) -> Checked {
    let told = match judged_as_meant(tree, today) {
        Ok(told) => told,
        Err(findings) => return without_rules(findings),
    };
    let ToldAlone { rules, deliberated: Deliberated { judged, mut findings, .. }, slips, policies } = told;
    findings.extend(slips);
    let JudgedChanges { head, changes, judgement, .. } = judged;
    findings.extend(nothing_checked(tree));
    findings.extend(policies);
    findings.extend(shared(&head));
    findings.extend(hidden_in_settings(tree));
    findings.extend(unread_signatures(tree, &rules.register));
    findings.extend(odd_register_names(&rules.register, &String::from_utf8_lossy(&tree.settings().register)));
    findings.extend(unseen(&judgement, &rules.register.evidence));
    finish(findings, tree, head, &changes, judgement, rules, today)
}

/// The result of judging a tree by itself.
struct ToldAlone<'a> {
    /// The rules as the tree has them.
    rules: Arc<Rules>,
    deliberated: Deliberated<'a>,
    /// Slips in the register. They are reported instead of the findings that follow from them.
    slips: Vec<Finding>,
    /// The findings about the policies and their cases.
    policies: Vec<Finding>,
}

/// Judges a tree by itself. If a slip in the register explains refusals, the tree is judged by the register that is
/// meant, and the slip is reported instead of them.
fn judged_as_meant(tree: &Snapshot, today: Date) -> Result<ToldAlone<'_>, Vec<Finding>> {
    let refusals = |told: &Deliberated<'_>| {
        let verdicts = told.judged.judgement.verdicts.values();
        verdicts.filter(|verdict| matches!(verdict, Verdict::Refused(_))).count()
    };
    let (own, read) = rules_beside(tree, |register| accepted_tree(tree, register, today))?;
    let own = Arc::new(own);
    let (policies, mut deliberated) = both(
        tree.threads(),
        || of_the_policies(&own, tree),
        || deliberate(alone_with(read, tree, &own, today)),
    );
    let rules = Arc::clone(&deliberated.circumstances.rules);
    let likely: Vec<Slip> = suspects(&own.register, &deliberated.judged.head, today);
    let (mut meant, mut slips) = (own, Vec::new());
    for slip in likely {
        let mended = Arc::new(meant.with_register(slip.mended(&meant.register)));
        let again = deliberate(alone(tree, &mended, today));
        let follow = refusals(&deliberated).saturating_sub(refusals(&again));
        if follow > 1 {
            let text = String::from_utf8_lossy(&tree.settings().register);
            slips.push(slip.finding(&text, follow));
            (deliberated, meant) = (again, mended);
        }
    }
    Ok(ToldAlone { rules, deliberated, slips, policies })
}

/// Checks the changes of a tree against a base.
#[must_use]
pub fn check_against(proposal: &ChangeToCheck<'_>) -> Checked {
    check_with(proposal, &mut LoadedRules::default())
}

/// Does the same with rules that may be loaded already, for callers that check many changes.
#[must_use]
pub fn check_with(proposal: &ChangeToCheck<'_>, shelf: &mut LoadedRules) -> Checked {
    let ChangeToCheck { base: base_tree, tree, today, .. } = *proposal;
    let case = match proposal.case(shelf) {
        Ok(case) => case,
        Err(findings) => return without_rules(findings),
    };
    let forge = case.forge.asked;
    let Deliberated { circumstances, judged, waiting, mut findings, .. } = deliberate(case);
    let RestOfCase { rules, change: RuleChange { proposed, consent, .. }, .. } = circumstances;
    let JudgedChanges { head, renamed: changed_ids, changes, judgement, accepted, before, reviewed, .. } =
        judged;
    let base = before.unwrap_or_default();
    findings.extend(of_served((base_tree.requests(), tree.requests()), &rules.register, &base, &changes));
    let would_be_denied =
        proposed.pending().map_or_else(Vec::new, |new| denied_by(&rules, new, &base, today));
    let refused = changes.gives.iter().filter(|change| {
        matches!(judgement.verdicts.get(&change.after.grant.key), Some(Verdict::Refused(_)))
    });
    let would_be_permitted =
        proposed.pending().map_or_else(Vec::new, |new| permitted_by(&rules, new, &base, refused, today));
    let text = String::from_utf8_lossy(&tree.settings().register);
    if let Some(new) = proposed.pending() {
        findings.extend(odd_register_names(&new.register, &text));
    }
    let slip = proposed.pending().and_then(|new| {
        let slip = replaced(&rules.register, &new.register)?;
        let meant = new.with_register(slip.mended(&new.register));
        let mut others = denied_by(&rules, &meant, &base, today);
        let follow = would_be_denied.len().saturating_sub(others.len());
        others.push(slip.finding(&text, follow));
        (follow > 1).then_some(others)
    });
    findings.extend(slip.unwrap_or_else(|| would_be_denied.clone()));
    findings.extend(would_be_permitted.iter().cloned());
    let of_the_budgets = waiting.sets.iter().filter(|set| matches!(set.why, Why::Budget | Why::Additions));
    findings.extend(of_the_budgets.map(|set| held_finding(set, &rules)));
    findings.extend((forge == ForgeInquiry::NotAsked).then(|| unasked(&judgement)).flatten());
    // In a register without people there is nothing to check, and that is in order.
    let is_empty = base_tree.count() == 0;
    findings.extend(nothing_checked(tree).map(|nothing| if is_empty { nothing.advice() } else { nothing }));
    // The errors of rules that cannot be in force have been reported already.
    if tree.policies_digest() != base_tree.policies_digest()
        && let Ok(own) = shelf.of_tree(tree)
    {
        findings.extend(of_the_policies(&own, tree));
        findings.extend(cases_gone(&rules, base_tree, &own, tree));
    }
    let weighed = CheckedChange {
        budget: asked_of_limits(&rules, &base, &changes, today),
        base,
        changed_ids,
        verdicts: judgement.verdicts.clone(),
        unidentified: accepted.unidentified,
        held: waiting.sets.into_iter().filter(|set| set.why != Why::Additions).collect(),
        rules: WeighedRules { proposed, consent, would_be_denied, would_be_permitted },
        reviews: reviewed,
        changes: changes.clone(),
    };
    let checked = finish(findings, tree, head, &changes, judgement, rules, today);
    Checked { weighed: Some(weighed), ..checked }
}

/// The findings about the policies of a tree that stop nobody from loading them: cases that they break, and policies that
/// decide nothing.
fn of_the_policies(own: &Rules, tree: &Snapshot) -> Vec<Finding> {
    let mut findings = broken_cases(own, tree);
    findings.extend(own.policies.misplaced());
    findings
}

fn without_rules(findings: Vec<Finding>) -> Checked {
    Checked { findings, head: Head::default(), rules: None, given: 0, taken: 0, weighed: None }
}

/// Adds the findings that only a check has: the refusals, and the warnings in advance. `findings` already has the
/// findings about the changes that a pass would have too.
fn finish(
    mut findings: Vec<Finding>,
    tree: &Snapshot,
    head: Head,
    changes: &ChangeSet,
    judgement: Judgement,
    rules: Arc<Rules>,
    today: Date,
) -> Checked {
    let refused = judgement.verdicts.into_values().filter_map(|verdict| match verdict {
        Verdict::Refused(refusal) => Some(refusal.finding),
        Verdict::Permitted { .. } => None,
    });
    findings.extend(refused);
    findings.extend(ends_soon(&head, today));
    findings.extend(odd_names(&head));
    with_those_who_fit(&mut findings, &rules.register, tree);
    findings.sort();
    findings.dedup();
    let findings = told_once(findings);
    let (given, taken) = (changes.gives.len(), changes.takes.len());
    Checked { findings, head, rules: Some(rules), given, taken, weighed: None }
}
