//! Checks the accounts that `accounts: adopt` names. Only an open account that belongs to nobody may be adopted.
//! Two people never share an account.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::diag::{Code, Finding, Place, text};
use portvakt_core::model::{AccountId, FilePath, PersonId, Register};
use portvakt_core::store::ReadStore;
use portvakt_core::tree::REGISTER;
use portvakt_database::Connection;

use super::asked::PassError;
use crate::memory;

/// Finds the accounts that a changed register would adopt but may not. Such an account is not open, or it belongs
/// to another person according to memory or to the store.
pub(super) fn not_free(
    conn: &Connection,
    store: &dyn ReadStore,
    (before, after): (&Register, &Register),
) -> Result<Vec<Finding>, PassError> {
    let new: BTreeMap<&AccountId, &PersonId> = after
        .adopted_accounts
        .iter()
        .filter(|(account, person)| before.adopted_accounts.get(*account) != Some(person))
        .collect();
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let ids: BTreeSet<AccountId> = new.keys().map(|account| (*account).clone()).collect();
    let found = store.accounts(&BTreeSet::new(), &ids)?;
    let mut findings = Vec::new();
    for (account, person) in new {
        let open = found.iter().find(|known| known.id == *account && known.active);
        let other = |owner: &PersonId| owner != person;
        let is_taken = memory::user_of(conn, account)?.as_ref().is_some_and(other)
            || open.is_some_and(|open| open.person.as_ref().is_some_and(other));
        let message = match open {
            _ if is_taken => text!(
                en: "the account `{account}` belongs to another person and cannot be adopted for `{person}`",
                nb: "kontoen `{account}` tilhører en annen person og kan ikke adopteres for `{person}`"
            ),
            None => text!(
                en: "the store has no open account `{account}` that `{person}` could adopt",
                nb: "registeret har ingen åpen konto `{account}` som kan adopteres for `{person}`"
            ),
            Some(_) => continue,
        };
        let way_out = text!(
            en: "Under `accounts: adopt`, write the id of an open account that is nobody's, or take the line out; without it the person gets an account of their own.",
            nb: "Skriv id-en til en åpen konto som ikke er noens, under `accounts: adopt`, eller ta bort linjen; uten den får personen sin egen konto."
        );
        let place = Place::file(&FilePath::new(REGISTER));
        findings.push(Finding::new(Code::AdoptedTaken, message, way_out).at(place));
    }
    Ok(findings)
}

/// Returns the register without adopted accounts that belong to another person by now, or `None` if there are none
/// of these.
pub(super) fn without_taken(conn: &Connection, lists: &Register) -> Result<Option<Register>, PassError> {
    let mut taken = BTreeSet::new();
    for (account, person) in &lists.adopted_accounts {
        if memory::user_of(conn, account)?.is_some_and(|owner| owner != *person) {
            taken.insert(account);
        }
    }
    Ok((!taken.is_empty()).then(|| {
        let mut left = lists.clone();
        left.adopted_accounts.retain(|account, _| !taken.contains(account));
        left
    }))
}
