//! Reads the part of the store that a pass needs.

use std::collections::BTreeSet;

use portvakt_core::change::Base;
use portvakt_core::model::{AccountId, ApplicationId, PersonId, Register};
use portvakt_core::plan::{Extent, Observed};
use portvakt_core::store::{ReadStore, StoreError};

/// Reads the accounts of these people, or of everybody. The result says whether the list is complete.
pub(super) fn observe(
    store: &dyn ReadStore,
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
            let mut ids: BTreeSet<AccountId> =
                people.iter().filter_map(|p| base.people.get(p)?.account.clone()).collect();
            let adopted = register.adopted_accounts.iter().filter(|(_, person)| people.contains(*person));
            ids.extend(adopted.map(|(account, _)| account.clone()));
            (store.accounts(&people, &ids)?, Extent::People(people))
        }
        None => {
            let listing = store.list()?;
            let known = base.people.values().filter(|known| known.account.is_some()).count();
            let extent = Extent::of_list(listing.accounts.len(), known, listing.incomplete);
            let mut accounts = listing.accounts;
            if let Extent::Doubtful(_) = extent {
                // Accounts that the list left out are read one by one, because a missing line does not prove a
                // missing account.
                let listed: BTreeSet<_> = accounts.iter().map(|account| account.id.clone()).collect();
                let missing = |known: &&portvakt_core::change::KnownPerson| {
                    known.account.as_ref().is_some_and(|account| !listed.contains(account))
                };
                let ids: BTreeSet<_> =
                    base.people.values().filter(missing).filter_map(|known| known.account.clone()).collect();
                accounts.extend(store.accounts(&BTreeSet::new(), &ids)?);
            }
            (accounts, extent)
        }
    };
    let accounts = accounts.into_iter().map(|account| (account.id.clone(), account)).collect();
    Ok(Observed { accounts, extent })
}
