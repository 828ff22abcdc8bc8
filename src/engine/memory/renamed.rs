//! Ids that people had before (`previously:`), and what becomes of the rows when an id changes: they are the same rows,
//! under the new id.

use portvakt_core::decide::RenamedIds;
use portvakt_core::model::PersonId;
use portvakt_core::parse::confusable::skeleton;
use portvakt_database::{Connection, params};

use super::MemoryError;
use super::waits::{set, value};

const RENAMED: &str = "renamed";

/// The ids that people had before, as they stand here. Whoever relies on them holds them against the ledger first.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn renamed(conn: &Connection) -> Result<RenamedIds, MemoryError> {
    value(conn, RENAMED)
}

/// Remembers that an id is not used any more.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn set_renamed(conn: &Connection, from: &PersonId, to: &PersonId) -> Result<(), MemoryError> {
    let mut all = renamed(conn)?;
    all.values_mut().filter(|now| *now == from).for_each(|now| now.clone_from(to));
    all.insert(from.clone(), to.clone());
    set(conn, RENAMED, &all)
}

/// Remembers these and no others: what a baseline takes over.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn replace_renamed(conn: &Connection, to: &RenamedIds) -> Result<(), MemoryError> {
    set(conn, RENAMED, to)
}

/// Columns that hold the person whose row it is.
const OWNED: &[&str] = &[
    "UPDATE standing SET person = ?2 WHERE person = ?1",
    "UPDATE person_account SET person = ?2 WHERE person = ?1",
    "UPDATE opening SET person = ?2 WHERE person = ?1",
    "UPDATE person_key SET person = ?2 WHERE person = ?1",
    // What the person lost within the week goes on counting as one person's.
    "UPDATE budget SET who = ?2 WHERE who = ?1",
];

/// Gives everything that is remembered of a person another id. Refusals are forgotten: their entries are in files that
/// are gone.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn rename_person(conn: &Connection, from: &PersonId, to: &PersonId) -> Result<(), MemoryError> {
    // What was said of the new id before, of files that were held or refused, was said of nobody.
    conn.prepare_cached("DELETE FROM person_key WHERE person = ?1")?.execute([to.as_str()])?;
    for statement in OWNED {
        conn.prepare_cached(statement)?.execute(params![from.as_str(), to.as_str()])?;
    }
    conn.prepare_cached("UPDATE person_file SET person = ?2, skeleton = ?3 WHERE person = ?1")?
        .execute(params![from.as_str(), to.as_str(), skeleton(to)])?;
    conn.prepare_cached("DELETE FROM refusal WHERE person = ?1")?.execute([from.as_str()])?;
    super::waits::rename_freed(conn, from, to)?;
    set_renamed(conn, from, to)
}
