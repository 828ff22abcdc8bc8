//! Reads the register: the list of all accounts with proof that it is complete, and single accounts.
//!
//! The list comes from three queries in the order of account ids, which are merged. There is never a query for each
//! account. The list is one snapshot. It is accepted only if the database's own counts, taken by another path than the
//! rows, agree with the rows that were read (law: *absence needs proof*).
//!
//! A subscription counts as ended when its row says so (`ended`). No row can say so while the subscription still runs,
//! so the list needs no clock. A subscription that has run out by itself is listed, with its last day.

mod words;

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::diag::{Text, text};
use portvakt_core::model::{Account, AccountId, GrantKey, PersonId, RequestId, Right, Subscription};
use portvakt_core::store::{Listing, StoreError};
use portvakt_database::{Connection, Dialect, Row, Value, snapshot};

use super::odd_row::{OddRow, RowKind, RowPart};
use crate::listed_twice;

use words::{Words, odd};

const ACCOUNT: &str = "SELECT id, person, name, login, email, active FROM account";
const RIGHT: &str = "SELECT account, application, unit, role, request FROM access WHERE ended IS NULL";
const SUBSCRIPTION: &str =
    "SELECT owner, id, application, unit, role, address, end_date FROM subscription WHERE ended IS NULL";

/// Reads all accounts, open and closed, in order of id, with proof that the list is complete.
///
/// # Errors
/// Fails when the database cannot be read. A row that cannot be understood is not an error: it makes the list
/// incomplete.
pub fn listing(connection: &Connection) -> Result<Listing, StoreError> {
    snapshot(connection, read_listing)
}

fn read_listing(connection: &Connection) -> Result<Listing, StoreError> {
    let mut proof = Proof::default();
    let mut words = Words::default();
    let mut accounts = read_accounts(connection, &mut proof)?;
    let rights = read_rights(connection, &mut accounts, &mut words, &mut proof)?;
    read_subscriptions(connection, &mut accounts, &mut words, &mut proof)?;

    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<i64>(0));
    let counted = count("SELECT count(*) FROM account")?;
    proof.compare(&text!(en: "accounts", nb: "kontoer"), counted, accounts.len());
    // The count does not use the index that the rows came through, because a damaged index must not confirm itself.
    let counted = count(match connection.dialect() {
        Dialect::Sqlite => "SELECT count(*) FROM access NOT INDEXED WHERE ended IS NULL",
        Dialect::Postgres => "SELECT count(*) FROM access WHERE ended IS NULL",
    })?;
    proof.compare(&text!(en: "rights", nb: "rettigheter"), counted, rights);
    Ok(Listing { accounts, incomplete: proof.against })
}

/// The first reason to doubt the list that was found.
#[derive(Default)]
struct Proof {
    against: Option<Text>,
}

impl Proof {
    fn doubt(&mut self, why: impl FnOnce() -> Text) {
        if self.against.is_none() {
            self.against = Some(why());
        }
    }

    fn compare(&mut self, what: &Text, counted: i64, read: usize) {
        if usize::try_from(counted) != Ok(read) {
            self.doubt(|| {
                text!(
                    with what;
                    en: "the register counts {counted} {what}, and {read} were read",
                    nb: "registeret teller {counted} {what}, og {read} ble lest"
                )
            });
        }
    }
}

