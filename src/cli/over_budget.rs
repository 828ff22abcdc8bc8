//! Warns, before a list of a review is signed, that its ends are over the removal budget. If they were carried out at
//! once, they would be held.

use jiff::civil::Date;
use portvakt_core::decide::{accepted_tree, ends_over_budget};
use portvakt_core::diag::{Noun, Text, text};
use portvakt_core::model::{Register, Review};
use portvakt_core::plan::LimitAsked;

use super::tree;
use crate::config::Global;

/// The words for the ends of a list, by the files below the root. It is `None` if the ends are within the budget, or if
/// the files cannot be read.
pub(super) fn by_the_files(
    global: &Global,
    register: &Register,
    review: &Review,
    today: Date,
) -> Option<Text> {
    let limits = &register.removal_limits;
    let least = usize::try_from(limits.trust_least.min(limits.all_least)).unwrap_or(usize::MAX);
    // So few ends are within any budget, and the files need not be read.
    if review.ends().0 <= least {
        return None;
    }
    let tree = tree::read_tree(global).ok()?.snapshot;
    let base = accepted_tree(&tree, register, today).base;
    ends_over_budget(review, register, &base, today).map(|over| words(register, review, &over))
}

/// The words for a limit that the ends of a list exceed.
pub(super) fn words(register: &Register, review: &Review, over: &LimitAsked) -> Text {
    let place = register.place_of_limit(over.trust.as_ref());
    let ((ended, all), people) = (review.ends(), Noun::PEOPLE.count(over.asked));
    text!(
        with people, place;
        en: "{ended} of {all} accesses would end, those of {people}. That is over the budget of {place}, {allowed} in one pass: carried out together, they wait until two national administrators release them, or are carried out in smaller parts.",
        nb: "{ended} av {all} tilganger ville bli avsluttet, for {people}. Det er over grensen for {place}, {allowed} om gangen: gjennomføres alt samtidig, venter det til to nasjonale administratorer frigir det, eller det gjennomføres i mindre deler.";
        allowed = over.allowed
    )
}
