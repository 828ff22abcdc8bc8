//! Reading the register: the list of everybody with proof that it is whole, and single accounts as point reads.
//!
//! The list is three queries in the order of account ids, merged; never a query for each account. It is one
//! snapshot, and it is believed only when the database's own counts, taken along another path than the rows,
//! agree with what was read (law: *absence needs proof*).
//!
//! A subscription counts as ended when its row says so (`ended`), which no row can say while it still runs: the
//! list needs no clock. One that has run out by itself is listed, with its last day.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::civil::Date;

use super::fault::OddRow;
use crate::database::snapshot;
use crate::database::{Connection, Dialect, Row};
use crate::model::{AccountId, ApplicationId, GrantKey, PersonId, RequestId, Right, RoleId, UnitId};
use crate::store::{Account, Listing, StoreError, Subscription};

const ACCOUNT: &str = "SELECT id, person, name, login, email, active FROM account";
const RIGHT: &str = "SELECT account, application, unit, role, request FROM access WHERE ended IS NULL";
const SUBSCRIPTION: &str =
    "SELECT owner, id, application, unit, role, address, end_date FROM subscription WHERE ended IS NULL";

/// All accounts, open and closed, in order of id, with proof that the list is whole.
///
/// # Errors
/// When the database cannot be read. A row that makes no sense is no error: it makes the list incomplete.
pub fn list(connection: &Connection) -> Result<Listing, StoreError> {
    snapshot(connection, whole)
}

fn whole(connection: &Connection) -> Result<Listing, StoreError> {
    let mut proof = Proof::default();
    let mut words = Words::default();
    let mut accounts = read_accounts(connection, &mut proof)?;
    let rights = read_rights(connection, &mut accounts, &mut words, &mut proof)?;
    read_subscriptions(connection, &mut accounts, &mut words, &mut proof)?;

    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<i64>(0));
    let counted = count("SELECT count(*) FROM account")?;
    proof.compare("accounts", counted, accounts.len());
    // Not through the index the rows came through: a damaged index must not vouch for itself.
    let counted = count(match connection.dialect() {
        Dialect::Sqlite => "SELECT count(*) FROM access NOT INDEXED WHERE ended IS NULL",
        Dialect::Postgres => "SELECT count(*) FROM access WHERE ended IS NULL",
    })?;
    proof.compare("rights", counted, rights);
    Ok(Listing { accounts, incomplete: proof.against })
}

/// What speaks against believing the list; the first thing found.
#[derive(Default)]
struct Proof {
    against: Option<String>,
}

impl Proof {
    fn doubt(&mut self, why: impl FnOnce() -> String) {
        if self.against.is_none() {
            self.against = Some(why());
        }
    }

    fn compare(&mut self, what: &str, counted: i64, read: usize) {
        if usize::try_from(counted) != Ok(read) {
            self.doubt(|| format!("the register counts {counted} {what}, and {read} were read"));
        }
    }
}

fn read_accounts(connection: &Connection, proof: &mut Proof) -> Result<Vec<Account>, StoreError> {
    let mut accounts: Vec<Account> = Vec::new();
    let mut statement = connection.prepare_cached(&format!("{ACCOUNT} ORDER BY id"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        match account_of(&row)? {
            Ok(account) => {
                if accounts.last().is_some_and(|last| last.id >= account.id) {
                    proof.doubt(|| format!("the account `{}` is listed twice", account.id));
                }
                accounts.push(account);
            }
            Err(odd) => proof.doubt(|| odd.to_string()),
        }
    }
    Ok(accounts)
}

fn read_rights(
    connection: &Connection,
    accounts: &mut [Account],
    words: &mut Words,
    proof: &mut Proof,
) -> Result<usize, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{RIGHT} ORDER BY account"))?;
    let mut rows = statement.query([])?;
    let mut owners = accounts.iter_mut().peekable();
    let mut read = 0;
    while let Some(row) = rows.next()? {
        read += 1;
        let owner = row.text(0)?;
        while owners.next_if(|account| account.id.as_str() < owner).is_some() {}
        let Some(account) = owners.peek_mut().filter(|account| account.id.as_str() == owner) else {
            proof.doubt(|| format!("a right belongs to the account `{owner}`, which is not there"));
            continue;
        };
        match words.right(&row)? {
            Ok((right, request)) => {
                if account.rights.insert(right, request).is_some() {
                    proof.doubt(|| format!("the account `{owner}` has the same right twice"));
                }
            }
            Err(odd) => proof.doubt(|| odd.to_string()),
        }
    }
    Ok(read)
}

