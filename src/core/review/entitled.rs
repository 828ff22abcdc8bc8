//! Decides who may answer which row of a list. Nobody may answer their own row. A delegate answers for a person who may
//! review, but not that person's own row.
//!
//! The judgement of a list decides by this rule, and so does the command that writes an answer.

use jiff::civil::Date;

use crate::change::Base;
use crate::model::{Delegation, PersonId};

/// The reason why an answer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerRefused {
    /// The row is about the person who answers it.
    OwnRow,
    /// The person may not review the list. They may be a delegate, but not of anybody who may answer the row.
    NotEntitled,
}

/// Returns the reviewers for whom a person answers a row on a day, at least one. It is the person themselves if they may
/// review. Otherwise these are all reviewers who named them as a delegate, in the order of the list. `about` is the person
/// of the row, if it is about one.
///
/// # Errors
/// The person may not answer the row.
pub fn answers_for<'a>(
    (by, about): (&'a PersonId, Option<&PersonId>),
    on: Date,
    delegations: &'a [Delegation],
    base: &Base,
    mut may_review: impl FnMut(&PersonId) -> bool,
) -> Result<Vec<&'a PersonId>, AnswerRefused> {
    let is_own = |person: &PersonId| about.is_some_and(|about| base.is_same(person, about));
    if is_own(by) {
        return Err(AnswerRefused::OwnRow);
    }
    if may_review(by) {
        return Ok(vec![by]);
    }
    let mut reviewers = Vec::new();
    for delegation in delegations {
        let (delegate, reviewer) = (&delegation.person, &delegation.by);
        let stands_in = base.is_same(delegate, by) && delegation.from <= on && on <= delegation.until;
        if stands_in && !base.is_same(reviewer, by) && !is_own(reviewer) && may_review(reviewer) {
            reviewers.push(reviewer);
        }
    }
    if reviewers.is_empty() { Err(AnswerRefused::NotEntitled) } else { Ok(reviewers) }
}
