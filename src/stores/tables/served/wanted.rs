//! Brings accounts to the state that clients of the SCIM service ask for.
//!
//! The promises are those of [`super::super::write`], whose functions take rights away and close accounts. A change is
//! a savepoint of the caller's transaction, and is written completely or not at all. Rights are taken away first.
//! Everything is read back. Accounts are never deleted or opened again, and a right is held once. Deleting an account
//! means closing it and hiding it from then on.

use std::collections::BTreeSet;

use jiff::civil::Date;
use portvakt_core::diag::text;
use portvakt_core::model::{Account, AccountId, PersonId, Right};
use portvakt_core::store::{
    self, AccountPart, AccountState, Beside, Mail, Shortfall, StoreError, falls_short_beside,
};
use portvakt_database::{Connection, OptionalRow as _, as_one, params};

use super::super::raise::{AccessRow, AccountRow, insert_access, insert_accounts};
use super::super::read_back::{not_written, short};
use super::super::write;
use super::error::ServeError;
use super::{Served, Stage, served_account};

/// The state that an account should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedAccount {
    /// The client's own id for it.
    pub external: Option<String>,
    /// The reference by which the client can look up the change.
    pub reference: Option<String>,
    /// The person who has the account. It is written if the register has none, and never changed.
    pub person: Option<PersonId>,
    /// Display name. It may be empty.
    pub name: String,
    /// The name that the person logs in with.
    pub login: Option<String>,
    /// The e-mail address of the account.
    pub email: Option<String>,
    /// All rights it should have.
    pub rights: BTreeSet<Right>,
    /// How far it should have come.
    pub stage: Stage,
}

/// Makes an account, which is open or prepared to be opened later. Its id must never have been used before.
///
/// # Errors
/// Fails with [`ServeError::LoginTaken`], with [`ServeError::Closed`] if the account should be closed from the start,
/// or with the database's error.
pub fn create(
    connection: &Connection,
    id: &AccountId,
    wanted: &WantedAccount,
    today: Date,
) -> Result<Served, ServeError> {
    in_savepoint(connection, |connection| {
        let active = match wanted.stage {
            Stage::Prepared => {
                // This row comes before the account, because an account that exists can no longer become prepared.
                let sql = "INSERT INTO account_external (account, pending, modified)
                           VALUES (?1, 1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))";
                connection.prepare_cached(sql)?.execute([id.as_str()])?;
                false
            }
            Stage::Open => true,
            Stage::Closed => return Err(ServeError::Closed(id.clone())),
        };
        check_login_free(connection, wanted.login.as_deref(), id)?;
        let row = AccountRow {
            id,
            person: wanted.person.as_ref(),
            name: &wanted.name,
            login: wanted.login.as_deref(),
            email: wanted.email.as_deref(),
            active,
        };
        insert_accounts(connection, &[row], &today.to_string())?;
        set_external(connection, id, wanted)?;
        give(connection, id, wanted.rights.iter(), today)?;
        read_back(connection, id, wanted)
    })
}

/// Brings an account to the wanted state. If it goes from open to closed, all its rights and subscriptions end and its
/// address is cleared, whatever else is wanted.
///
/// # Errors
/// Fails with [`ServeError::Gone`], [`ServeError::LoginTaken`], [`ServeError::Closed`], [`ServeError::StaysClosed`], or
/// with the database's error.
pub fn change(
    connection: &Connection,
    id: &AccountId,
    wanted: &WantedAccount,
    today: Date,
) -> Result<Served, ServeError> {
    in_savepoint(connection, |connection| {
        let before = served_account(connection, id)?.ok_or_else(|| ServeError::Gone(id.clone()))?;
        match (before.stage, wanted.stage) {
            (Stage::Closed, Stage::Closed) => lower_closed(connection, &before, wanted, today)?,
            (Stage::Closed, _) => return Err(ServeError::Closed(id.clone())),
            (_, stage) => bring(connection, &before, wanted, stage, today)?,
        }
        let mut settled = wanted.clone();
        if wanted.stage == Stage::Closed {
            if before.stage != Stage::Closed {
                settled.rights.clear();
            }
            settled.email = None;
        }
        read_back(connection, id, &settled)
    })
}

