//! The user list of the register, for people: each account with its rights, courses, forms and subscriptions. Closed
//! accounts are listed only when somebody asks for them (R35).

use std::collections::BTreeMap;

use jiff::civil::Date;
use portvakt_core::diag::Text;
use portvakt_core::model::{AccountId, PersonId, RequestId, Right};
use portvakt_core::store::StoreError;
use portvakt_database::{Connection, snapshot};
use serde::Serialize;

use super::odd_row::{OddRow, RowKind, RowPart};
use super::read;

/// The accounts that are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// Only open accounts (R35).
    #[default]
    Open,
    /// Closed accounts too, for auditors.
    All,
}

/// One account, as the user list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// The register's id for the account.
    pub account: AccountId,
    /// The person who has the account, if the register knows.
    pub person: Option<PersonId>,
    /// The name that people see.
    pub name: String,
    /// The name that the person logs in with.
    pub login: Option<String>,
    /// The e-mail address. `None` if it was cleared.
    pub email: Option<String>,
    /// Whether the account can be used.
    pub open: bool,
    /// The day it was opened.
    pub opened: Date,
    /// The day this program closed it. `None` if it is open or was closed by hand.
    pub closed: Option<Date>,
    /// The rights it has now, each with the request for which it was given.
    pub rights: Vec<(Right, Option<RequestId>)>,
    /// The number of courses it has made.
    pub courses: u64,
    /// The number of forms it has made.
    pub forms: u64,
    /// The number of its report subscriptions that have not been ended.
    pub subscriptions: u64,
}

/// The user list of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Users {
    /// The accounts, in order of person, name and id.
    pub users: Vec<User>,
    /// The reason why the list is not the whole register. `None` if it is.
    pub incomplete: Option<Text>,
}

/// Reads the user list as one snapshot.
///
/// # Errors
/// Fails when the database cannot be read or a date in it is not valid.
pub fn users(connection: &Connection, show: Show) -> Result<Users, StoreError> {
    snapshot(connection, |connection| {
        let listing = read::listing(connection)?;
        let mut courses = made(connection, "course")?;
        let mut forms = made(connection, "form")?;
        let mut days = days(connection)?;
        let mut users = Vec::new();
        for account in listing.accounts {
            let id = account.id.as_str();
            if show == Show::Open && !account.active {
                continue;
            }
            // The days were read in the same snapshot, so they are there.
            let Some((opened, closed)) = days.remove(id) else { continue };
            users.push(User {
                courses: courses.remove(id).unwrap_or(0),
                forms: forms.remove(id).unwrap_or(0),
                account: account.id,
                person: account.person,
                name: account.name,
                login: account.login,
                email: account.email,
                open: account.active,
                opened,
                closed,
                rights: account.rights.into_iter().collect(),
                subscriptions: account.subscriptions.len() as u64,
            });
        }
        users.sort_by(|a, b| (&a.person, &a.name, &a.account).cmp(&(&b.person, &b.name, &b.account)));
        Ok(Users { users, incomplete: listing.incomplete })
    })
}

fn made(connection: &Connection, table: &str) -> Result<BTreeMap<String, u64>, StoreError> {
    let sql = format!("SELECT created_by, count(*) FROM {table} GROUP BY created_by ORDER BY created_by");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_all([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.into_iter().collect())
}

type Days = BTreeMap<String, (Date, Option<Date>)>;

fn days(connection: &Connection) -> Result<Days, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id, opened, closed FROM account ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut days = Days::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        let day = |text: &str| {
            text.parse::<Date>().map_err(|_| OddRow {
                row: RowKind::Account,
                account: id.clone(),
                part: RowPart::Day,
                value: text.to_owned(),
            })
        };
        let opened = day(row.text(1)?)?;
        let closed = row.text_or_null(2)?.map(day).transpose()?;
        days.insert(id, (opened, closed));
    }
    Ok(days)
}
