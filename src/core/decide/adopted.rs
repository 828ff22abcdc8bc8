//! The accounts that `accounts: adopt` names. Only an open account that belongs to nobody may be adopted, so two people
//! never share an account.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Finding, Place, text};
use crate::model::{Account, AccountId, FilePath, PersonId, Register};
use crate::tree::REGISTER;

/// The people who have accounts.
pub type AccountOwners = BTreeMap<AccountId, PersonId>;

/// What memory and store know about the accounts that a changed register would adopt.
#[derive(Debug, Default)]
pub struct Adoptable {
    /// The accounts, as the store has them.
    pub accounts: Vec<Account>,
    /// The people who have some of these accounts, by what is remembered.
    pub owners: AccountOwners,
}

/// Returns the accounts that a changed register would adopt, and the one in force would not, each with its person.
#[must_use]
pub fn newly_adopted(before: &Register, after: &Register) -> AccountOwners {
    let adopted = after.adopted_accounts.iter();
    let new = adopted.filter(|(account, person)| before.adopted_accounts.get(*account) != Some(*person));
    new.map(|(account, person)| (account.clone(), person.clone())).collect()
}

/// Finds the accounts that may not be adopted. Such an account is not open, or it belongs to another person by what is
/// remembered or by the store.
pub fn not_free(adopted: &AccountOwners, found: &Adoptable) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (account, person) in adopted {
        let open = found.accounts.iter().find(|known| known.id == *account && known.active);
        let other = |owner: &PersonId| owner != person;
        let is_taken = found.owners.get(account).is_some_and(other)
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
    findings
}

/// Returns the register without adopted accounts that now belong to another person. It is `None` if there are none of
/// these.
#[must_use]
pub fn without_taken(register: &Register, owners: &AccountOwners) -> Option<Register> {
    let is_taken =
        |account: &AccountId, person: &PersonId| owners.get(account).is_some_and(|owner| owner != person);
    let adopted = register.adopted_accounts.iter();
    let taken: BTreeSet<&AccountId> =
        adopted.filter(|(account, person)| is_taken(account, person)).map(|(account, _)| account).collect();
    (!taken.is_empty()).then(|| {
        let mut left = register.clone();
        left.adopted_accounts.retain(|account, _| !taken.contains(account));
        left
    })
}
