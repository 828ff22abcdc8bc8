//! This module computes one digest for each part of what is remembered about the register as a whole. Its salt changes
//! with every ledger entry that binds the parts. Nobody can guess values from an older entry, because its salt is gone.

use std::collections::BTreeMap;

use portvakt_core::model::{Digest, Hasher};
use portvakt_database::Connection;

use super::MemoryError;
use super::marks::{mark, set_mark};
use super::waits::RUN;

const SALT: &str = "parts.salt";

/// The rows and marks of each part. Texts that are only shown to people are left out. The mark `astray` is also left
/// out: it says since when files are not in order, and it decides nothing once their person is recorded as moved.
const PARTS: [(&str, &[&str], &[&str]); 5] = [
    (
        "holds",
        &[
            "SELECT path, since FROM file_hold ORDER BY path",
            "SELECT digest, since, summary FROM removal_hold ORDER BY digest",
        ],
        &["missing", "moved", "waiting.limits", "released.items"],
    ),
    (
        "refusals",
        &["SELECT person, application, CAST(unit AS TEXT), request, path, statement, policies, settings, first_day, since,
               coalesce(lifted, '-') FROM refusal ORDER BY person, application, unit, request"],
        &[],
    ),
    ("served", &["SELECT digest FROM used_statement ORDER BY digest"], &[]),
    ("exceptions", &[], &["requests.freed", "authority.kept"]),
    ("source", &[], &["snapshot", "source.commit"]),
];

/// The marks that came with a later version, each with its part. Such a mark counts where it is set, so that what an older
/// version bound stays as it was bound.
const LATER: [(&str, &str); 1] = [("source", RUN)];

/// Returns the current digest of each part, under the stored salt. A column that is not text gets a digest that no
/// value of this program has.
///
/// # Errors
/// When the memory cannot be read.
pub fn parts(conn: &Connection) -> Result<BTreeMap<String, Digest>, MemoryError> {
    let salt = mark(conn, SALT)?.unwrap_or_default();
    let mut parts = BTreeMap::new();
    for (name, tables, marks) in PARTS {
        let mut hasher = Hasher::new("portvakt remembered part 1");
        hasher.part(salt.as_bytes()).part(name.as_bytes());
        for question in tables {
            let mut statement = conn.prepare_cached(question)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                for column in 0..row.columns() {
                    match row.text(column) {
                        Ok(text) => hasher.part(b"+").part(text.as_bytes()),
                        Err(_) => hasher.part(b"?"),
                    };
                }
            }
            hasher.part(b"-");
        }
        // An emptied mark counts the same as a mark that was never set.
        let set = |key: &str| -> Result<String, MemoryError> {
            let value = mark(conn, key)?.unwrap_or_default();
            Ok(if matches!(value.as_str(), "[]" | "{}" | "null") { String::new() } else { value })
        };
        for key in marks {
            hasher.part(set(key)?.as_bytes());
        }
        for (_, key) in LATER.iter().filter(|(part, _)| *part == name) {
            let value = set(key)?;
            if !value.is_empty() {
                hasher.part(key.as_bytes()).part(value.as_bytes());
            }
        }
        parts.insert(name.to_owned(), hasher.finish());
    }
    Ok(parts)
}

/// Sets a new salt for the next entry that binds the parts.
///
/// # Errors
/// When the memory cannot be written.
pub fn salt_parts(conn: &Connection) -> Result<(), MemoryError> {
    set_mark(conn, SALT, &uuid::Uuid::new_v4().to_string())
}
