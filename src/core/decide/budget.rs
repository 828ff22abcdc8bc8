//! The removal budget for a change that is not merged. It tells in advance what the daemon would hold.
//!
//! A check knows neither the store nor the use of the last seven days. So it may report too little, but never too
//! much.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use jiff::civil::Date;

use crate::change::Why;
use crate::change::{Base, ChangeSet};
use crate::diag::{Code, Finding, Noun, text};
use crate::judge::{Judgement, Rules, Verdict};
use crate::model::{Grant, Register, TrustId};
use crate::plan::{
    AccessItem, Additions, Budget, BudgetUse, Class, Gain, HeldSet, LimitAsked, Loss, PlanDraft, Sizes,
};

use super::weigh::BudgetResult;
use super::whom::{names, place_of_limit};

/// Weighs these changes by the budgets, as far as that is possible without the store. It counts what a plan would count
/// over a store that has exactly what was accepted.
pub fn foreseen(
    before: &Base,
    changes: &ChangeSet,
    judgement: &Judgement,
    today: Date,
    budget: &Budget<'_, Infallible>,
    additions: &Additions<'_, Infallible>,
) -> BudgetResult {
    let gains = gains(before, changes, judgement, today);
    let Ok(guarded) = budget.judge(&losses(changes));
    let Ok(admitted) = additions.judge(&gains);
    let coming = gains.iter().map(|gain| gain.item.to_string()).collect();
    let held = guarded.held();
    BudgetResult { guarded, admitted, held, drawn: PlanDraft::default(), coming }
}

/// Returns the number of people that the removals of these changes ask of each limit.
pub fn asked_of_limits(rules: &Rules, before: &Base, changes: &ChangeSet, today: Date) -> Vec<LimitAsked> {
    limits_asked(&rules.register, before, &losses(changes), today)
}

/// Returns the number of people that these losses ask of each limit.
pub fn limits_asked(register: &Register, before: &Base, losses: &[Loss], today: Date) -> Vec<LimitAsked> {
    let sizes = || Ok::<_, Infallible>(sizes(before, today));
    let budget = Budget {
        limits: &register.removal_limits,
        sizes: &sizes,
        used: &BudgetUse::default(),
        together: &BudgetUse::default(),
        releases: &BTreeSet::new(),
    };
    let Ok(scopes) = budget.scopes(losses);
    scopes
}

/// Returns the losses of the changes. As in a pass, an access that has not begun counts, and so does an end that moves
/// to a later day.
fn losses(changes: &ChangeSet) -> Vec<Loss> {
    changes
        .takes
        .iter()
        .map(|removal| Loss {
            who: removal.key.person.to_string(),
            trust: Some(removal.trust.clone()),
            item: AccessItem::Grant(removal.key.clone()),
            class: Class::of(removal),
            cause: removal.cause,
            on: removal.revocation.as_ref().map(|revocation| revocation.on),
        })
        .collect()
}

/// Returns the permitted accesses that begin today and whose right the person did not have, by this entry or another one.
fn gains(before: &Base, changes: &ChangeSet, judgement: &Judgement, today: Date) -> Vec<Gain> {
    let had = |grant: &Grant| {
        let known = before.people.get(&grant.key.person);
        let mut standings = known.into_iter().flat_map(|known| known.grants.values());
        standings.any(|standing| standing.in_force(today) && standing.grant.right() == grant.right())
    };
    changes
        .gives
        .iter()
        .map(|change| &change.after.grant)
        .filter(|grant| matches!(judgement.verdicts.get(&grant.key), Some(Verdict::Permitted { .. })))
        .filter(|grant| grant.in_force(today))
        .filter(|grant| !had(grant))
        .map(|grant| Gain {
            who: grant.key.person.clone(),
            trust: grant.trust.clone(),
            item: AccessItem::Gain(grant.key.clone()),
        })
        .collect()
}

/// Counts the people who have access on this day, at each trust and in all.
pub fn sizes(base: &Base, today: Date) -> Sizes {
    let mut trusts: BTreeMap<TrustId, u32> = BTreeMap::new();
    let mut all = 0;
    for known in base.people.values() {
        let at: BTreeSet<&TrustId> = known
            .grants
            .values()
            .filter(|standing| standing.in_force(today))
            .map(|standing| &standing.grant.trust)
            .collect();
        all += u32::from(!at.is_empty());
        for trust in at {
            *trusts.entry(trust.clone()).or_default() += 1;
        }
    }
    Sizes { trusts, all }
}

pub fn held_finding(set: &HeldSet, rules: &Rules) -> Finding {
    let place = place_of_limit(set, rules);
    let asked = Noun::PEOPLE.count(set.asked);
    let (allowed, names) = (set.allowed, names(&set.people));
    if set.why == Why::Additions {
        let message = text!(
            with place, asked, names;
            en: "{place}: {asked} would be given access and the budget allows {allowed}; the daemon would let them wait: {names}",
            nb: "{place}: {asked} ville få tilgang, og grensen er {allowed}; tjenesten ville la dem vente: {names}"
        );
        let way_out = text!(
            en: "If it is meant, two national administrators release it after the merge (`portvakt plan` shows the digest), or the change is made in smaller parts. What is accepted stays accepted meanwhile.",
            nb: "Er det meningen, frigir to nasjonale administratorer det etter sammenslåingen (`portvakt plan` viser kontrollsummen), eller endringen gjøres i mindre deler. Det som er godtatt, forblir godtatt så lenge."
        );
        return Finding::new(Code::AdditionsHeld, message, way_out);
    }
    let message = text!(
        with place, asked, names;
        en: "{place}: {asked} would lose access and the budget allows {allowed}; the daemon would hold: {names}",
        nb: "{place}: {asked} ville miste tilgang, og grensen er {allowed}; tjenesten ville holdt tilbake: {names}"
    );
    let way_out = text!(
        en: "If it is meant, two national administrators release it after the merge (`portvakt plan` shows the digest), or the change is made in smaller parts; if not, put the files back.",
        nb: "Er det meningen, frigir to nasjonale administratorer det etter sammenslåingen (`portvakt plan` viser kontrollsummen), eller endringen gjøres i mindre deler; hvis ikke, legg filene tilbake."
    );
    Finding::new(Code::RemovalsHeld, message, way_out)
}

#[cfg(test)]
mod tests;
