//! Reckons how much of the removal budget the answers of a review need, before anybody signs them. A review changes
//! nothing by itself. Its ends are carried out in the persons' files, where a pass weighs them and holds what is over
//! the budget.

use jiff::civil::Date;

use crate::change::{Base, Cause};
use crate::model::{Register, Review, ReviewRow};
use crate::plan::{AccessItem, Class, LimitAsked, Loss};
use crate::review::{AnswerFollowed, followed, key_now};

use super::budget::limits_asked;

/// Returns the limit that the ends of a list exceed if all of them are carried out in one pass. It is the limit of the
/// trust, or else that of the whole register. An end that the files already have is not counted. As in every check, the
/// use of the last seven days is not known. So the result may report too little, but never too much.
#[must_use]
pub fn ends_over_budget(
    review: &Review,
    register: &Register,
    base: &Base,
    today: Date,
) -> Option<LimitAsked> {
    let is_to_end =
        |row: &&ReviewRow| row.is_to_end() && followed(row, base, |_| None, today) == AnswerFollowed::NotYet;
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
    limits_asked(register, base, &losses, today).into_iter().find(|limit| limit.asked > limit.allowed)
}
