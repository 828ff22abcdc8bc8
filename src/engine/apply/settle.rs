//! This module updates the memory after steps have been done.

use std::collections::BTreeSet;

use jiff::civil::Date;
use portvakt_core::model::PersonId;
use portvakt_core::plan::{Effect, Step, StepSubject};
use portvakt_core::store::Performed;
use portvakt_database::Connection;

use crate::memory;
use crate::memory::MemoryError;

/// Records the outcomes of steps of different people together with their effects, in the same transaction. It returns
/// the people who have left an account that the store had closed by itself.
pub(super) fn settle<'s>(
    conn: &Connection,
    done: &[(&'s Step, &Performed)],
    today: Date,
) -> Result<BTreeSet<&'s PersonId>, MemoryError> {
    let (mut given, mut ended) = (Vec::new(), Vec::new());
    let (mut opened, mut closed, mut left) = (Vec::new(), Vec::new(), Vec::new());
    let mut described = BTreeSet::new();
    for (step, performed) in done {
        match &step.effect {
            Effect::Lower { revoke, close, .. } => {
                ended.extend(
                    revoke.iter().flat_map(|revoke| revoke.grants.iter().map(|key| (key, revoke.cause))),
                );
                if let (true, Some(person), Some(account)) = (*close, &step.person, &performed.account) {
                    closed.push((person, account));
                }
            }
            Effect::Raise { grant } => {
                given.extend(grant.iter().map(|raise| &raise.grant));
                if let (Some(person), Some(account)) = (&step.person, &performed.account) {
                    opened.push((person, account));
                }
                if let (StepSubject::New(_), Some(person)) = (&step.subject, &step.person) {
                    described.insert(person);
                }
            }
            Effect::Settle { grants } => {
                ended.extend(grants.iter().map(|(key, cause)| (key, *cause)));
                if let (Some(person), StepSubject::Account(account)) = (&step.person, &step.subject) {
                    left.push((person, account));
                }
            }
            Effect::Amend { .. } => {
                if let Some(person) = &step.person {
                    described.insert(person);
                }
            }
            Effect::Sweep { .. } => {}
        }
    }
    memory::store_ended(conn, &ended, today)?;
    memory::close_accounts(conn, &closed)?;
    memory::store_given(conn, &given, today)?;
    memory::set_accounts(conn, &opened)?;
    // The store has their names, logins and addresses now.
    if !described.is_empty() {
        let mut restated = memory::restated(conn)?;
        restated.retain(|person| !described.contains(person));
        memory::set_restated(conn, &restated)?;
    }
    let mut gone = BTreeSet::new();
    for (person, account) in left {
        // A person without any grant uses no account. If they return, they need a new application and get a new
        // account.
        if memory::leave_account(conn, person, account)? {
            gone.insert(person);
        }
    }
    Ok(gone)
}
