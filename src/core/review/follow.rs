//! Tells how far one answer is followed, by the accepted access of its row or by the settings. Also finds the answer of
//! a newer list that replaces one that is not followed.

use jiff::civil::Date;

use crate::change::Base;
use crate::model::{Answered, GrantKey, PersonId, Register, ReviewRow, RowAnswer, Setting, SettingRow};

use super::judge::ReviewedList;
use super::settings::{is_same, setting_now};

/// Tells how far the accepted state follows the answer of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFollowed {
    /// The row has no answer, or the answer leaves the access as it is.
    NothingAsked,
    /// The access is as it was, or lasts longer than the answer allows.
    NotYet,
    /// The end is accepted. This is the last day of the access.
    EndsOn(Date),
    /// The change that the answer asks for is accepted, and its end is over.
    Done,
}

/// The access of a row by the id that its person has now.
#[must_use]
pub fn key_now(row: &ReviewRow, base: &Base) -> GrantKey {
    GrantKey { person: base.meant(&row.key.person).clone(), ..row.key.clone() }
}

/// Returns how far the accepted accesses follow the answer of a row. `leaves` gives the last day of an access that is
/// being taken away or shortened. It may be in the past.
///
/// An end is accepted if the access has a last day that it did not have when the list was made, or an earlier one, or
/// today. A last day that was there before does not answer the review.
#[must_use]
pub fn followed(
    row: &ReviewRow,
    base: &Base,
    leaves: impl Fn(&GrantKey) -> Option<Date>,
    today: Date,
) -> AnswerFollowed {
    let Some(answered) = &row.answered else { return AnswerFollowed::NothingAsked };
    if answered.answer == (RowAnswer::Keep { until: None }) {
        return AnswerFollowed::NothingAsked;
    }
    let key = key_now(row, base);
    let Some(standing) = base.standing(&key).filter(|standing| standing.lives(today)) else {
        return AnswerFollowed::Done;
    };
    let (grant, leaves) = (&standing.grant, leaves(&key));
    if leaves.is_some_and(|last| last < today) {
        return AnswerFollowed::Done;
    }
    let until = leaves.or(grant.until);
    let as_it_was = grant.role == row.role && grant.from == row.from && until == row.until;
    let earlier = |until: Date| row.until.is_none_or(|before| until < before) || until <= today;
    match (answered.answer, until) {
        (RowAnswer::Keep { until: None }, _) => AnswerFollowed::NothingAsked,
        (RowAnswer::Keep { until: Some(last) }, Some(until))
            if until <= last && lasts_less(row.until, last) =>
        {
            AnswerFollowed::NothingAsked
        }
        (RowAnswer::Keep { until: Some(last) }, Some(until)) if until <= last => AnswerFollowed::Done,
        (RowAnswer::Change, _) if !as_it_was => AnswerFollowed::Done,
        (RowAnswer::End, Some(until)) if earlier(until) => AnswerFollowed::EndsOn(until),
        (RowAnswer::Keep { .. } | RowAnswer::Change | RowAnswer::End, _) => AnswerFollowed::NotYet,
    }
}

/// Returns whether something ended before a day already when the list was made. To keep it until that day asks for nothing.
fn lasts_less(before: Option<Date>, kept: Date) -> bool {
    before.is_some_and(|before| before < kept)
}

/// Says how far the accepted settings follow the answer of a row.
#[must_use]
pub fn followed_setting(row: &SettingRow, register: &Register, base: &Base, today: Date) -> AnswerFollowed {
    let Some(answered) = &row.answered else { return AnswerFollowed::NothingAsked };
    if answered.answer == (RowAnswer::Keep { until: None }) {
        return AnswerFollowed::NothingAsked;
    }
    let Some(now) = setting_now(row, register, base, today) else { return AnswerFollowed::Done };
    let (until, before) = (last_day(&now), last_day(&row.setting));
    let earlier = |until: Date| before.is_none_or(|before| until < before) || until <= today;
    match (answered.answer, until) {
        (RowAnswer::Keep { until: Some(last) }, Some(until)) if until <= last && lasts_less(before, last) => {
            AnswerFollowed::NothingAsked
        }
        (RowAnswer::Keep { until: Some(last) }, Some(until)) if until <= last => AnswerFollowed::Done,
        (RowAnswer::Change, until) if until != before => AnswerFollowed::Done,
        (RowAnswer::End, Some(until)) if earlier(until) => AnswerFollowed::EndsOn(until),
        (RowAnswer::Keep { .. } | RowAnswer::Change | RowAnswer::End, _) => AnswerFollowed::NotYet,
    }
}

/// Returns the row of the newer list that replaces the answer of this row. It is about the same access, and was
/// answered after the day from which the older list counts. The reviewer has then decided again about an answer that
/// was not followed. `older` is the list of the row.
#[must_use]
pub fn anew<'r>(
    row: &ReviewRow,
    (older, newer): (&ReviewedList, Option<&'r ReviewedList>),
    base: &Base,
) -> Option<&'r ReviewRow> {
    let (newer, key) = (newer?, key_now(row, base));
    newer.parsed.review.rows.iter().find(|later| {
        let is_anew = decides_anew((row.answered.as_ref(), older), (later.answered.as_ref(), newer));
        is_anew && key_now(later, base) == key
    })
}

/// Returns the row of a newer list that counts and that has answered for the same setting, on a later day than the day
/// from which the older list counts.
#[must_use]
pub fn setting_anew<'r>(
    row: &SettingRow,
    (older, newer): (&ReviewedList, Option<&'r ReviewedList>),
    base: &Base,
) -> Option<&'r SettingRow> {
    let newer = newer?;
    newer.parsed.review.settings.iter().find(|later| {
        let is_anew = decides_anew((row.answered.as_ref(), older), (later.answered.as_ref(), newer));
        is_anew && is_same(&later.setting, &row.setting, base)
    })
}

/// Returns whether an answer of a newer list replaces one of an older list. The list of an older quarter may have been
/// completed after the newer one was answered. Its answer then came later, and is not forgotten. An end needs no later
/// day, because it asks for no less than the older answer, and is itself followed.
fn decides_anew(
    (before, older): (Option<&Answered>, &ReviewedList),
    (given, newer): (Option<&Answered>, &ReviewedList),
) -> bool {
    let Some(given) = given else { return false };
    let said = older
        .counts_from
        .or_else(|| before.and_then(|before| reviewed_on(older, &before.by)))
        .unwrap_or(older.parsed.review.made);
    given.answer == RowAnswer::End || reviewed_on(newer, &given.by).is_some_and(|on| on > said)
}

/// The day on which somebody reviewed a list.
fn reviewed_on(list: &ReviewedList, by: &PersonId) -> Option<Date> {
    list.parsed.review.reviewed.iter().find(|line| line.by == *by).map(|line| line.on)
}

fn last_day(setting: &Setting) -> Option<Date> {
    match setting {
        Setting::Appointment { until, .. } => *until,
        Setting::Ignored { .. } | Setting::Adopted { .. } => None,
    }
}
