//! Settles requests to an external store whose result is unknown, after a crash or a lost answer. It reads the store
//! and never guesses.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use portvakt_core::model::{Account, AccountId};
use portvakt_core::plan::StepSubject;
use portvakt_core::store::{
    Beside, OpeningId, Performed, StoreError, WriteStore, falls_short_beside, wanted,
};
use portvakt_database::Connection;
use portvakt_stores::tables::Tables;

use super::bind::Asked;
use super::outcome::{outcome, uses};
use super::{ApplyError, bodies};
use crate::ledger::EntryKind;
use crate::memory::Intent;
use crate::{ledger, memory};

/// Settles what earlier passes left open, by reading the store. What is done there is recorded as done, and the rest
/// is planned again. If nothing is open, nothing is read from the store. The caller has already compared the open
/// requests with the ledger. Otherwise an intent or an opening that no pass wrote could make an account somebody's.
///
/// # Errors
/// When the store cannot be read or the record cannot be written. Then everything stays open, and no pass is made.
pub fn settle_intents(
    memory: &mut Tables,
    store: &dyn WriteStore,
    now: Timestamp,
) -> Result<usize, ApplyError> {
    let intents = memory::open_intents(memory.connection())?;
    let openings = memory::openings(memory.connection())?;
    if intents.is_empty() && openings.is_empty() {
        return Ok(0);
    }
    let ids: BTreeSet<AccountId> =
        intents.iter().filter_map(|intent| intent.step.subject.account()).cloned().collect();
    let known: BTreeMap<AccountId, Account> = if ids.is_empty() {
        BTreeMap::new()
    } else {
        let read = store.accounts(&BTreeSet::new(), &ids)?;
        read.into_iter().map(|account| (account.id.clone(), account)).collect()
    };
    // A closing is done only if no other role is left either, as when it is not interrupted.
    let left: BTreeMap<AccountId, String> =
        store.left_roles().into_iter().map(|left| (left.account, left.role)).collect();
    let names: BTreeSet<OpeningId> = openings.iter().map(|(_, opening)| opening.clone()).collect();
    let opened = if names.is_empty() { Ok(BTreeMap::new()) } else { store.opened(&names) };
    let opened = match opened {
        // Nothing is known of the openings then. They stay open, and the store looks again before it opens anything.
        // What is taken away from others does not wait for that.
        Err(StoreError::Answer { .. }) => None,
        opened => Some(opened?),
    };

    let tx = memory.connection_mut().begin()?;
    let mut asked = Asked::default();
    for intent in &intents {
        settle_one(&tx, now, intent, (&known, &left), opened.as_ref())?;
        memory::close_intent(&tx, intent.seq)?;
        asked.is_over(memory::intent_name(intent.seq));
    }
    for (person, opening) in &openings {
        let Some(account) = opened.as_ref().and_then(|opened| opened.get(opening)) else { continue };
        if !account.active {
            // The store may open accounts inactive. Under another name the person would get one more in every pass.
            memory::account_made(&tx, opening, &account.id, now)?;
            continue;
        }
        uses(&tx, now, person, &account.id)?;
        memory::forget_opening(&tx, person)?;
        asked.is_over(memory::opening_name(opening));
    }
    asked.record(&tx, now)?;
    tx.commit()?;
    Ok(intents.len())
}

fn settle_one(
    conn: &Connection,
    now: Timestamp,
    intent: &Intent,
    (known, left): (&BTreeMap<AccountId, Account>, &BTreeMap<AccountId, String>),
    opened: Option<&BTreeMap<OpeningId, Account>>,
) -> Result<(), ApplyError> {
    let step = &intent.step;
    let account = match (&step.subject, &intent.opening) {
        (StepSubject::Account(id), _) => known.get(id),
        (StepSubject::New(_), Some(opening)) => opened.and_then(|opened| opened.get(opening)),
        (StepSubject::New(_) | StepSubject::Nobody, _) => None,
    };
    let other_role = account.and_then(|account| left.get(&account.id).cloned());
    let beside = Beside { other_role, ..Beside::default() };
    let short = falls_short_beside(&wanted(&step.effect), account, &beside);
    let id = account.map(|account| &account.id).or_else(|| step.subject.account());
    if short.is_none() && !matches!(step.subject, StepSubject::Nobody) {
        let performed = Performed { account: id.cloned(), after: account.cloned() };
        return outcome(conn, (now, intent.day), step, &performed);
    }
    // The ledger keeps the kind of failure only, so an account without an id needs no sentence.
    let why = short.zip(id).map(|(short, id)| short.sentence(id)).unwrap_or_default();
    let why = match (&step.subject, opened) {
        (StepSubject::New(_), None) => StoreError::Unknown(why),
        _ => StoreError::NotWritten(why),
    };
    let body = bodies::failed_body(conn, step, account.map(|account| &account.id), &why)?;
    ledger::append(conn, now, EntryKind::StepFailed, &body)?;
    Ok(())
}
