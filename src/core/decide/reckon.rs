//! Accepts what is permitted, and weighs it: it draws the steps, and the budgets decide which of them wait.
//!
//! A person who stays because a removal waits leaves no room for another. Then the changes are judged, accepted and
//! weighed once more. The reviews that the store shows to be carried out are found here too.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use crate::change::{Base, Removal};
use crate::diag::Finding;
use crate::judge::{IdentityBench, Judgement};
use crate::model::{BudgetLimits, Digest, GrantKey};
use crate::plan::{AccessItem, Additions, Budget, Situation, Stand, StoreExtent};
use crate::review;

use super::accept::{Accepted, accept, makes_room};
use super::budget::foreseen;
use super::case::{Case, Observation, ReportsObserved};
use super::gather::GatheredChanges;
use super::needs::named_astray;
use super::returns;
use super::verdicts::{Verdicts, sitting};
use super::weigh::{BudgetResult, guard};

/// The limits of the removal budget.
#[derive(Default)]
pub struct RemovalLimits {
    /// The limits that the removals were weighed by.
    pub weighed_by: Option<BudgetLimits>,
    /// The limits that first held the removals which waited before.
    pub first: Option<BudgetLimits>,
}

/// The accepted entries, and the verdict of the budgets on them. By default nothing is accepted.
#[derive(Default)]
pub struct Reckoned {
    /// The accepted entries.
    pub accepted: Accepted,
    /// The accepted state before. It is kept for a check, and if a removal makes room for somebody else.
    pub before: Option<Base>,
    /// The removals, by their entries.
    pub takes: BTreeMap<GrantKey, Removal>,
    /// The steps, and what the budgets hold.
    pub weighed: BudgetResult,
    /// The limits of the removal budget.
    pub limits: RemovalLimits,
    /// The results for the reviews.
    pub reviews: review::ReviewOutcome,
    /// How much of the store was read. It is `None` if nobody looked at it.
    pub extent: Option<StoreExtent>,
    /// What was observed of Rapporteket.
    pub reports: ReportsObserved,
}

/// Puts the permitted changes into the base, and weighs the steps that they give.
pub fn reckon(
    case: &mut Case<'_>,
    base: &mut Base,
    gathered: &GatheredChanges,
    verdicts: &mut Verdicts,
    findings: &mut Vec<Finding>,
) -> Reckoned {
    let first_limits = case.known.unfinished.first_limits.take();
    let due = std::mem::take(&mut case.known.due);
    let (mut observed, reports, ended_with) = match case.observation.take() {
        Some(Observation { observed, reports, ended_with }) => (Some(observed), reports, Some(ended_with)),
        None => (None, ReportsObserved::default(), None),
    };
    let case = &*case;
    let (rules, day, changes) = (&case.rules, &case.today, &gathered.changes);
    let today = day.day;
    if let Some(observed) = &mut observed
        && let StoreExtent::People(_) = observed.extent
    {
        // The store was asked for a person with a new id under both ids.
        let named = case.head.files.keys().chain(named_astray(&case.head));
        observed.extent = StoreExtent::People(named.cloned().chain(due).collect());
    }
    let pending = case.change.proposed.pending();
    let again = makes_room(base, changes, rules, pending);
    let before = (observed.is_none() || again).then(|| base.clone());
    let bench = IdentityBench {
        rules,
        pending: pending.map(|pending| &**pending),
        used: &case.known.used,
        head: &case.head,
        today,
        forge: case.forge.asked,
        is_suspect: day.is_suspect(),
    };
    let mut accepted = accept(base, changes, &verdicts.judgement, &bench);

    let takes: BTreeMap<GrantKey, Removal> =
        changes.takes.iter().map(|removal| (removal.key.clone(), removal.clone())).collect();
    let sizes = || Ok::<_, Infallible>(case.known.spent.sizes.clone());
    // A set that waits keeps the limits by which it was held first.
    let limits = first_limits.as_ref().map_or_else(
        || rules.register.removal_limits.clone(),
        |first| first.tighter(&rules.register.removal_limits),
    );
    let budget = Budget {
        limits: &limits,
        sizes: &sizes,
        used: &case.known.spent.removals,
        together: &case.known.spent.together,
        releases: &case.known.releases,
    };
    let released = case
        .known
        .unfinished
        .released_items
        .iter()
        .filter(|(digest, _)| case.known.releases.contains(*digest));
    let released: BTreeSet<String> = released.flat_map(|(_, items)| items.iter().cloned()).collect();
    let additions = Additions {
        limits: &rules.register.addition_limits,
        sizes: &sizes,
        used: &case.known.spent.additions,
        released: &released,
    };
    let in_force = case.change.proposed.register_in_force(rules);
    let weigh = |base: &Base, judgement: &Judgement| match (&observed, &before) {
        (Some(observed), _) => guard(
            &Situation {
                base,
                takes: &takes,
                waiting: &changes.waiting,
                extended: &changes.extended,
                head: &case.head,
                observed,
                register: &rules.register,
                lists: case.known.account_lists.as_ref().unwrap_or(in_force),
                awaited: pending.map(|rules| &*rules.register),
                today,
                ends: day.ends,
                clock: day.trust,
                stand: if case.seen.newest.is_some() { Stand::OnTheWay } else { Stand::Newest },
                untrusted: &case.known.distrust.untrusted,
                doubted_accounts: &case.known.distrust.accounts,
                reports: reports.seen.as_ref(),
            },
            &budget,
            &additions,
        ),
        (None, before) => {
            foreseen(before.as_ref().unwrap_or(base), changes, judgement, today, &budget, &additions)
        }
    };
    let mut weighed = weigh(base, &verdicts.judgement);
    let waits = |removal: &Removal| weighed.held.contains(&AccessItem::Grant(removal.key.clone()));
    let sitting = sitting(case, (&verdicts.overdue, &verdicts.rejected));
    let again = before.as_ref().and_then(|before| Some((sitting.without(before, changes, &waits)?, before)));
    if let Some((judgement, before)) = again {
        // A person who stays leaves no room for another, so more may be refused.
        verdicts.judgement = judgement;
        *base = before.clone();
        accepted = accept(base, changes, &verdicts.judgement, &bench);
        weighed = weigh(base, &verdicts.judgement);
    }
    let base = &*base;
    let closed = match &observed {
        // If this pass takes something away, the next pass reads it back.
        Some(observed)
            if case.sees_everybody()
                && case.seen.newest.is_none()
                && observed.extent == StoreExtent::Whole =>
        {
            let register = &rules.register;
            let store = review::ReadBack { base, register, accounts: &observed.accounts, today };
            review::closed(&verdicts.reviewed, &case.known.used, &store)
        }
        _ => Vec::new(),
    };
    let is_closed = |answers: &Digest| {
        case.known.used.contains(answers) || closed.iter().any(|one| one.answers == *answers)
    };
    let reviewed = &verdicts.reviewed;
    let reviews = review::ReviewOutcome {
        attested: reviewed.attested.clone(),
        due: case.is_whole().then(|| reviewed.due.clone()),
        lists: review::newest_lists(reviewed, |answers| Some(is_closed(answers))),
        overtaken: review::unclosed(reviewed, (base, &rules.register), is_closed, today),
        closed,
    };
    if let Some(ended_with) = ended_with {
        findings.extend(returns::record_ended(&mut weighed.drawn.steps, &ended_with, &day.zone));
    }
    let extent = observed.map(|observed| observed.extent);
    Reckoned {
        accepted,
        before,
        takes,
        weighed,
        limits: RemovalLimits { weighed_by: Some(limits), first: first_limits },
        reviews,
        extent,
        reports,
    }
}