fn read_subscriptions(
    connection: &Connection,
    accounts: &mut [Account],
    words: &mut Words,
    proof: &mut Proof,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(&format!("{SUBSCRIPTION} ORDER BY owner, id"))?;
    let mut rows = statement.query([])?;
    let mut owners = accounts.iter_mut().peekable();
    while let Some(row) = rows.next()? {
        let owner = row.text(0)?;
        while owners.next_if(|account| account.id.as_str() < owner).is_some() {}
        // Owners are plain strings, as in the register this one is modelled on: one that is no account is
        // nobody's access, and does not keep the list from being whole.
        let Some(account) = owners.peek_mut().filter(|account| account.id.as_str() == owner) else {
            continue;
        };
        match words.subscription(&row)? {
            Ok(subscription) => account.subscriptions.push(subscription),
            Err(odd) => proof.doubt(|| odd.to_string()),
        }
    }
    Ok(())
}

/// The accounts of these people and with these ids, in order of id; nothing else is read.
///
/// # Errors
/// When the database cannot be read, or one of these accounts has a row that makes no sense.
pub fn accounts(
    connection: &Connection,
    people: &BTreeSet<PersonId>,
    ids: &BTreeSet<AccountId>,
) -> Result<Vec<Account>, StoreError> {
    snapshot(connection, |connection| {
        let mut found = BTreeMap::new();
        let mut of_person = connection.prepare_cached(&format!("{ACCOUNT} WHERE person = ?1"))?;
        for person in people {
            let mut rows = of_person.query([person.as_str()])?;
            while let Some(row) = rows.next()? {
                let account = account_of(&row)??;
                found.insert(account.id.clone(), account);
            }
        }
        for id in ids {
            if !found.contains_key(id)
                && let Some(account) = bare(connection, id)?
            {
                found.insert(id.clone(), account);
            }
        }
        let mut words = Words::default();
        for account in found.values_mut() {
            add_access(connection, account, &mut words)?;
        }
        Ok(found.into_values().collect())
    })
}

/// One account; `None` where the register has none with this id.
///
/// # Errors
/// When the database cannot be read, or the account has a row that makes no sense.
pub fn account(connection: &Connection, id: &AccountId) -> Result<Option<Account>, StoreError> {
    snapshot(connection, |connection| {
        let mut account = bare(connection, id)?;
        if let Some(account) = &mut account {
            add_access(connection, account, &mut Words::default())?;
        }
        Ok(account)
    })
}

fn bare(connection: &Connection, id: &AccountId) -> Result<Option<Account>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{ACCOUNT} WHERE id = ?1"))?;
    let mut rows = statement.query([id.as_str()])?;
    rows.next()?.map(|row| Ok(account_of(&row)??)).transpose()
}

fn add_access(connection: &Connection, account: &mut Account, words: &mut Words) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(&format!("{RIGHT} AND account = ?1"))?;
    let mut rows = statement.query([account.id.as_str()])?;
    while let Some(row) = rows.next()? {
        let (right, request) = words.right(&row)??;
        account.rights.insert(right, request);
    }
    let mut statement = connection.prepare_cached(&format!("{SUBSCRIPTION} AND owner = ?1 ORDER BY id"))?;
    let mut rows = statement.query([account.id.as_str()])?;
    while let Some(row) = rows.next()? {
        account.subscriptions.push(words.subscription(&row)??);
    }
    Ok(())
}

/// How many accounts have access now, and how many rights they have.
///
/// # Errors
/// When the database cannot be read.
pub fn in_force(connection: &Connection) -> Result<(u64, u64), StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT count(DISTINCT account), count(*) FROM access WHERE ended IS NULL")?;
    let (accounts, rights): (i64, i64) = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((accounts.unsigned_abs(), rights.unsigned_abs()))
}

