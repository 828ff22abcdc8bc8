//! Reads the part of the store that a pass needs.

use std::collections::BTreeSet;

use jiff::Timestamp;
use portvakt_core::change::Base;
use portvakt_core::decide::{accounts_of, left_out};
use portvakt_core::model::{ApplicationId, PersonId, Register};
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
            if let StoreExtent::Doubtful(_) = extent {
                let ids = left_out(&accounts, base);
                match store.accounts(&BTreeSet::new(), &ids) {
                    Ok(alone) => accounts.extend(alone),
                    // Of an account that a doubtful list leaves out nothing is certain, so nothing is done to it. What is
                    // taken away from others does not wait for that.
                    Err(error @ StoreError::Answer { .. }) => {
                        tracing::warn!(%error, "what the list leaves out could not be read alone");
                    }
                    Err(error) => return Err(error),
                }
            }
            // These take the place of what the list says of the same accounts.
            let alone = read_alone(store, memory, base, &accounts);
            accounts.extend(alone);
            (accounts, extent)
        }
    };
    let accounts = accounts.into_iter().map(|account| (account.id.clone(), account)).collect();
    Ok(Observed { accounts, extent, as_written: store.keeps_as_written() })
}
