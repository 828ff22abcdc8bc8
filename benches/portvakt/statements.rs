//! The statements of a plain loader for a first pass, so that the same is measured for each database. They are sent for
//! 256 people at a time in one transaction. They ask who has an account already, and write the account and each right.
//! Then they read back all of the account and each right as given, and check that nobody else has that account. They
//! record the owner of the account and the person's key. They read the end of the ledger once, and write the entry.
//! These are the statements of the program's own steps, in its order and in its transactions. The loader knows the rows
//! beforehand, prepares each statement once, and ignores the answers.

use std::time::{Duration, Instant};

use portvakt_core::decide::{Decided, Patience, Scope};
use portvakt_core::policy::Policies;
use portvakt_database::{Connection, Site};
use portvakt_engine::apply::carry_out;
use portvakt_engine::pass::{PassInput, PassTools, Shelf, prepare_pass};
use portvakt_engine::reconcile::engine::open_register;
use portvakt_stores::tables::{Create, Reader};

use super::Outcome;
use super::timed::Timed;
use super::tree::{Tree, now};

/// The number of people in one transaction.
pub const TOGETHER: usize = 256;

/// The statements for each person, in this order. The last but one is sent once for all.
pub const STATEMENTS: [&str; 10] = [
    "SELECT id FROM account WHERE person = ?1 AND active = 1 ORDER BY id",
    "INSERT INTO account (id, person, name, login, email, active, opened)
         SELECT ?1, ?2, ?3, ?4, ?5, 1, ?6 WHERE NOT EXISTS (SELECT 1 FROM account WHERE id = ?1)",
    "INSERT INTO access (account, application, unit, role, request, granted) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     ON CONFLICT (account, application, unit, role) WHERE ended IS NULL
     DO UPDATE SET request = excluded.request WHERE access.request IS NULL",
    "SELECT 0, id, person, name, login, email, active, CAST(NULL AS BIGINT) FROM account WHERE id = ?1
     UNION ALL
     SELECT 1, account, application, role, request, NULL, unit, NULL FROM access
     WHERE ended IS NULL AND account = ?1
     UNION ALL
     SELECT 2, owner, application, role, address, end_date, unit, id FROM subscription
     WHERE ended IS NULL AND owner = ?1",
    "UPDATE standing SET given = coalesce(given, ?5), replaced = NULL
     WHERE person = ?1 AND application = ?2 AND unit = ?3 AND request = ?4",
    "DELETE FROM person_account WHERE account = ?2 AND person <> ?1",
    "INSERT INTO person_account (person, account) VALUES (?1, ?2)
     ON CONFLICT (person) DO UPDATE SET account = excluded.account",
    "SELECT key, salt FROM person_key WHERE person = ?1",
    "SELECT seq, hash, at FROM ledger ORDER BY seq DESC LIMIT 1",
    "INSERT INTO ledger (seq, at, kind, body, prev, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
];

/// The statements that list everybody, which are those of the program's own list.
pub const LIST: [&str; 5] = [
    "SELECT id, person, name, login, email, active FROM account ORDER BY id",
    "SELECT account, application, unit, role, request FROM access WHERE ended IS NULL ORDER BY account",
    "SELECT owner, id, application, unit, role, address, end_date FROM subscription WHERE ended IS NULL
     ORDER BY owner, id",
    "SELECT count(*) FROM account",
    "SELECT count(*) FROM access WHERE ended IS NULL",
];

/// The rows that a step's transaction writes for one person.
pub struct Rows {
    pub account: (String, String, String, Option<String>, Option<String>, String),
    pub access: Vec<(String, i64, String, String)>,
    pub ledger: (String, String, String, Vec<u8>, Vec<u8>),
}

/// Returns the rows that a first pass has written into a register.
pub fn rows(from: &Connection) -> Outcome<Vec<Rows>> {
    let mut ledger = from
        .prepare_cached("SELECT at, kind, body, prev, hash FROM ledger WHERE kind = 'step' ORDER BY seq")?;
    let mut ledger = ledger.query([])?;
    let mut accounts =
        from.prepare_cached("SELECT id, person, name, login, email, opened FROM account ORDER BY person")?;
    let mut accounts = accounts.query([])?;
    let mut access = from
        .prepare_cached("SELECT account, application, unit, role, request FROM access WHERE ended IS NULL")?;
    let mut access = access.query([])?;
    let mut rights = std::collections::HashMap::<String, Vec<_>>::new();
    while let Some(row) = access.next()? {
        let right = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        rights.entry(row.get(0)?).or_default().push(right);
    }
    let mut all = Vec::new();
    while let (Some(row), Some(entry)) = (accounts.next()?, ledger.next()?) {
        let id: String = row.get(0)?;
        let access = rights.remove(&id).unwrap_or_default();
        let account = (id, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?);
        let ledger = (entry.get(0)?, entry.get(1)?, entry.get(2)?, entry.get(3)?, entry.get(4)?);
        all.push(Rows { account, access, ledger });
    }
    Ok(all)
}

/// Returns the decision about the tree, by the register as it is, and the time for listing the register.
pub fn decided(tree: &Tree, site: impl Into<Site>) -> Outcome<(Decided, Duration)> {
    Policies::forget_shared();
    let snapshot = tree.take()?;
    let reader = Reader::open(site)?;
    let store = Timed::new(&reader);
    let mut asked = PassTools {
        memory: reader.connection(),
        store: &store,
        reports: None,
        shelf: &mut Shelf::default(),
        patience: &mut Patience::None,
    };
    let seen = PassInput::alone(&snapshot, now()?, Instant::now());
    let decided = prepare_pass(&mut asked, seen, &Scope::Whole)?;
    Ok((decided, store.spent()))
}

/// Times of a first pass.
pub struct First {
    /// The time of the whole pass.
    pub all: Duration,
    /// The time of the writing, with its record.
    pub store: Duration,
}

/// Judges the tree against an empty register and carries it out.
pub fn first(tree: &Tree, site: impl Into<Site> + Clone) -> Outcome<First> {
    let mut register = open_register(site.clone(), Create::MustExist)?;
    let began = Instant::now();
    let (decided, _) = decided(tree, site)?;
    let writing = Instant::now();
    let carried = carry_out(&mut register, None, &decided, |_, _| {})?;
    let times = First { all: began.elapsed(), store: writing.elapsed() };
    if (carried.done as u64) < tree.people || !carried.failed.is_empty() {
        return Err(format!("{} steps done, {} failed", carried.done, carried.failed.len()).into());
    }
    Ok(times)
}

/// Measures a plan for a register that needs no change: all of it, and listing the register alone.
pub fn quiet(tree: &Tree, site: impl Into<Site>) -> Outcome<(Duration, Duration)> {
    let began = Instant::now();
    let (decided, listing) = decided(tree, site)?;
    let time = began.elapsed();
    if !decided.is_quiet() {
        return Err(format!("nothing has changed, and there are {} steps", decided.plan.steps.len()).into());
    }
    Ok((time, listing))
}
