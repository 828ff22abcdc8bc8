//! Reckons what the answers of a review ask of the removal budget, before anybody signs them. A review changes
//! nothing by itself. Its ends are carried out in the persons' files, where a pass weighs them and holds what is over
//! the budget.

use jiff::civil::Date;

use crate::change::{Base, Cause};
use crate::model::{Register, Review, ReviewRow};
use crate::plan::{AccessItem, Class, LimitAsked, Loss};
use crate::review::{Followed, followed, key_now};

use super::budget::asked;

/// The limit that the ends of a list are over, if all of them are carried out in one pass: that of the trust, or else that of the whole
/// register. What the files say already asks for nothing more. As in every check, it is not known what the last seven days have
/// used, so it may say too little, and never too much.
#[must_use]
pub fn ends_over_budget(
    review: &Review,
    register: &Register,
    base: &Base,
    today: Date,
) -> Option<LimitAsked> {
    let is_to_end =
        |row: &&ReviewRow| row.is_to_end() && followed(row, base, |_| None, today) == Followed::NotYet;
    let loss = |row: &ReviewRow| {
        let key = key_now(row, base);
        let trust = base.standing(&key)?.grant.trust.clone();
        Some(Loss {
            who: key.person.to_string(),
            trust: Some(trust),
            item: AccessItem::Grant(key),
            class: Class::Explicit,
            cause: Cause::Shortened,
            on: None,
        })
    };
    let losses: Vec<Loss> = review.rows.iter().filter(is_to_end).filter_map(loss).collect();
    asked(register, base, &losses, today).into_iter().find(|limit| limit.asked > limit.allowed)
}
