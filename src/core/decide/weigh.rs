//! Weighs what may be taken from the store and given. It draws the steps and applies the budgets.

use super::whom::{names, place_of_limit};
use std::collections::BTreeSet;
use std::convert::Infallible;

use crate::change::{Cause, Why};
use crate::diag::{Code, Finding, Noun, Text, text};
use crate::judge::{Rules, how_to_release};
use crate::plan::{
    AccessItem, Additions, Admitted, Budget, Class, Guarded, HeldSet, Loss, PlanDraft, Situation,
    StoreExtent, draft,
};

/// The result of the budgets, and the steps that follow.
#[derive(Default)]
pub struct BudgetResult {
    pub guarded: Guarded,
    pub admitted: Admitted,
    /// The items that stay as they are.
    pub held: BTreeSet<AccessItem>,
    pub drawn: PlanDraft,
    /// The items that would be given and that count, whether held or not.
    pub coming: BTreeSet<String>,
}

/// Draws the steps, and draws them again without the items that the budgets hold.
pub fn guard(
    situation: &Situation<'_>,
    budget: &Budget<'_, Infallible>,
    additions: &Additions<'_, Infallible>,
) -> BudgetResult {
    let first = draft(situation, &BTreeSet::new());
    let Ok(admitted) = additions.judge(&first.gains);
    let coming = first.gains.iter().map(|gain| gain.item.to_string()).collect();
    let mut held: BTreeSet<AccessItem> =
        admitted.sets.iter().flat_map(|set| set.items.iter().cloned()).collect();
    // A person who waits for a new access keeps the old access that it replaces.
    let waiting: BTreeSet<&String> = admitted.sets.iter().flat_map(|set| &set.people).collect();
    // Without proof that the list is complete, nothing is taken away for absence (law: absence needs proof).
    let doubtful = matches!(situation.observed.extent, StoreExtent::Doubtful(_));
    let stays = |loss: &&Loss| {
        (doubtful && loss.class == Class::Absence)
            || (loss.cause == Cause::Absent && loss.class == Class::Absence && waiting.contains(&loss.who))
    };
    let (kept, judged): (Vec<&Loss>, Vec<&Loss>) = first.losses.iter().partition(stays);
    let judged: Vec<Loss> = judged.into_iter().cloned().collect();
    let Ok(guarded) = budget.judge(&judged);
    held.extend(guarded.held());
    held.extend(kept.into_iter().map(|loss| loss.item.clone()));
    let drawn = if held.is_empty() { first } else { draft(situation, &held) };
    BudgetResult { guarded, admitted, held, drawn, coming }
}

pub fn held_finding(set: &HeldSet, rules: &Rules) -> Finding {
    if !matches!(set.why, Why::Budget | Why::Additions) {
        return super::withhold::finding(set, &rules.register);
    }
    let place = place_of_limit(set, rules);
    let asked = Noun::PEOPLE.count(set.asked);
    let (allowed, names) = (set.allowed, names(&set.people));
    let how = how_to_release(&rules.register, &set.digest);
    if set.why == Why::Additions {
        let message = text!(
            with place, asked, names;
            en: "{place}: {asked} would be given access and the budget allows {allowed}; held: {names}",
            nb: "{place}: {asked} ville få tilgang, og grensen er {allowed}; holdt tilbake: {names}"
        );
        let way_out = text!(
            with how;
            en: "What is accepted stays accepted. If it is meant, two national administrators release it: {how}; if not, take the entries out again: then they count as removals, and more than the budget for those wait for a release of their own.",
            nb: "Det som er godtatt, forblir godtatt. Er det meningen, frigir to nasjonale administratorer det: {how}; hvis ikke, ta oppføringene ut igjen: da teller de som fjerninger, og er de flere enn grensen for slike, venter de på en egen frigivelse."
        );
        return Finding::new(Code::AdditionsHeld, message, way_out);
    }
    let also = also_addresses(set);
    let message = text!(
        with place, asked, names, also;
        en: "{place}: {asked} would lose access and the budget allows {allowed}; held: {names}{also}",
        nb: "{place}: {asked} ville miste tilgang, og grensen er {allowed}; holdt tilbake: {names}{also}"
    );
    let way_out = text!(
        with how;
        en: "If it is meant, two national administrators release it: {how}; if not, put the files back.",
        nb: "Er det meningen, frigir to nasjonale administratorer det: {how}; hvis ikke, legg filene tilbake."
    );
    Finding::new(Code::RemovalsHeld, message, way_out)
}

/// Tells how many of the held items are e-mail addresses, if there are any.
fn also_addresses(set: &HeldSet) -> Text {
    match set.items.iter().filter(|item| matches!(item, AccessItem::Contact(_))).count() {
        0 => Text::default(),
        n => {
            let accounts = Noun::ACCOUNTS.count(n);
            text!(
                with accounts;
                en: "; with it, e-mail addresses go: those of {accounts}",
                nb: "; med det fjernes e-postadresser: for {accounts}"
            )
        }
    }
}
