//! This module changes the id of a trust: everything remembered about the trust gets the new id.

use portvakt_core::change::Standing;
use portvakt_core::model::{FilePath, PersonId, TrustId};
use portvakt_database::{Connection, params};

use super::MemoryError;
use super::rows::damaged;
use super::standing_row::{select, standing};

/// Returns everything that was ever accepted at a trust or for people whom the trust employs.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn of_trust(conn: &Connection, trust: &TrustId) -> Result<Vec<Standing>, MemoryError> {
    let mut grants = conn.prepare_cached(&select("WHERE trust = ?1 OR employer = ?1"))?;
    let mut rows = grants.query([trust.as_str()])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(standing(&row)?);
    }
    Ok(all)
}

/// Returns the files in a trust's folder, and the files of people whom the trust employs.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn files_of_trust(conn: &Connection, trust: &TrustId) -> Result<Vec<(PersonId, TrustId)>, MemoryError> {
    let mut files =
        conn.prepare_cached("SELECT person, trust FROM person_file WHERE trust = ?1 OR employer = ?1")?;
    let mut rows = files.query([trust.as_str()])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let person = PersonId::new(row.text(0)?).map_err(|why| damaged("person", why))?;
        all.push((person, TrustId::new(row.text(1)?).map_err(|why| damaged("trust", why))?));
    }
    Ok(all)
}

const NAMED: &[&str] = &[
    "UPDATE person_file SET trust = ?2 WHERE trust = ?1",
    "UPDATE person_file SET employer = ?2 WHERE employer = ?1",
    "UPDATE budget SET trust = ?2 WHERE trust = ?1",
];

/// Gives a trust a new id everywhere except in the grants, which the caller changes one by one (see [`of_trust`]). A
/// refusal is still judged by its first judgement.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn rename_trust(conn: &Connection, from: &TrustId, to: &TrustId) -> Result<(), MemoryError> {
    for (person, trust) in files_of_trust(conn, from)? {
        if trust == *from {
            super::waits::follow(conn, &person, from, to)?;
        }
    }
    for statement in NAMED {
        conn.prepare_cached(statement)?.execute(params![from.as_str(), to.as_str()])?;
    }
    for (key, refused) in super::refusals(conn)? {
        if refused.path == FilePath::of_person(from, &key.person) {
            let path = FilePath::of_person(to, &key.person);
            super::hold_refusal(conn, &key, &super::RefusedEntry { path, ..refused })?;
        }
    }
    super::waits::rename_added(conn, from, to)
}