/// The requests that have served their grant and been taken back (R33), as far as the register knows the person.
///
/// # Errors
/// When the database cannot be read, or an ended row makes no sense.
pub fn spent(connection: &Connection) -> Result<BTreeSet<GrantKey>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT access.account, access.application, access.unit, access.role, access.request, account.person
         FROM access JOIN account ON account.id = access.account
         WHERE access.ended IS NOT NULL AND access.request IS NOT NULL AND account.person IS NOT NULL",
    )?;
    let mut words = Words::default();
    let mut spent = BTreeSet::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (right, request) = words.right(&row)??;
        let person = row.text(5)?;
        let person = PersonId::new(person).map_err(|_| odd(&row, "account", "person", person))?;
        if let Some(request) = request {
            spent.insert(GrantKey { person, application: right.application, unit: right.unit, request });
        }
    }
    Ok(spent)
}

fn account_of(row: &Row<'_>) -> Result<Result<Account, OddRow>, StoreError> {
    let person = match row.text_or_null(1)?.map(|text| PersonId::new(text).map_err(|_| text)) {
        None => None,
        Some(Ok(person)) => Some(person),
        Some(Err(text)) => return Ok(Err(odd(row, "the account", "person", text))),
    };
    Ok(Ok(Account {
        id: AccountId::new(row.text(0)?),
        person,
        name: row.get(2)?,
        login: row.get(3)?,
        email: row.get(4)?,
        active: row.get(5)?,
        rights: BTreeMap::new(),
        subscriptions: Vec::new(),
    }))
}

fn odd(row: &Row<'_>, what: &str, column: &'static str, value: &str) -> OddRow {
    let owner = row.text(0).unwrap_or("?");
    OddRow { row: format!("{what} `{owner}`"), column, value: value.to_owned() }
}

/// Words that stand in very many rows are made once.
#[derive(Default)]
struct Words {
    applications: HashSet<ApplicationId>,
    roles: HashSet<RoleId>,
}

impl Words {
    fn application(&mut self, text: &str) -> Option<ApplicationId> {
        if let Some(known) = self.applications.get(text) {
            return Some(known.clone());
        }
        let new = ApplicationId::new(text).ok()?;
        self.applications.insert(new.clone());
        Some(new)
    }

    fn role(&mut self, text: &str) -> Option<RoleId> {
        if let Some(known) = self.roles.get(text) {
            return Some(known.clone());
        }
        let new = RoleId::new(text).ok()?;
        self.roles.insert(new.clone());
        Some(new)
    }

    /// From the columns owner, application, unit, role, request.
    fn right(&mut self, row: &Row<'_>) -> Result<Result<(Right, Option<RequestId>), OddRow>, StoreError> {
        const WHAT: &str = "a right of the account";
        let text = row.text(1)?;
        let Some(application) = self.application(text) else {
            return Ok(Err(odd(row, WHAT, "application", text)));
        };
        let number = row.get::<i64>(2)?;
        let Ok(unit) = u32::try_from(number) else {
            return Ok(Err(odd(row, WHAT, "unit", &number.to_string())));
        };
        let text = row.text(3)?;
        let Some(role) = self.role(text) else { return Ok(Err(odd(row, WHAT, "role", text))) };
        let request = match row.text_or_null(4)?.map(|text| RequestId::new(text).map_err(|_| text)) {
            None => None,
            Some(Ok(request)) => Some(request),
            Some(Err(text)) => return Ok(Err(odd(row, WHAT, "request", text))),
        };
        Ok(Ok((Right { application, unit: UnitId(unit), role }, request)))
    }

    /// From the columns owner, id, application, unit, role, address, last day.
    fn subscription(&mut self, row: &Row<'_>) -> Result<Result<Subscription, OddRow>, StoreError> {
        const WHAT: &str = "a subscription of the account";
        let text = row.text(2)?;
        let Some(application) = self.application(text) else {
            return Ok(Err(odd(row, WHAT, "application", text)));
        };
        let number = row.get::<i64>(3)?;
        let Ok(unit) = u32::try_from(number) else {
            return Ok(Err(odd(row, WHAT, "unit", &number.to_string())));
        };
        let text = row.text(4)?;
        let Some(role) = self.role(text) else { return Ok(Err(odd(row, WHAT, "role", text))) };
        let text = row.text(6)?;
        let Ok(until) = text.parse::<Date>() else { return Ok(Err(odd(row, WHAT, "last day", text))) };
        let address = row.text_or_null(5)?.unwrap_or_default().to_owned();
        Ok(Ok(Subscription { id: row.get(1)?, application, role, unit: UnitId(unit), address, until }))
    }
}
