//! This module keeps the ids that people had before (`previously:`). When an id changes, the rows of the person stay
//! and get the new id.

use portvakt_core::decide::RenamedIds;
use portvakt_core::model::PersonId;
use portvakt_core::parse::confusable::skeleton;
use portvakt_database::{Connection, params};

use super::MemoryError;
use super::waits::{set, value};

const RENAMED: &str = "renamed";

/// Returns the ids that people had before, as the memory has them. A caller that relies on them compares them with the
/// ledger first.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn renamed(conn: &Connection) -> Result<RenamedIds, MemoryError> {
    value(conn, RENAMED)
}

/// Remembers that an id is no longer used.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn set_renamed(conn: &Connection, from: &PersonId, to: &PersonId) -> Result<(), MemoryError> {
    let mut all = renamed(conn)?;
    all.values_mut().filter(|now| *now == from).for_each(|now| now.clone_from(to));
    all.insert(from.clone(), to.clone());
    set(conn, RENAMED, &all)
}

/// Replaces all earlier ids with these. A baseline does this.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn replace_renamed(conn: &Connection, to: &RenamedIds) -> Result<(), MemoryError> {
    set(conn, RENAMED, to)
}

/// Each statement changes a column that names the person the row belongs to.
const OWNED: &[&str] = &[
    "UPDATE standing SET person = ?2 WHERE person = ?1",
    "UPDATE person_account SET person = ?2 WHERE person = ?1",
    "UPDATE opening SET person = ?2 WHERE person = ?1",
    "UPDATE person_key SET person = ?2 WHERE person = ?1",
    // The removals of this person within the week still count as removals of one person.
    "UPDATE budget SET who = ?2 WHERE who = ?1",
];

/// Gives a new id to everything that is remembered about a person. The refusals are forgotten, because their entries
/// are in files that are gone.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn rename_person(conn: &Connection, from: &PersonId, to: &PersonId) -> Result<(), MemoryError> {
    // Keys recorded earlier for the new id came from held or refused files. They belong to no person.
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
