//! The requests to the service: the changes that bring an account to the wanted state, and the attributes of a new
//! account.

use portvakt_core::diag::Text;
use portvakt_core::model::{Account, alike};
use portvakt_core::plan::{NewAccount, Raise};
use portvakt_core::store::{AccountState, Mail, Shortfall, StoreError, Wanted, forbids};
use serde_json::Value;

use crate::scim::body::{AccountChange, Set, sets};
use crate::scim::map::Map;
use crate::scim::resource::Form;

/// Returns the changes that bring the account to the wanted state.
///
/// # Errors
/// Fails when the account has become something the plan did not know. Then the next pass looks again.
pub(super) fn account_change(wanted: &Wanted<'_>, account: &Account) -> Result<AccountChange, StoreError> {
    if let Some(short) = forbids(wanted, account) {
        let why = short.sentence(&account.id);
        return Err(match short {
            Shortfall::Closed => StoreError::Refused(why),
            _ => StoreError::Conflict(why),
        });
    }
    let email = match wanted.mail {
        Mail::Is(address) if !alike(account.email.as_deref(), Some(address)) => Some(address.to_owned()),
        _ => None,
    };
    let closed = wanted.state == AccountState::Closed;
    let login = wanted.login.filter(|login| !alike(account.login.as_deref(), Some(login)));
    Ok(AccountChange {
        without: wanted.gone.iter().map(|right| (*right).clone()).collect(),
        with: wanted.there.iter().map(|right| (*right).clone()).collect(),
        stripped: closed,
        inactive: closed,
        unaddressed: wanted.leaves_no_address() || (wanted.mail == Mail::Cleared && account.email.is_some()),
        name: wanted.name.filter(|name| account.name != *name).map(str::to_owned),
        login: login.map(str::to_owned),
        email,
    })
}

/// Returns the attributes of a new account.
pub(in crate::scim) fn opening_sets(
    map: &Map,
    form: Form,
    new: &NewAccount,
    grant: &[Raise],
    external: String,
) -> Result<Vec<Set>, Text> {
    let change = AccountChange {
        with: grant.iter().map(|raise| raise.right.clone()).collect(),
        name: Some(new.name.clone()),
        // A login is required (RFC 7643 section 4.1.1). If the file names none, the person's id is used.
        login: Some(new.login.clone().unwrap_or_else(|| new.person.to_string())),
        email: new.email.clone(),
        ..AccountChange::default()
    };
    let mut sets = sets(map, form, &Value::Null, &change)?;
    sets.push((map.active.clone(), Some(Value::Bool(true))));
    sets.push((map.external_id.clone(), Some(Value::from(external))));
    Ok(sets)
}
