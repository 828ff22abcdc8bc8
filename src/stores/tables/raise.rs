//! Gives rights, and opens accounts for them, for many people at a time.
//!
//! The promises are those of [`super::write`]. First the open accounts of all people are looked up, then new accounts
//! are opened, then all rights are given, then every account is read back and checked against its own step. So a
//! register on a server gets a few requests for hundreds of people, not a few for each. The caller makes sure that
//! nobody is in a group twice.

use jiff::civil::Date;
use portvakt_core::diag::text;
use portvakt_core::model::{AccountId, PersonId, Right};
use portvakt_core::plan::{Effect, NewAccount, Raise, Step, StepSubject};
use portvakt_core::store::{Performed, Shortfall, StoreError, falls_short, opened_otherwise, wanted};
use portvakt_database::{Connection, Error, Value};

use super::read;
use super::read_back::{not_written, short};
use crate::no_account;

/// The rights that one step gives, and the subject that gets them.
struct Giving<'s> {
    effect: &'s Effect,
    grants: &'s [Raise],
    subject: &'s StepSubject,
    /// The account, as soon as it is known.
    id: Option<AccountId>,
    /// The new account, if it is opened now.
    opens: Option<&'s NewAccount>,
}

/// Does these steps. All of them give rights, to different people and different accounts.
pub(super) fn raise(
    connection: &Connection,
    steps: &[&Step],
    today: Date,
    new_id: &mut dyn FnMut() -> AccountId,
) -> Result<Vec<Performed>, StoreError> {
    let mut all = Vec::with_capacity(steps.len());
    for step in steps {
        let effect = &step.effect;
        let Effect::Raise { grant } = effect else {
            return Err(not_written(text!(
                en: "a step that takes away stands among those that give",
                nb: "et steg som tar bort, står blant dem som gir"
            )));
        };
        all.push(Giving { effect, grants: grant, subject: &step.subject, id: None, opens: None });
    }
    let today = today.to_string();
    find_accounts(connection, &mut all, new_id)?;
    still_open(connection, &all)?;
    open_accounts(connection, &all, &today)?;
    insert_rights(connection, &all, &today)?;
    read_back(connection, all)
}

