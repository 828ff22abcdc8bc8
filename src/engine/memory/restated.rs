//! The people whose accepted name, login or address the store may not have been told yet. What differs in their accounts was
//! changed by nobody.

use std::collections::BTreeSet;

use portvakt_core::model::PersonId;
use portvakt_database::Connection;

use super::MemoryError;
use super::waits::{set, value};

const RESTATED: &str = "files.restated";

/// Returns these people.
///
/// # Errors
/// When the memory cannot be read.
pub fn restated(conn: &Connection) -> Result<BTreeSet<PersonId>, MemoryError> {
    value(conn, RESTATED)
}

/// Remembers these people.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_restated(conn: &Connection, people: &BTreeSet<PersonId>) -> Result<(), MemoryError> {
    set(conn, RESTATED, people)
}
