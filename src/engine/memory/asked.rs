//! Requests to an external register that are not confirmed yet, and the work that is owed in Rapporteket. The ledger
//! binds every intent, every opening and every report debt by a digest of its row.
//!
//! In the same transaction a ledger entry says which of them began and which are over. So after a crash at any
//! moment, the rows are exactly those that the ledger leaves open. When planned work becomes owed, the entry has only
//! its name. The digest is not computed again, so nothing that was written into the row in the meantime is taken
//! over. The salt of the digests changes while nothing is open, so an older entry tells nobody what was asked for.
//!
//! Every pass compares all rows once before it decides, and once more before it settles what a register elsewhere was asked
//! for. It could not compare fewer: every pass settles all intents and openings, and tries everything that is owed. The
//! ledger names an opening at random and not by its person. So a search for one person would miss a row that was taken out,
//! and that person could get a second account. The tables have only what is open now, because each row is deleted with the
//! record of its outcome. Everything else looks up rows by name.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::model::{Digest, Hasher};
use portvakt_core::store::OpeningId;
use portvakt_database::{Connection, Row, Value};

use super::MemoryError;
use super::by_keys::by_values;
use super::marks::{mark, set_mark};
use super::rows::has_row;

const SALT: &str = "asked.salt";

/// The intents, openings and report debts that are open, by the names they have in the ledger, each with the digest of its
/// row.
pub type OpenWork = BTreeMap<String, Digest>;

const INTENT: &str = "intent";
const OPENING: &str = "opening";
const PLANNED: &str = "planned-reports";
const OWED: &str = "owed-reports";

/// The first column of each is the name. A person is represented by the key that the ledger binds. That key stays the
/// same when the person gets another id.
const INTENTS: &str = "SELECT CAST(seq AS TEXT), at, day, step, coalesce(opening, '-') FROM intent";
const OPENINGS: &str = "SELECT opening.opening, opening.since, coalesce(person_key.key, '-') FROM opening
     LEFT JOIN person_key ON person_key.person = opening.person";
/// The columns that decide what is done there. The number of tries and the time of the next try are left out, because
/// they may change.
const PLANNED_REPORTS: &str =
    "SELECT CAST(seq AS TEXT), account, coalesce(person, '-'), coalesce(address, '-'), since
     FROM report_debt WHERE state = 'planned'";
const OWED_REPORTS: &str =
    "SELECT CAST(seq AS TEXT), account, coalesce(person, '-'), coalesce(address, '-'), since
     FROM report_debt WHERE state = 'owed'";

/// Rows of one kind, which have names of one kind in the ledger.
struct OpenRows {
    /// The word that each name begins with.
    what: &'static str,
    /// The table that has the rows.
    table: &'static str,
    /// The word under which their digests are made.
    word: &'static str,
    /// The question for all of them.
    question: &'static str,
    /// The question continues with this if only some rows are asked for. It ends with the column of the names, which
    /// is the first column of an index.
    named_by: &'static str,
    /// Whether the column of the names has numbers.
    numbered: bool,
}

const ROWS: [OpenRows; 4] = [
    OpenRows {
        what: INTENT,
        table: "intent",
        word: "intent",
        question: INTENTS,
        named_by: "WHERE seq",
        numbered: true,
    },
    OpenRows {
        what: OPENING,
        table: "opening",
        word: "opening",
        question: OPENINGS,
        named_by: "WHERE opening.opening",
        numbered: false,
    },
    OpenRows {
        what: PLANNED,
        table: "report_debt",
        word: "reports",
        question: PLANNED_REPORTS,
        named_by: "AND seq",
        numbered: true,
    },
    OpenRows {
        what: OWED,
        table: "report_debt",
        word: "reports",
        question: OWED_REPORTS,
        named_by: "AND seq",
        numbered: true,
    },
];

impl OpenRows {
    /// Returns the question for rows with certain names.
    fn by_name(&self) -> String {
        format!("{} {}", self.question, self.named_by)
    }

    /// Returns the value in the column of the names, if this is a name of such a row.
    fn key_of<'n>(&self, name: &'n str) -> Option<Value<'n>> {
        let (what, key) = name.split_once(' ')?;
        match (what == self.what, self.numbered) {
            (true, true) => key.parse().ok().map(Value::Integer),
            (true, false) => Some(Value::Text(key)),
            (false, _) => None,
        }
    }

    /// Adds a row by its name, with its digest.
    fn add(&self, open: &mut OpenWork, salt: &str, row: &Row<'_>) {
        let mut hasher = Hasher::new("portvakt asked of a register elsewhere 1");
        hasher.part(salt.as_bytes()).part(self.word.as_bytes());
        for column in 0..row.columns() {
            // A column that is not text gets a digest that no row of this program has.
            match row.text(column) {
                Ok(text) => hasher.part(b"+").part(text.as_bytes()),
                Err(_) => hasher.part(b"?"),
            };
        }
        let name = row.text(0).unwrap_or("?");
        open.insert(format!("{} {name}", self.what), hasher.finish());
    }
}

/// A question for each table with rows that are open.
const ANY_OPEN: [(&str, &str); 3] = [
    ("intent", "SELECT seq FROM intent"),
    ("opening", "SELECT opening FROM opening"),
    ("report_debt", "SELECT seq FROM report_debt WHERE state IN ('planned', 'owed')"),
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
pub fn open_requests(conn: &Connection) -> Result<OpenWork, MemoryError> {
    let mut open = OpenWork::new();
    let salt = mark(conn, SALT)?.unwrap_or_default();
    for kind in &ROWS {
        // A file of an older version, which is only read, may lack a table.
        if !conn.has_table(kind.table)? {
            continue;
        }
        let mut statement = conn.prepare_cached(kind.question)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            kind.add(&mut open, &salt, &row);
        }
    }
    Ok(open)
}

/// Returns what is open of these names, as the rows are now. Only the rows with these names are read.
///
/// # Errors
/// When the memory cannot be read.
pub fn asked_among<'n>(
    conn: &Connection,
    names: impl IntoIterator<Item = &'n String>,
) -> Result<OpenWork, MemoryError> {
    let names: BTreeSet<&str> = names.into_iter().map(String::as_str).collect();
    let mut open = OpenWork::new();
    if names.is_empty() {
        return Ok(open);
    }
    let salt = mark(conn, SALT)?.unwrap_or_default();
    for kind in &ROWS {
        let keys: Vec<Value<'_>> = names.iter().filter_map(|name| kind.key_of(name)).collect();
        if keys.is_empty() || !conn.has_table(kind.table)? {
            continue;
        }
        by_values(conn, &kind.by_name(), &keys, |row| {
            kind.add(&mut open, &salt, row);
            Ok(())
        })?;
    }
    // A number may be written in several ways, and only one of them is the name of the row.
    open.retain(|name, _| names.contains(name.as_str()));
    Ok(open)
}

/// Sets a new salt, if nothing is open. It is called before something is asked for.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn salt_asked(conn: &Connection) -> Result<(), MemoryError> {
    for (table, question) in ANY_OPEN {
        if conn.has_table(table)? && has_row(conn, question)? {
            return Ok(());
        }
    }
    set_mark(conn, SALT, &uuid::Uuid::new_v4().to_string())
}

/// Forgets what is open here but not in the ledger. An account that was opened nevertheless is found by its person.
/// An address in such a report debt is lost.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn forget_asked_besides(conn: &Connection, bound: &OpenWork) -> Result<(), MemoryError> {
    for (name, digest) in open_requests(conn)? {
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

#[cfg(test)]
mod tests;