/// Closes an account if it is not closed, and hides it. It stays in the register with its history, but is not shown any
/// more.
///
/// # Errors
/// Fails with [`ServeError::Gone`] or with the database's error.
pub fn delete(connection: &Connection, id: &AccountId, today: Date) -> Result<(), ServeError> {
    in_savepoint(connection, |connection| {
        let before = served_account(connection, id)?.ok_or_else(|| ServeError::Gone(id.clone()))?;
        close(connection, &before.account, today)?;
        let sql = "UPDATE account_external SET deleted = ?2 WHERE account = ?1 AND deleted IS NULL";
        connection.prepare_cached(sql)?.execute(params![id.as_str(), today.to_string()])?;
        match served_account(connection, id)? {
            None => Ok(()),
            Some(_) => Err(not_written(text!(
                en: "the account `{id}` is still shown",
                nb: "kontoen `{id}` vises fortsatt"
            ))
            .into()),
        }
    })
}

fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, ServeError>,
) -> Result<T, ServeError> {
    let mut refused = None;
    let done = as_one(connection, |connection| {
        work(connection).map_err(|error| match error {
            ServeError::Store(error) => error,
            other => {
                let told = StoreError::NotWritten(other.words());
                refused = Some(other);
                told
            }
        })
    });
    done.map_err(|error| refused.unwrap_or(ServeError::Store(error)))
}

fn bring(
    connection: &Connection,
    before: &Served,
    wanted: &WantedAccount,
    stage: Stage,
    today: Date,
) -> Result<(), ServeError> {
    let (account, id) = (&before.account, &before.account.id);
    if account.login != wanted.login {
        check_login_free(connection, wanted.login.as_deref(), id)?;
    }
    if (&before.external, &before.reference) != (&wanted.external, &wanted.reference) {
        set_external(connection, id, wanted)?;
    }
    if let (None, Some(person)) = (&account.person, &wanted.person) {
        let sql = "UPDATE account SET person = ?2 WHERE id = ?1 AND person IS NULL";
        connection.prepare_cached(sql)?.execute([id.as_str(), person.as_str()])?;
    }
    if stage != Stage::Closed {
        lower(connection, account, &wanted.rights, today)?;
    }
    if (&account.name, &account.login) != (&wanted.name, &wanted.login) || account.email != wanted.email {
        if before.stage == Stage::Prepared {
            let sql = "UPDATE account SET name = ?2, login = ?3, email = ?4 WHERE id = ?1";
            let row = params![id.as_str(), wanted.name, wanted.login, wanted.email];
            connection.prepare_cached(sql)?.execute(row)?;
        } else {
            let mail = match &wanted.email {
                // If the closing removes the address, it is removed last, as in every closing.
                _ if stage == Stage::Closed => Mail::AsItIs,
                None => Mail::Cleared,
                Some(address) => Mail::Is(address),
            };
            let (name, login) = (Some(wanted.name.as_str()), wanted.login.as_deref());
            let amended =
                store::Wanted { state: AccountState::Open, name, login, mail, ..store::Wanted::default() };
            write::bring(connection, id, &amended, today)?;
        }
    }
    match (before.stage, stage) {
        (_, Stage::Closed) => return close(connection, account, today),
        (Stage::Prepared, Stage::Open) => {
            let sql = "UPDATE account SET active = 1, opened = ?2 WHERE id = ?1";
            connection.prepare_cached(sql)?.execute(params![id.as_str(), today.to_string()])?;
        }
        _ => {}
    }
    give(connection, id, wanted.rights.iter().filter(|right| !account.rights.contains_key(*right)), today)
}

/// Changes a closed account. Rights and an address that were left in it by hand can be taken away. Nothing else
/// changes, except the reference by which the client can look up the closing.
fn lower_closed(
    connection: &Connection,
    before: &Served,
    wanted: &WantedAccount,
    today: Date,
) -> Result<(), ServeError> {
    let account = &before.account;
    let stays = |what| ServeError::StaysClosed { id: account.id.clone(), what };
    if account.name != wanted.name {
        return Err(stays(AccountPart::Name));
    }
    if account.login != wanted.login {
        return Err(stays(AccountPart::Login));
    }
    if before.external != wanted.external {
        return Err(stays(AccountPart::ExternalId));
    }
    if wanted.email.is_some() && account.email != wanted.email {
        return Err(stays(AccountPart::Email));
    }
    if wanted.rights.iter().any(|right| !account.rights.contains_key(right)) {
        return Err(stays(AccountPart::Rights));
    }
    if before.reference != wanted.reference {
        set_external(connection, &account.id, wanted)?;
    }
    lower(connection, account, &wanted.rights, today)?;
    if account.email.is_some() {
        let cleared = store::Wanted { mail: Mail::Cleared, ..store::Wanted::default() };
        write::bring(connection, &account.id, &cleared, today)?;
    }
    Ok(())
}

