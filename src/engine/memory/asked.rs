//! What a register elsewhere was asked to do and was not yet seen to do, and what is owed in Rapporteket. The ledger
//! binds every intent, every opening and every report debt by a digest of its row.
//!
//! In the same transaction a ledger entry says which of them began and which are over. So after a crash at any
//! moment, the rows are exactly those that the ledger leaves open. When planned work becomes owed, the entry has only
//! its name. The digest is not computed again, so nothing that was written into the row in the meantime is taken
//! over. The salt of the digests changes while nothing is open, so an older entry tells nobody what was asked for.

use std::collections::BTreeMap;

use portvakt_core::model::{Digest, Hasher};
use portvakt_core::store::OpeningId;
use portvakt_database::Connection;

use super::MemoryError;
use super::marks::{mark, set_mark};

const SALT: &str = "asked.salt";

/// The intents, openings and report debts that are open, by the names they have in the ledger, each with the digest of its
/// row.
pub type Open = BTreeMap<String, Digest>;

const INTENT: &str = "intent";
const OPENING: &str = "opening";
const PLANNED: &str = "planned-reports";
const OWED: &str = "owed-reports";

/// The first column of each is the name. A person stands here by the key that the ledger binds, which stays when the
/// person gets another id.
const INTENTS: &str = "SELECT CAST(seq AS TEXT), at, day, step, coalesce(opening, '-') FROM intent";
const OPENINGS: &str = "SELECT opening.opening, opening.since, coalesce(person_key.key, '-') FROM opening
     LEFT JOIN person_key ON person_key.person = opening.person";
/// What decides what is done there. How often it was tried, and when it is tried again, may change.
const PLANNED_REPORTS: &str =
    "SELECT CAST(seq AS TEXT), account, coalesce(person, '-'), coalesce(address, '-'), since
     FROM report_debt WHERE state = 'planned'";
const OWED_REPORTS: &str =
    "SELECT CAST(seq AS TEXT), account, coalesce(person, '-'), coalesce(address, '-'), since
     FROM report_debt WHERE state = 'owed'";

/// Each name with its table, the word under which its digests are made, and the question.
const ROWS: [(&str, &str, &str, &str); 4] = [
    (INTENT, "intent", "intent", INTENTS),
    (OPENING, "opening", "opening", OPENINGS),
    (PLANNED, "report_debt", "reports", PLANNED_REPORTS),
    (OWED, "report_debt", "reports", OWED_REPORTS),
];

/// Returns the name of an intent in the ledger.
#[must_use]
pub fn intent_name(seq: i64) -> String {
    format!("{INTENT} {seq}")
}

/// Returns the name of an opening in the ledger. It is random, as the opening is.
#[must_use]
pub fn opening_name(opening: &OpeningId) -> String {
    format!("{OPENING} {opening}")
}

/// Returns the name of work in Rapporteket that waits for its step.
#[must_use]
pub fn planned_name(seq: i64) -> String {
    format!("{PLANNED} {seq}")
}

/// Returns the name of work that is owed in Rapporteket.
#[must_use]
pub fn owed_name(seq: i64) -> String {
    format!("{OWED} {seq}")
}

/// Returns the number of the report debt with this name, if it is the name of one.
#[must_use]
pub fn debt_of(name: &str) -> Option<i64> {
    let (what, seq) = name.split_once(' ')?;
    if what == PLANNED || what == OWED { seq.parse().ok() } else { None }
}

/// Returns everything that is open, as the rows are now.
///
/// # Errors
/// When the memory cannot be read.
pub fn asked(conn: &Connection) -> Result<Open, MemoryError> {
    let mut open = Open::new();
    let salt = mark(conn, SALT)?.unwrap_or_default();
    for (what, table, word, question) in ROWS {
        // A file of an older version, which is only read, may lack a table.
        if conn.has_table(table)? {
            rows(conn, (what, word, question), &salt, &mut open)?;
        }
    }
    Ok(open)
}

fn rows(
    conn: &Connection,
    (what, word, question): (&str, &str, &str),
    salt: &str,
    open: &mut Open,
) -> Result<(), MemoryError> {
    let mut statement = conn.prepare_cached(question)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut hasher = Hasher::new("portvakt asked of a register elsewhere 1");
        hasher.part(salt.as_bytes()).part(word.as_bytes());
        for column in 0..row.columns() {
            // A column that is no text has a digest that no row of this program has.
            match row.text(column) {
                Ok(text) => hasher.part(b"+").part(text.as_bytes()),
                Err(_) => hasher.part(b"?"),
            };
        }
        let name = row.text(0).unwrap_or("?");
        open.insert(format!("{what} {name}"), hasher.finish());
    }
    Ok(())
}

/// Sets a new salt, if nothing is open. It is called before something is asked for.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn salt_asked(conn: &Connection) -> Result<(), MemoryError> {
    if asked(conn)?.is_empty() { set_mark(conn, SALT, &uuid::Uuid::new_v4().to_string()) } else { Ok(()) }
}

/// Forgets what is open here and is not so by the ledger. An account that was opened all the same is found by its person. An
/// address that stood in a report debt is known to nobody any more.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn forget_asked_besides(conn: &Connection, bound: &Open) -> Result<(), MemoryError> {
    for (name, digest) in asked(conn)? {
        let (sql, which) = match name.split_once(' ') {
            _ if bound.get(&name) == Some(&digest) => continue,
            Some((INTENT, seq)) => ("DELETE FROM intent WHERE CAST(seq AS TEXT) = ?1", seq),
            Some((PLANNED | OWED, seq)) => ("DELETE FROM report_debt WHERE CAST(seq AS TEXT) = ?1", seq),
            Some((_, opening)) => ("DELETE FROM opening WHERE opening = ?1", opening),
            None => continue,
        };
        conn.prepare_cached(sql)?.execute([which])?;
    }
    Ok(())
}