/// Finds the account of each person. An account that an earlier try has opened is found again, so doing a step twice
/// has the same effect as doing it once.
fn find_accounts(
    connection: &Connection,
    all: &mut [Giving<'_>],
    new_id: &mut dyn FnMut() -> AccountId,
) -> Result<(), StoreError> {
    let mut new = Vec::new();
    for giving in all {
        match giving.subject {
            StepSubject::Account(id) => giving.id = Some(id.clone()),
            StepSubject::New(account) => new.push((giving, account)),
            StepSubject::Nobody => {
                return Err(not_written(no_account()));
            }
        }
    }
    let people: Vec<_> = new.iter().map(|(_, account)| [Value::Text(account.person.as_str())]).collect();
    let mut found: Vec<Vec<String>> = vec![Vec::new(); people.len()];
    connection.query_each(
        "SELECT id FROM account WHERE person = ?1 AND active = 1 ORDER BY id",
        &people,
        |at, row| {
            let id: String = row.get(0)?;
            if let Some(ids) = found.get_mut(at) {
                ids.push(id);
            }
            Ok::<_, Error>(())
        },
    )?;
    for ((giving, account), open) in new.into_iter().zip(found) {
        giving.id = Some(match open.as_slice() {
            [] => {
                giving.opens = Some(account);
                new_id()
            }
            [one] => AccountId::new(one),
            _ => {
                return Err(not_written(text!(
                    en: "`{person}` has {number} open accounts",
                    nb: "`{person}` har {number} åpne kontoer";
                    person = account.person,
                    number = open.len()
                )));
            }
        });
    }
    Ok(())
}

/// Checks that the accounts that the plan found open are still open.
fn still_open(connection: &Connection, all: &[Giving<'_>]) -> Result<(), StoreError> {
    let known: Vec<&AccountId> = all
        .iter()
        .filter_map(|giving| match giving.subject {
            StepSubject::Account(id) => Some(id),
            StepSubject::New(_) | StepSubject::Nobody => None,
        })
        .collect();
    check_open(connection, &known)
}

/// Checks that these accounts exist and are open.
pub(super) fn check_open(connection: &Connection, ids: &[&AccountId]) -> Result<(), StoreError> {
    let asked: Vec<_> = ids.iter().map(|id| [Value::Text(id.as_str())]).collect();
    let mut active: Vec<Option<bool>> = vec![None; asked.len()];
    connection.query_each("SELECT active FROM account WHERE id = ?1", &asked, |at, row| {
        if let Some(active) = active.get_mut(at) {
            *active = Some(row.get(0)?);
        }
        Ok::<_, Error>(())
    })?;
    for (id, active) in ids.iter().zip(active) {
        match active {
            Some(true) => {}
            Some(false) => return Err(short(id, &Shortfall::Closed)),
            None => return Err(short(id, &Shortfall::Gone)),
        }
    }
    Ok(())
}

fn open_accounts(connection: &Connection, all: &[Giving<'_>], today: &str) -> Result<(), StoreError> {
    let new: Vec<AccountRow<'_>> = all
        .iter()
        .filter_map(|giving| Some((giving.id.as_ref()?, giving.opens?)))
        .map(|(id, new)| AccountRow {
            id,
            person: Some(&new.person),
            name: &new.name,
            login: new.login.as_deref(),
            email: new.email.as_deref(),
            active: true,
        })
        .collect();
    insert_accounts(connection, &new, today)
}

/// A new row of the accounts. Its id was never used before.
pub(super) struct AccountRow<'r> {
    pub id: &'r AccountId,
    pub person: Option<&'r PersonId>,
    pub name: &'r str,
    pub login: Option<&'r str>,
    pub email: Option<&'r str>,
    /// An account that is only prepared is not active yet.
    pub active: bool,
}

/// Makes these accounts.
pub(super) fn insert_accounts(
    connection: &Connection,
    new: &[AccountRow<'_>],
    today: &str,
) -> Result<(), StoreError> {
    let rows: Vec<_> = new
        .iter()
        .map(|row| {
            [
                Value::Text(row.id.as_str()),
                row.person.map_or(Value::Null, |person| Value::Text(person.as_str())),
                Value::Text(row.name),
                row.login.map_or(Value::Null, Value::Text),
                row.email.map_or(Value::Null, Value::Text),
                Value::Integer(i64::from(row.active)),
                Value::Text(today),
            ]
        })
        .collect();
    let made = connection.execute_each(
        "INSERT INTO account (id, person, name, login, email, active, opened)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT EXISTS (SELECT 1 FROM account WHERE id = ?1)",
        &rows,
    )?;
    match new.iter().zip(made).find(|(_, rows)| *rows != 1) {
        Some((AccountRow { id, .. }, _)) => Err(not_written(text!(
            en: "the new account id `{id}` is in use already",
            nb: "den nye konto-id-en `{id}` er i bruk allerede"
        ))),
        None => Ok(()),
    }
}

fn insert_rights(connection: &Connection, all: &[Giving<'_>], today: &str) -> Result<(), StoreError> {
    let known = all.iter().filter_map(|giving| Some((giving.id.as_ref()?, giving.grants)));
    let rows = known.flat_map(|(account, grants)| {
        grants.iter().map(move |Raise { right, grant, .. }| AccessRow {
            account,
            right,
            request: Some(grant.request.as_str()),
        })
    });
    insert_access(connection, rows, today)
}

/// A right that an account is given.
pub(super) struct AccessRow<'r> {
    pub account: &'r AccountId,
    pub right: &'r Right,
    /// The application that it was given for. A client of the SCIM service names none.
    pub request: Option<&'r str>,
}

/// Gives these rights. A right that exists already stays as it was given. If it was given by hand, without a request,
/// it now names one (R12).
pub(super) fn insert_access<'r>(
    connection: &Connection,
    new: impl Iterator<Item = AccessRow<'r>>,
    today: &str,
) -> Result<(), StoreError> {
    let rows: Vec<_> = new
        .map(|AccessRow { account, right, request }| {
            [
                Value::Text(account.as_str()),
                Value::Text(right.application.as_str()),
                Value::Integer(right.unit.0.into()),
                Value::Text(right.role.as_str()),
                request.map_or(Value::Null, Value::Text),
                Value::Text(today),
            ]
        })
        .collect();
    connection.execute_each(
        "INSERT INTO access (account, application, unit, role, request, granted) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (account, application, unit, role) WHERE ended IS NULL
         DO UPDATE SET request = excluded.request WHERE access.request IS NULL",
        &rows,
    )?;
    Ok(())
}

fn read_back(connection: &Connection, all: Vec<Giving<'_>>) -> Result<Vec<Performed>, StoreError> {
    let ids: Vec<&AccountId> = all.iter().filter_map(|giving| giving.id.as_ref()).collect();
    let accounts = read::each_account(connection, &ids)?;
    let mut performed = Vec::with_capacity(all.len());
    for (giving, after) in all.iter().zip(accounts) {
        let Some(id) = &giving.id else { continue };
        let after = after.ok_or_else(|| short(id, &Shortfall::Gone))?;
        let otherwise = giving.opens.and_then(|new| opened_otherwise(new, &after));
        if let Some(shortfall) = otherwise.or_else(|| falls_short(&wanted(giving.effect), Some(&after))) {
            return Err(short(id, &shortfall));
        }
        performed.push(Performed { account: Some(id.clone()), after: Some(after) });
    }
    Ok(performed)
}
