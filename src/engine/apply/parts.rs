//! Takes away in parts what the program's own tables do not let go as a whole.
//!
//! One row may refuse its part of a step: a trigger of the database's owner keeps a subscription running, or puts an
//! address back. The rights and the account itself do not wait for it (R30, R32). They go in a transaction of their own, with
//! their record. The rest is owed: the step counts as failed, and every pass draws it anew until it is done.

use std::slice;

use portvakt_core::change::Cause;
use portvakt_core::decide::Decided;
use portvakt_core::diag::text;
use portvakt_core::plan::{Effect, Revoke, Step};
use portvakt_core::store::StoreError;
use portvakt_database::Transaction;
use portvakt_stores::tables::write::{close_owing, perform_all};

use super::ApplyError;
use super::recorded::{new_account_id, recorded_as_one};

/// Does as much of a step as the tables take, and records it. `whole` is the reason why they did not take all of it. The
/// result is the reason with what was done all the same.
pub(super) fn in_parts(
    tx: &mut Transaction<'_>,
    decided: &Decided,
    step: &Step,
    whole: StoreError,
) -> Result<StoreError, ApplyError> {
    if !is_about_rows(&whole) {
        return Ok(whole);
    }
    let (cause, revoke, subscriptions, close) = match &step.effect {
        Effect::Lower { cause, revoke, end_subscriptions, close } => {
            (*cause, revoke.as_slice(), end_subscriptions, *close)
        }
        Effect::Sweep { end_subscriptions } => (Cause::Sweep, &[][..], end_subscriptions, false),
        Effect::Amend { .. } | Effect::Raise { .. } | Effect::Settle { .. } => return Ok(whole),
    };
    let part = |revoke: &[Revoke], end_subscriptions: &[i64], close: bool| {
        let (revoke, end_subscriptions) = (revoke.to_vec(), end_subscriptions.to_vec());
        Step { effect: Effect::Lower { cause, revoke, end_subscriptions, close }, ..step.clone() }
    };
    let mut gone = Vec::new();
    for right in revoke {
        if goes_alone(tx, decided, &part(slice::from_ref(right), &[], false))? {
            gone.push(right.clone());
        }
    }
    // What a right gives does not end before the right.
    if gone.is_empty() && !revoke.is_empty() {
        return Ok(whole);
    }
    let mut ends = Vec::new();
    for subscription in subscriptions {
        if goes_alone(tx, decided, &part(&[], slice::from_ref(subscription), false))? {
            ends.push(*subscription);
        }
    }
    if close && gone.len() == revoke.len() {
        let closing = part(revoke, &ends, true);
        let done = recorded_as_one(tx, decided, &[&closing], |connection| {
            Ok(vec![close_owing(connection, &closing, decided.clock.day)?])
        })?;
        if done.is_ok() {
            return Ok(with_what_went(whole, true));
        }
    }
    if gone.is_empty() && ends.is_empty() {
        return Ok(whole);
    }
    let lowered = part(&gone, &ends, false);
    let done = recorded_as_one(tx, decided, &[&lowered], |connection| {
        perform_all(connection, &[&lowered], decided.clock.day, &mut new_account_id)
    })?;
    Ok(if done.is_ok() { with_what_went(whole, false) } else { whole })
}

/// Returns whether the tables refused rows of this step, and not because of something that befalls all steps.
fn is_about_rows(why: &StoreError) -> bool {
    match why {
        StoreError::NotWritten(_) => true,
        StoreError::Database(_, source) => source
            .downcast_ref::<portvakt_database::Error>()
            .is_some_and(portvakt_database::Error::is_about_the_row),
        _ => false,
    }
}

/// Returns whether the tables take this part by itself. It is undone again.
fn goes_alone(tx: &mut Transaction<'_>, decided: &Decided, part: &Step) -> Result<bool, ApplyError> {
    let point = tx.savepoint()?;
    Ok(perform_all(&point, &[part], decided.clock.day, &mut new_account_id).is_ok())
}

/// Returns the reason with what was done all the same. It stays an error of its kind.
fn with_what_went(whole: StoreError, closed: bool) -> StoreError {
    let went = if closed {
        text!(
            en: "the account is closed all the same and has no rights; an address or a subscription is owed, and every \
                 pass tries again",
            nb: "kontoen er likevel lukket og uten rettigheter; en adresse eller et abonnement gjenstår, og hver \
                 gjennomgang prøver igjen"
        )
    } else {
        text!(
            en: "what goes by itself is taken away all the same; the rest is owed, and every pass tries again",
            nb: "det som lar seg fjerne for seg, er likevel fjernet; resten gjenstår, og hver gjennomgang prøver igjen"
        )
    };
    match whole {
        StoreError::NotWritten(why) => {
            StoreError::NotWritten(text!(with why, went; en: "{why}; {went}", nb: "{why}; {went}"))
        }
        StoreError::Database(why, source) => {
            StoreError::Database(text!(with why, went; en: "{why}; {went}", nb: "{why}; {went}"), source)
        }
        other => other,
    }
}
