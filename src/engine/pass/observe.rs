//! Reads the part of the store that a pass needs.

use std::collections::BTreeSet;

use jiff::Timestamp;
use portvakt_core::change::Base;
use portvakt_core::decide::{accounts_of, left_out, left_out_with_access};
use portvakt_core::diag::{Text, text};
use portvakt_core::model::{Account, ApplicationId, PersonId, Register};
use portvakt_core::plan::{Observed, StoreExtent};
use portvakt_core::store::{ReadStore, StoreError};
use portvakt_database::Connection;

use super::lagging::read_alone;

/// Reads the accounts of these people, or of everybody. The result says whether the list is complete. The memory, and the
/// time now, say what this program has just written.
pub(super) fn observe(
    store: &dyn ReadStore,
    memory: (&Connection, Timestamp),
    base: &Base,
    register: &Register,
    people: Option<BTreeSet<PersonId>>,
) -> Result<Observed, StoreError> {
    let roles = |application: &ApplicationId| {
        let application = application.clone();
        register.roles.keys().map(move |role| (application.clone(), role.clone()))
    };
    store.told_roles(&register.applications.keys().flat_map(roles).collect());
    let (accounts, extent) = match people {
        Some(people) => {
            let ids = accounts_of(&people, base, register);
            (store.accounts(&people, &ids)?, StoreExtent::People(people))
        }
        None => {
            let listing = store.list()?;
            let known = base.people.values().filter(|known| known.account.is_some()).count();
            let extent = StoreExtent::of_list(listing.accounts.len(), known, listing.incomplete);
            let mut accounts = listing.accounts;
            // These take the place of what the list says of the same accounts. A list that has not caught up with the
            // program's own writes is in no doubt for that.
            let alone = read_alone(store, memory, base, &accounts);
            accounts.extend(alone);
            let extent = look_for_the_rest(store, (base, register), &mut accounts, extent)?;
            (accounts, extent)
        }
    };
    let accounts = accounts.into_iter().map(|account| (account.id.clone(), account)).collect();
    Ok(Observed { accounts, extent, as_written: store.keeps_as_written() })
}

/// Reads alone what the list leaves out, and adds what is there. Returns how far the list is to be believed after that.
///
/// A list may count right and still leave somebody out: when an account before a page's end is deleted and another one is made
/// while the pages are read, the next account falls between two pages. So silence of a list never proves that an account is
/// gone. The program's own tables are read at one moment, and theirs does.
fn look_for_the_rest(
    store: &dyn ReadStore,
    (base, register): (&Base, &Register),
    accounts: &mut Vec<Account>,
    extent: StoreExtent,
) -> Result<StoreExtent, StoreError> {
    let ids = match &extent {
        StoreExtent::Doubtful(_) => left_out(accounts, base),
        StoreExtent::Whole if store.lists_may_lag() => left_out_with_access(accounts, base, register),
        StoreExtent::Whole | StoreExtent::People(_) => BTreeSet::new(),
    };
    if ids.is_empty() {
        return Ok(extent);
    }
    let found = match store.accounts(&BTreeSet::new(), &ids) {
        Ok(found) => found,
        // Of an account that a list leaves out and that cannot be read nothing is certain, so nothing is done to it. What
        // is taken away from others does not wait for that.
        Err(error @ StoreError::Answer { .. }) => {
            tracing::warn!(%error, "what the list leaves out could not be read alone");
            return Ok(match extent {
                StoreExtent::Doubtful(why) => StoreExtent::Doubtful(why),
                StoreExtent::Whole | StoreExtent::People(_) => StoreExtent::Doubtful(unread(&error)),
            });
        }
        Err(error) => return Err(error),
    };
    let there = found.iter().find(|account| account.active).map(|account| account.id.clone());
    accounts.extend(found);
    Ok(match (extent, there) {
        (StoreExtent::Whole, Some(account)) => StoreExtent::Doubtful(text!(
            en: "the account `{account}` is open and does not stand in it",
            nb: "kontoen `{account}` er åpen og står ikke i den"
        )),
        // A service may leave closed accounts out of its lists. That is no doubt about the others.
        (extent, _) => extent,
    })
}

fn unread(error: &StoreError) -> Text {
    let why = error.words();
    text!(
        with why;
        en: "an account with access does not stand in it and cannot be read alone: {why}",
        nb: "en konto med tilgang står ikke i den og kan ikke leses alene: {why}"
    )
}
