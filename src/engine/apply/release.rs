//! This module records releases and confirmations that are given on the host. They are signed, or named on the command
//! line and recorded as declared.

use std::collections::BTreeSet;

use jiff::Timestamp;
use portvakt_core::change::Why;
use portvakt_core::decide::{Today, Trusted};
use portvakt_core::model::PersonId;
use portvakt_core::plan::HeldSet;
use portvakt_database::Connection;
use portvakt_stores::tables::Tables;
use serde_json::json;

use super::ApplyError;
use super::again::{Mistake, stand_again};
use super::bind::Before;
use crate::ledger::person_key::Keys;
use crate::ledger::{EntryKind, Tail};
use crate::memory::{AskedSlots, Bound, MemoryError, Release, Unwatched};
use crate::{ledger, memory};

/// Records a release. The caller has already asked the policies who may give it.
///
/// # Errors
/// When the release cannot be written.
pub fn release(register: &mut Tables, release: &Release, what: &str) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    given(&tx, release, what)?;
    Ok(tx.commit()?)
}

/// Records a release, and returns the moment up to which time is shown to have passed. The ledger's entry has that moment, so
/// a clock that runs ahead does not date it ahead.
fn given(tx: &Connection, release: &Release, what: &str) -> Result<Timestamp, ApplyError> {
    let shown = shown_at(tx, release.at)?;
    memory::record_release(tx, release)?;
    let keys = Keys::new(tx);
    let by = release.by.iter().map(|person| keys.key(person)).collect::<Result<Vec<_>, _>>()?;
    let evidence =
        if release.keys.is_empty() { json!("declared") } else { json!({ "signature": release.keys }) };
    let body = json!({
        "digest": release.digest, "what": what, "by": by, "evidence": evidence, "at": release.at, "shown": shown,
    });
    ledger::append(tx, shown, EntryKind::Released, &keys.bound(body))?;
    Ok(shown)
}

/// Returns the moment up to which time is shown to have passed at this time of the clock. A clock that is believed moves the
/// trusted moment on, as a pass does. So a release stays behind that moment when the clock is set back afterwards.
fn shown_at(conn: &Connection, now: Timestamp) -> Result<Timestamp, ApplyError> {
    let mut bound = Bound::default();
    bound.follow(conn)?;
    // No day is asked for here, so any time zone does.
    let (Some(last), differs) = bound.trusted(conn, "UTC")? else { return Ok(now) };
    let Ok(today) = Today::at(now, &last.zone, Some(&last), bound.shows_passed()) else { return Ok(now) };
    if let (Some(confirms), None) = (&today.confirms, differs) {
        memory::move_trusted(conn, confirms.instant)?;
    }
    Ok(today.shown)
}

/// Does the same for a set that a guard holds. For additions it also records the named items: only these are released,
/// even if others join the queue later.
///
/// # Errors
/// When the release cannot be written.
pub fn release_set(register: &mut Tables, release: &Release, set: &HeldSet) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    let before = Before::of(&tx, AskedSlots::none())?;
    if set.why == Why::Additions {
        let items = set.items.iter().map(ToString::to_string).collect();
        memory::release_items(&tx, &release.digest, items)?;
    }
    let shown = given(&tx, release, set.why.ledger_word())?;
    before.bind(&tx, &mut Tail::of(&tx)?, shown)?;
    Ok(tx.commit()?)
}

/// Records that the date is right. Accesses begin and end by it again. A date earlier than the trusted date needs two
/// people. If two people confirm it, accesses that ended by a later date are in force again. It makes no difference
/// whether that date was trusted or came from a clock that ran ahead. The function returns the number of these
/// accesses.
///
/// # Errors
/// When the confirmation cannot be written.
pub fn confirm_date(
    register: &mut Tables,
    trusted: &Trusted,
    by: &BTreeSet<PersonId>,
) -> Result<usize, ApplyError> {
    let tx = register.connection_mut().begin()?;
    let mistake = match memory::trusted(&tx, &trusted.zone) {
        Ok(Some(last)) if trusted.day < last.day => Some(Mistake::LaterDay),
        Ok(Some(_)) => Some(Mistake::ClockAhead),
        Ok(None) | Err(MemoryError::Damaged(_)) => None,
        Err(other) => return Err(other.into()),
    };
    let mistake = mistake.filter(|_| by.len() > 1);
    // An unreadable clock mark is a reason to confirm the date, so it does not prevent the confirmation.
    let before = match memory::clock_mark(&tx) {
        Err(MemoryError::Damaged(_)) => None,
        other => other?,
    };
    let parts = Before::of(&tx, AskedSlots::none())?;
    if let Some(unwatched) = before.and_then(|before| Unwatched::between(before, trusted.instant)) {
        unwatched.pass_over(&tx)?;
    }
    memory::set_trusted(&tx, trusted)?;
    let keys = Keys::new(&tx);
    let by = by.iter().map(|person| keys.key(person)).collect::<Result<Vec<_>, _>>()?;
    let body = json!({
        "by": by, "before": before, "day": trusted.day, "instant": trusted.instant, "evidence": "declared",
    });
    ledger::append(&tx, trusted.instant, EntryKind::ClockConfirmed, &keys.bound(body))?;
    let again = match mistake {
        Some(mistake) => stand_again(&tx, mistake, (trusted.day, trusted.instant))?,
        None => 0,
    };
    parts.bind(&tx, &mut Tail::of(&tx)?, trusted.instant)?;
    tx.commit()?;
    Ok(again)
}
