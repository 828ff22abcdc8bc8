//! Reads what a pass needs to know of the accounts that `accounts: adopt` names.

use std::collections::BTreeSet;

use portvakt_core::decide::{AccountOwners, Adoptable};
use portvakt_core::model::AccountId;
use portvakt_core::store::ReadStore;
use portvakt_database::Connection;

use super::asked::PassError;
use crate::memory;
use crate::memory::MemoryError;

/// Reads the accounts that a change would adopt, and the people who have them. If there are none, the store is not
/// asked.
pub(super) fn adoptable(
    conn: &Connection,
    store: &dyn ReadStore,
    adopted: &AccountOwners,
) -> Result<Adoptable, PassError> {
    if adopted.is_empty() {
        return Ok(Adoptable::default());
    }
    let ids: BTreeSet<AccountId> = adopted.keys().cloned().collect();
    Ok(Adoptable { accounts: store.accounts(&BTreeSet::new(), &ids)?, owners: owners(conn, adopted.keys())? })
}

/// Reads from the memory which people have these accounts.
pub(super) fn owners<'a>(
    conn: &Connection,
    accounts: impl Iterator<Item = &'a AccountId>,
) -> Result<AccountOwners, MemoryError> {
    let mut owners = AccountOwners::new();
    for account in accounts {
        if let Some(person) = memory::user_of(conn, account)? {
            owners.insert(account.clone(), person);
        }
    }
    Ok(owners)
}
