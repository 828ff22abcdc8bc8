//! Accounts as the SCIM service reads and writes them: with the client's own id, the time of the last change, and
//! whether an account has been opened yet.
//!
//! This file reads the accounts. `wanted` changes them as a client asks.

mod error;
mod wanted;

use jiff::civil::Date;
use portvakt_core::diag::Text;
use portvakt_core::model::{Account, AccountId};
use portvakt_core::store::StoreError;
use portvakt_database::{Connection, Row, as_one};

use super::odd_row::{OddRow, RowKind, RowPart};
use super::read;

pub use error::ServeError;
pub use wanted::{WantedAccount, change, create, delete};

/// How far an account has come. It never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It was made and never opened. It can be opened once.
    Prepared,
    /// It is in use.
    Open,
    /// It is closed for good (R34).
    Closed,
}

/// An account as the service shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The account.
    pub account: Account,
    /// The client's own id for it.
    pub external: Option<String>,
    /// The reference by which the client can look up the last change.
    pub reference: Option<String>,
    /// How far the account has come.
    pub stage: Stage,
    /// The day it was opened. If it was never opened, the day it was prepared.
    pub opened: Date,
    /// The day it was closed. `None` if it is not closed, or if nobody recorded the day.
    pub closed: Option<Date>,
    /// The time of its last change, in UTC, with milliseconds.
    pub modified: Option<String>,
}

const BESIDE: &str = "SELECT account.id, account.opened, account.closed, beside.external, beside.pending,
        beside.deleted, beside.modified, beside.reference
    FROM account LEFT JOIN account_external AS beside ON beside.account = account.id";

struct Beside {
    external: Option<String>,
    reference: Option<String>,
    pending: bool,
    deleted: bool,
    opened: Date,
    closed: Option<Date>,
    modified: Option<String>,
}

fn beside_of_row(row: &Row<'_>) -> Result<Beside, StoreError> {
    let id = row.text(0)?;
    let day = |text: &str| {
        text.parse::<Date>().map_err(|_| OddRow {
            row: RowKind::Account,
            account: id.to_owned(),
            part: RowPart::Day,
            value: text.to_owned(),
        })
    };
    Ok(Beside {
        opened: day(row.text(1)?)?,
        closed: row.text_or_null(2)?.map(day).transpose()?,
        external: row.get(3)?,
        pending: row.get::<Option<bool>>(4)?.unwrap_or(false),
        deleted: row.text_or_null(5)?.is_some(),
        modified: row.get(6)?,
        reference: row.get(7)?,
    })
}

impl Beside {
    fn with(self, account: Account) -> Option<Served> {
        let stage = match (account.active, self.pending) {
            (true, _) => Stage::Open,
            (false, true) => Stage::Prepared,
            (false, false) => Stage::Closed,
        };
        let Self { external, reference, opened, closed, modified, .. } = self;
        let served = Served { account, external, reference, stage, opened, closed, modified };
        (!self.deleted).then_some(served)
    }
}

/// Reads all accounts except the deleted ones, in order of id. The text says why the list is not complete, if it is
/// not.
///
/// # Errors
/// Fails when the database cannot be read.
pub fn all_served(connection: &Connection) -> Result<(Vec<Served>, Option<Text>), StoreError> {
    as_one(connection, |connection| {
        let listing = read::listing(connection)?;
        let mut statement = connection.prepare_cached(&format!("{BESIDE} ORDER BY account.id"))?;
        let mut rows = statement.query([])?;
        let mut accounts = listing.accounts.into_iter().peekable();
        let mut everybody = Vec::with_capacity(accounts.len());
        while let Some(row) = rows.next()? {
            let id = row.text(0)?;
            // A row that cannot be understood is missing from the list, and the list says so itself.
            if let Some(account) = accounts.next_if(|account| account.id.as_str() == id) {
                everybody.extend(beside_of_row(&row)?.with(account));
            }
        }
        Ok((everybody, listing.incomplete))
    })
}

/// Reads one account. `None` if no account has this id, or it was deleted.
///
/// # Errors
/// Fails when the database cannot be read.
pub fn served_account(connection: &Connection, id: &AccountId) -> Result<Option<Served>, StoreError> {
    as_one(connection, |connection| {
        let Some(account) = read::account(connection, id)? else { return Ok(None) };
        let mut statement = connection.prepare_cached(&format!("{BESIDE} WHERE account.id = ?1"))?;
        let mut rows = statement.query([id.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(beside_of_row(&row)?.with(account))
    })
}

/// Finds the accounts with this login, or with this id and no login. Upper and lower case of ASCII letters are the
/// same.
///
/// # Errors
/// Fails when the database cannot be read.
pub fn with_login(connection: &Connection, login: &str) -> Result<Vec<AccountId>, StoreError> {
    let sql = "SELECT id FROM account WHERE login = ?1 COLLATE NOCASE
               UNION SELECT id FROM account WHERE login IS NULL AND id = ?1 COLLATE NOCASE";
    ids(connection, sql, login)
}

/// Finds the accounts to which a client gave this id of its own.
///
/// # Errors
/// Fails when the database cannot be read.
pub fn with_external(connection: &Connection, external: &str) -> Result<Vec<AccountId>, StoreError> {
    ids(connection, "SELECT account FROM account_external WHERE external = ?1 ORDER BY account", external)
}

fn ids(connection: &Connection, sql: &str, value: &str) -> Result<Vec<AccountId>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_all([value], |row| Ok(AccountId::new(row.text(0)?)))?)
}
