//! Accounts as the SCIM service reads and writes them: with the client's own id, the time of the last change and
//! whether an account has been opened yet.
//!
//! This file shows them; `wanted` brings them to what a client wants.

mod wanted;

use jiff::civil::Date;
use portvakt_core::model::AccountId;
use portvakt_core::store::{Account, StoreError};
use portvakt_database::{Connection, Row, as_one};

use super::odd_row::OddRow;
use super::read;

pub use wanted::{ServeError, Wanted, change, create, delete};

/// How far an account has come. There is no way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Made and never opened; it can be opened once.
    Prepared,
    /// In use.
    Open,
    /// Closed for good (R34).
    Closed,
}

/// An account as the service shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The account.
    pub account: Account,
    /// The client's own id for it.
    pub external: Option<String>,
    /// What the client can look the last change up by.
    pub reference: Option<String>,
    /// How far it has come.
    pub stage: Stage,
    /// The day it was opened, or prepared where it has not been opened.
    pub opened: Date,
    /// The day it was closed; `None` where it is not, or nobody wrote the day down.
    pub closed: Option<Date>,
    /// When it last changed, UTC, with milliseconds.
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

fn beside(row: &Row<'_>) -> Result<Beside, StoreError> {
    let id = row.text(0)?;
    let day = |text: &str| {
        let odd = || OddRow { row: format!("the account `{id}`"), column: "day", value: text.to_owned() };
        text.parse::<Date>().map_err(|_| odd())
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

/// Everybody but the deleted, in order of id; the text says why the list is not whole, where it is not.
///
/// # Errors
/// When the database cannot be read.
pub fn all(connection: &Connection) -> Result<(Vec<Served>, Option<String>), StoreError> {
    as_one(connection, |connection| {
        let listing = read::list(connection)?;
        let mut statement = connection.prepare_cached(&format!("{BESIDE} ORDER BY account.id"))?;
        let mut rows = statement.query([])?;
        let mut accounts = listing.accounts.into_iter().peekable();
        let mut everybody = Vec::with_capacity(accounts.len());
        while let Some(row) = rows.next()? {
            let id = row.text(0)?;
            // A row that makes no sense is missing from the list, which says so itself.
            if let Some(account) = accounts.next_if(|account| account.id.as_str() == id) {
                everybody.extend(beside(&row)?.with(account));
            }
        }
        Ok((everybody, listing.incomplete))
    })
}

/// One account; `None` where there is none with this id, or it was deleted.
///
/// # Errors
/// When the database cannot be read.
pub fn one(connection: &Connection, id: &AccountId) -> Result<Option<Served>, StoreError> {
    as_one(connection, |connection| {
        let Some(account) = read::account(connection, id)? else { return Ok(None) };
        let mut statement = connection.prepare_cached(&format!("{BESIDE} WHERE account.id = ?1"))?;
        let mut rows = statement.query([id.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(beside(&row)?.with(account))
    })
}

/// The ids of accounts with this login (ASCII letters alike whatever their case), or with this id and no login.
///
/// # Errors
/// When the database cannot be read.
pub fn with_login(connection: &Connection, login: &str) -> Result<Vec<AccountId>, StoreError> {
    let sql = "SELECT id FROM account WHERE login = ?1 COLLATE NOCASE
               UNION SELECT id FROM account WHERE login IS NULL AND id = ?1 COLLATE NOCASE";
    ids(connection, sql, login)
}

/// The ids of accounts to which a client gave this id of its own.
///
/// # Errors
/// When the database cannot be read.
pub fn with_external(connection: &Connection, external: &str) -> Result<Vec<AccountId>, StoreError> {
    ids(connection, "SELECT account FROM account_external WHERE external = ?1 ORDER BY account", external)
}

fn ids(connection: &Connection, sql: &str, value: &str) -> Result<Vec<AccountId>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_all([value], |row| Ok(AccountId::new(row.text(0)?)))?)
}
