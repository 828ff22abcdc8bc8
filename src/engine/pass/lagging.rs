//! A list of all accounts may lag behind the accounts themselves: for some seconds it shows what was before a write. What
//! this program has just written would then be taken for a change by hand, and be told as one.
//!
//! So an account that the program wrote in the last minute, and that the list does not show as it was left, is read
//! alone. What that answer says counts, also where somebody did change it. A list that is right costs no request. A list
//! of the program's own tables never lags, and for it the ledger is not read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan as _};
use portvakt_core::change::{Base, KnownPerson};
use portvakt_core::model::{Account, AccountId, Right};
use portvakt_core::store::ReadStore;
use portvakt_database::Connection;

use crate::ledger::{self, EntryKind};

/// The number of seconds after a write in which a list may show what was before it.
const LAG: i64 = 60;

/// Returns the accounts that the list does not show as this program has just left them, each read alone.
pub(super) fn read_alone(
    store: &dyn ReadStore,
    (memory, now): (&Connection, Timestamp),
    base: &Base,
    listed: &[Account],
) -> Vec<Account> {
    let written = if store.lists_may_lag() { just_written(memory, now) } else { BTreeSet::new() };
    if written.is_empty() {
        return Vec::new();
    }
    let people = base.people.values().filter_map(|known| Some((known.account.as_ref()?, known)));
    let people: BTreeMap<&AccountId, &KnownPerson> = people.collect();
    let listed = listed.iter().filter(|account| written.contains(&account.id));
    let listed: BTreeMap<&AccountId, &Account> = listed.map(|account| (&account.id, account)).collect();
    let differs = |id: &&AccountId| match (people.get(*id), listed.get(*id)) {
        (Some(known), Some(account)) => {
            !account.active || rights_told(known) != account.rights.keys().cloned().collect::<BTreeSet<_>>()
        }
        (Some(_), None) => true,
        (None, Some(account)) => account.active || !account.rights.is_empty(),
        (None, None) => false,
    };
    let alone: BTreeSet<AccountId> = written.iter().filter(differs).cloned().collect();
    if alone.is_empty() {
        return Vec::new();
    }
    store.accounts(&BTreeSet::new(), &alone).unwrap_or_else(|error| {
        tracing::warn!(%error, "what was just written could not be read alone; the list counts");
        Vec::new()
    })
}

/// Returns the rights that the store was told for a person and not told to end.
fn rights_told(known: &KnownPerson) -> BTreeSet<Right> {
    let told = known.grants.values().filter(|standing| standing.ended.is_none());
    told.filter_map(|standing| {
        let given = || standing.given.map(|_| standing.grant.right());
        standing.replaced.clone().or_else(given)
    })
    .collect()
}

/// Returns the accounts of the steps of the last minute. A ledger that cannot be read says nothing here; a pass tells
/// that itself.
fn just_written(memory: &Connection, now: Timestamp) -> BTreeSet<AccountId> {
    let Ok(since) = now.checked_sub(LAG.seconds()) else { return BTreeSet::new() };
    let entries = ledger::back_to(memory, since).unwrap_or_default();
    let steps = entries.iter().filter(|entry| entry.kind == EntryKind::Step);
    steps.filter_map(|entry| entry.body.get("account")?.as_str().map(AccountId::new)).collect()
}