fn read_accounts(connection: &Connection, proof: &mut Proof) -> Result<Vec<Account>, StoreError> {
    let mut accounts: Vec<Account> = Vec::new();
    let mut statement = connection.prepare_cached(&format!("{ACCOUNT} ORDER BY id"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        match account_of(&row, 0)? {
            Ok(account) => {
                if accounts.last().is_some_and(|last| last.id >= account.id) {
                    proof.doubt(|| listed_twice(&account.id));
                }
                accounts.push(account);
            }
            Err(odd) => proof.doubt(|| odd.words()),
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
            proof.doubt(|| {
                text!(
                    en: "a right belongs to the account `{owner}`, which is not there",
                    nb: "en rettighet hører til kontoen `{owner}`, som ikke finnes"
                )
            });
            continue;
        };
        match words.right(&row, [0, 1, 2, 3, 4])? {
            Ok((right, request)) => {
                if account.rights.insert(right, request).is_some() {
                    proof.doubt(|| {
                        text!(
                            en: "the account `{owner}` has the same right twice",
                            nb: "kontoen `{owner}` har samme rettighet to ganger"
                        )
                    });
                }
            }
            Err(odd) => proof.doubt(|| odd.words()),
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
        // Owners are plain strings, as in the register this one is modelled on. A subscription whose owner is not an
        // account gives nobody access, so the list can still be complete.
        let Some(account) = owners.peek_mut().filter(|account| account.id.as_str() == owner) else {
            continue;
        };
        match words.subscription(&row, [0, 1, 2, 3, 4, 5, 6])? {
            Ok(subscription) => account.subscriptions.push(subscription),
            Err(odd) => proof.doubt(|| odd.words()),
        }
    }
    Ok(())
}

/// Reads the accounts of these people and with these ids, in order of id. Nothing else is read.
///
/// # Errors
/// Fails when the database cannot be read, or when one of these accounts has a row that cannot be understood.
pub fn accounts(
    connection: &Connection,
    people: &BTreeSet<PersonId>,
    ids: &BTreeSet<AccountId>,
) -> Result<Vec<Account>, StoreError> {
    snapshot(connection, |connection| {
        let mut wanted = ids.clone();
        let people: Vec<_> = people.iter().map(|person| [Value::Text(person.as_str())]).collect();
        connection.query_each("SELECT id FROM account WHERE person = ?1", &people, |_, row| {
            wanted.insert(AccountId::new(row.text(0)?));
            Ok::<_, StoreError>(())
        })?;
        let wanted: Vec<&AccountId> = wanted.iter().collect();
        Ok(each_account(connection, &wanted)?.into_iter().flatten().collect())
    })
}

/// Reads one account with its rights and subscriptions in one question. The first column is 0, 1 or 2 for these parts.
const WHOLE: &str = "
    SELECT 0, id, person, name, login, email, active, CAST(NULL AS BIGINT) FROM account WHERE id = ?1
    UNION ALL
    SELECT 1, account, application, role, request, NULL, unit, NULL FROM access
    WHERE ended IS NULL AND account = ?1
    UNION ALL
    SELECT 2, owner, application, role, address, end_date, unit, id FROM subscription
    WHERE ended IS NULL AND owner = ?1";

/// Reads one account. `None` if the register has no account with this id.
///
/// # Errors
/// Fails when the database cannot be read, or when the account has a row that cannot be understood.
pub fn account(connection: &Connection, id: &AccountId) -> Result<Option<Account>, StoreError> {
    Ok(each_account(connection, &[id])?.into_iter().next().flatten())
}

/// Reads these accounts in the order they are asked for. Each is read as it is at one moment.
///
/// # Errors
/// Fails as [`account`] does.
pub fn each_account(connection: &Connection, ids: &[&AccountId]) -> Result<Vec<Option<Account>>, StoreError> {
    let mut words = Words::default();
    let mut found: Vec<FoundAccount> = Vec::with_capacity(ids.len());
    found.resize_with(ids.len(), FoundAccount::default);
    let asked: Vec<_> = ids.iter().map(|id| [Value::Text(id.as_str())]).collect();
    connection.query_each(WHOLE, &asked, |at, row| {
        let Some(found) = found.get_mut(at) else { return Ok(()) };
        match row.get::<i64>(0)? {
            0 => found.account = Some(account_of(row, 1)??),
            1 => {
                let (right, request) = words.right(row, [1, 2, 6, 3, 4])??;
                found.rights.insert(right, request);
            }
            _ => found.subscriptions.push(words.subscription(row, [1, 7, 2, 6, 3, 4, 5])??),
        }
        Ok::<_, StoreError>(())
    })?;
    Ok(found.into_iter().map(FoundAccount::into_account).collect())
}

/// The parts of one account that have been read. They come in any order.
#[derive(Default)]
struct FoundAccount {
    account: Option<Account>,
    rights: BTreeMap<Right, Option<RequestId>>,
    subscriptions: Vec<Subscription>,
}

impl FoundAccount {
    fn into_account(mut self) -> Option<Account> {
        self.subscriptions.sort_by_key(|subscription| subscription.id);
        let (rights, subscriptions) = (self.rights, self.subscriptions);
        self.account.map(|account| Account { rights, subscriptions, ..account })
    }
}

/// Counts the accounts that have access now, and the rights they have.
///
/// # Errors
/// Fails when the database cannot be read.
pub fn count_in_force(connection: &Connection) -> Result<(u64, u64), StoreError> {
    let mut statement = connection.prepare_cached(IN_FORCE)?;
    let (accounts, rights): (i64, i64) = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((accounts.unsigned_abs(), rights.unsigned_abs()))
}

/// Counts what has not ended. Rights that have ended stay in the table for ever, but they are not in the index that
/// this uses.
const IN_FORCE: &str = "SELECT count(DISTINCT account), count(*) FROM access WHERE ended IS NULL";

/// Reads the requests whose right was given and taken back (R33), for accounts whose person the register knows.
///
/// # Errors
/// Fails when the database cannot be read, or when an ended row cannot be understood.
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
        let (right, request) = words.right(&row, [0, 1, 2, 3, 4])??;
        let person = row.text(5)?;
        let person = PersonId::new(person)
            .map_err(|_| odd(row.text(0).unwrap_or("?"), RowKind::Account, RowPart::Person, person))?;
        if let Some(request) = request {
            spent.insert(GrantKey { person, application: right.application, unit: right.unit, request });
        }
    }
    Ok(spent)
}

/// Reads an account from the columns id, person, name, login, email and active. `first` is the position of the id.
fn account_of(row: &Row<'_>, first: usize) -> Result<Result<Account, OddRow>, StoreError> {
    let person = match row.text_or_null(first + 1)?.map(|text| PersonId::new(text).map_err(|_| text)) {
        None => None,
        Some(Ok(person)) => Some(person),
        Some(Err(text)) => return Ok(Err(odd(row.text(first)?, RowKind::Account, RowPart::Person, text))),
    };
    Ok(Ok(Account {
        id: AccountId::new(row.text(first)?),
        person,
        name: row.get(first + 2)?,
        login: row.get(first + 3)?,
        email: row.get(first + 4)?,
        active: row.get(first + 5)?,
        rights: BTreeMap::new(),
        subscriptions: Vec::new(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::sqlite_schema::SCHEMA;

    #[test]
    fn rights_in_force_are_counted_without_reading_what_has_ended() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        let mut plan = connection.prepare_cached(&format!("EXPLAIN QUERY PLAN {IN_FORCE}")).unwrap();
        let steps: Vec<String> = plan.query_all([], |row| row.get(3)).unwrap();
        let read: Vec<&String> = steps.iter().filter(|step| step.contains("access")).collect();
        assert!(
            !read.is_empty() && read.iter().all(|step| step.contains("USING COVERING INDEX access_")),
            "{steps:?}"
        );
    }
}
