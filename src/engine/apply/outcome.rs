//! Records what steps have done, in memory and ledger, inside the caller's transaction. It is the same wherever the
//! accounts are.

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::change::Cause;
use portvakt_core::model::{AccountId, PersonId};
use portvakt_core::plan::{Effect, Step, StepTurn};
use portvakt_core::store::Performed;
use portvakt_database::Connection;

use super::{ApplyError, bodies, settle};
use crate::ledger::person_key::Keys;
use crate::ledger::{EntryKind, Tail};
use crate::memory::OwedAfter;
use crate::{ledger, memory};

/// Records the outcome of a step in memory and ledger, inside the caller's transaction.
pub(super) fn outcome(
    conn: &Connection,
    moment: (Timestamp, Date),
    step: &Step,
    performed: &Performed,
) -> Result<(), ApplyError> {
    outcomes(conn, moment, &[(step, performed)])
}

/// Does the same for steps of different people, in their order.
pub(super) fn outcomes(
    conn: &Connection,
    (now, today): (Timestamp, Date),
    done: &[(&Step, &Performed)],
) -> Result<(), ApplyError> {
    let left = settle::settle(conn, done, today)?;
    let keys = Keys::of(conn, &done.iter().flat_map(|(step, _)| bodies::people_of_step(step)).collect())?;
    let bodies = done
        .iter()
        .map(|(step, performed)| {
            let mut body = bodies::step(&keys, step, performed)?;
            let is_left = step.person.as_ref().is_some_and(|person| left.contains(person));
            if let (true, Some(body)) = (is_left, body.as_object_mut()) {
                body.insert("left".to_owned(), true.into());
            }
            Ok(body)
        })
        .collect::<Result<Vec<_>, ApplyError>>()?;
    let mut tail = Tail::of(conn)?;
    let mut entries = Vec::with_capacity(bodies.len());
    let (mut owed, mut readdressed) = (Vec::new(), Vec::new());
    for ((step, performed), body) in done.iter().zip(&bodies) {
        entries.push((EntryKind::Step, body));
        if let Some(account) = &performed.account {
            let entry = tail.seq() + entries.len() as u64;
            match &step.effect {
                effect if effect.turn() == StepTurn::Takes => owed.push((account, entry)),
                Effect::Amend { email: Some(_), .. } => readdressed.push((account, entry)),
                _ => {}
            }
        }
        if let Effect::Lower { revoke, .. } = &step.effect
            && revoke.iter().any(|revoke| matches!(revoke.cause, Cause::Drift | Cause::UnknownAccount))
        {
            entries.push((EntryKind::Drift, body));
        }
    }
    tail.append_all(now, &entries)?;
    let mut became_owed = memory::owe_reports(conn, &owed, OwedAfter::Loss)?;
    became_owed.extend(memory::owe_reports(conn, &readdressed, OwedAfter::OtherAddress)?);
    if !became_owed.is_empty() {
        tail.append(now, EntryKind::Asked, &serde_json::json!({ "owed": became_owed }))?;
    }
    Ok(())
}

/// Records that an account belongs to a person, in the ledger too, if no step says so.
pub(super) fn uses(
    conn: &Connection,
    now: Timestamp,
    person: &PersonId,
    account: &AccountId,
) -> Result<(), ApplyError> {
    memory::set_account(conn, person, account)?;
    ledger::append(conn, now, EntryKind::Account, &bodies::account(conn, person, account)?)?;
    Ok(())
}