/// Takes away the rights that are not among `left`, and ends the subscriptions that no remaining right covers.
fn lower(
    connection: &Connection,
    account: &Account,
    left: &BTreeSet<Right>,
    today: Date,
) -> Result<(), ServeError> {
    let gone: Vec<&Right> = account.rights.keys().filter(|right| !left.contains(*right)).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let running = account.subscriptions.iter().filter(|it| it.until >= today && !left.contains(&it.right()));
    let ended = running.map(|subscription| subscription.id).collect();
    let lowered = store::Wanted { gone, ended, ..store::Wanted::default() };
    write::bring(connection, &account.id, &lowered, today)?;
    Ok(())
}

fn close(connection: &Connection, account: &Account, today: Date) -> Result<(), ServeError> {
    let running = account.subscriptions.iter().filter(|it| it.until >= today);
    let closed = store::Wanted {
        state: AccountState::Closed,
        gone: account.rights.keys().collect(),
        ended: running.map(|subscription| subscription.id).collect(),
        ..store::Wanted::default()
    };
    write::bring(connection, &account.id, &closed, today)?;
    Ok(())
}

fn give<'r>(
    connection: &Connection,
    id: &AccountId,
    rights: impl Iterator<Item = &'r Right>,
    today: Date,
) -> Result<(), ServeError> {
    let rows = rights.map(|right| AccessRow { account: id, right, request: None });
    Ok(insert_access(connection, rows, &today.to_string())?)
}

fn set_external(connection: &Connection, id: &AccountId, wanted: &WantedAccount) -> Result<(), ServeError> {
    let sql = "INSERT INTO account_external (account, external, reference, modified)
               VALUES (?1, ?2, ?3, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
               ON CONFLICT (account) DO UPDATE
               SET external = excluded.external, reference = excluded.reference, modified = excluded.modified";
    connection.prepare_cached(sql)?.execute(params![id.as_str(), wanted.external, wanted.reference])?;
    Ok(())
}

/// Checks that no open or prepared account has this login. A person who comes back has it again, in a new account.
fn check_login_free(connection: &Connection, login: Option<&str>, own: &AccountId) -> Result<(), ServeError> {
    let Some(login) = login else { return Ok(()) };
    let taken = || ServeError::LoginTaken(login.to_owned());
    let in_use = "id <> ?2 AND (active = 1
                  OR EXISTS (SELECT 1 FROM account_external WHERE account = id AND pending = 1))";
    if login.is_ascii() {
        let sql = format!("SELECT 1 FROM account WHERE login = ?1 COLLATE NOCASE AND {in_use}");
        let found: Option<i64> =
            connection.prepare_cached(&sql)?.query_row([login, own.as_str()], |row| row.get(0)).optional()?;
        return if found.is_some() { Err(taken()) } else { Ok(()) };
    }
    // The database compares without case only for ASCII letters. Other logins are rare, so they are compared here.
    let folded = login.to_lowercase();
    let sql = format!("SELECT login FROM account WHERE login IS NOT NULL AND ?1 IS NOT NULL AND {in_use}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([login, own.as_str()])?;
    while let Some(row) = rows.next()? {
        if row.text(0)?.to_lowercase() == folded {
            return Err(taken());
        }
    }
    Ok(())
}

fn read_back(connection: &Connection, id: &AccountId, wanted: &WantedAccount) -> Result<Served, ServeError> {
    let after = served_account(connection, id)?.ok_or_else(|| ServeError::Gone(id.clone()))?;
    match lacking(wanted, &after) {
        Some(shortfall) => Err(short(id, &shortfall).into()),
        None => Ok(after),
    }
}

/// Compares an account that was read back with what the client asked for, and returns the first difference.
fn lacking(wanted: &WantedAccount, after: &Served) -> Option<Shortfall> {
    let account = &after.account;
    let asked = store::Wanted {
        name: Some(&wanted.name),
        login: wanted.login.as_deref(),
        mail: wanted.email.as_deref().map_or(Mail::Cleared, Mail::Is),
        gone: account.rights.keys().filter(|right| !wanted.rights.contains(*right)).collect(),
        there: wanted.rights.iter().collect(),
        ..store::Wanted::default()
    };
    let exact = Beside { exact: true, ..Beside::default() };
    let of_clients = [
        // A step without a login leaves the login unchanged. But a client that sends none wants the account to have
        // none.
        (AccountPart::Login, account.login.is_none() || wanted.login.is_some()),
        (AccountPart::ExternalId, after.external == wanted.external),
        (AccountPart::Reference, after.reference == wanted.reference),
        (AccountPart::State, after.stage == wanted.stage),
    ];
    let differs = || of_clients.into_iter().find(|(_, same)| !same);
    falls_short_beside(&asked, Some(account), &exact)
        .or_else(|| differs().map(|(part, _)| Shortfall::NotNew(part)))
}

#[cfg(test)]
mod tests;
