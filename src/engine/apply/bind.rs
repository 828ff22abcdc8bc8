//! This module writes the ledger entries that bind the register as a whole: charges of the budgets, spent releases, the
//! facts in files, and a digest of each part of the rest. A pass without changes writes none of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use portvakt_core::decide::Decided;
use portvakt_core::model::{Digest, Facts, PersonId, TrustId};
use portvakt_database::{Connection, OptionalRow as _};
use serde_json::{Value, json};

use super::ApplyError;
use crate::ledger::person_key::Keys;
use crate::ledger::{Kind, Tail};
use crate::memory;
use crate::memory::MemoryError;
use crate::memory::bound::{Charge, bytes_digest, file_digest};

/// The largest number of files in one entry.
const TOGETHER: usize = 500;

/// The digests of the parts before a transaction changes them.
pub(super) struct Before(BTreeMap<String, Digest>);

impl Before {
    pub fn of(conn: &Connection) -> Result<Self, MemoryError> {
        Ok(Self(memory::parts(conn)?))
    }

    /// Binds the parts after the change. If the parts were not as bound before, they are not bound again: the
    /// difference stays visible until two people accept the state again.
    pub fn bind(self, conn: &Connection, tail: &mut Tail<'_>, at: Timestamp) -> Result<(), ApplyError> {
        if memory::parts(conn)? == self.0 {
            return Ok(());
        }
        let last: Option<String> = conn
            .prepare_cached("SELECT body FROM ledger WHERE kind = ?1 ORDER BY seq DESC LIMIT 1")?
            .query_row([Kind::Remembered.as_str()], |row| row.get(0))
            .optional()?;
        let was = |parts: &Value| parts.get("parts").cloned();
        let bound = last.and_then(|body| serde_json::from_str(&body).ok().as_ref().and_then(was));
        // If nothing was bound before, there is nothing to compare with. The first start takes the parts over.
        if bound == Some(json!(self.0)) { bind_parts(conn, tail, at) } else { Ok(()) }
    }
}

/// Binds the parts as they are now.
pub(super) fn bind_parts(conn: &Connection, tail: &mut Tail<'_>, at: Timestamp) -> Result<(), ApplyError> {
    memory::salt_parts(conn)?;
    tail.append(at, Kind::Remembered, &json!({ "parts": memory::parts(conn)? }))?;
    Ok(())
}

/// A file that is accepted, or `None` for a file that is gone.
pub(super) type Said<'a> = (&'a PersonId, &'a TrustId, Option<(&'a Facts, &'a Digest)>);

/// Records the facts of files, several files in each entry.
pub(super) fn files(
    tail: &mut Tail<'_>,
    keys: &Keys<'_>,
    at: Timestamp,
    files: &[Said<'_>],
) -> Result<(), ApplyError> {
    for files in files.chunks(TOGETHER) {
        let mut said = Vec::with_capacity(files.len());
        for (person, trust, file) in files {
            let key = keys.salted(person)?;
            let mut body = json!({ "person": key.key, "trust": trust });
            if let (Some((facts, bytes)), Some(body)) = (file, body.as_object_mut()) {
                body.insert("row".to_owned(), json!(file_digest(&key.salt, person, trust, facts)));
                body.insert("bytes".to_owned(), json!(bytes_digest(&key.salt, trust, bytes)));
            }
            said.push(body);
        }
        tail.append(at, Kind::Files, &keys.bound(json!({ "files": said })))?;
    }
    Ok(())
}

/// Records every remembered file as it is now.
pub(super) fn all_files(
    conn: &Connection,
    tail: &mut Tail<'_>,
    keys: &Keys<'_>,
    at: Timestamp,
) -> Result<(), ApplyError> {
    let rows = memory::files(conn)?;
    let said: Vec<Said<'_>> =
        rows.iter().map(|(person, trust, facts, bytes)| (person, trust, Some((facts, bytes)))).collect();
    files(tail, keys, at, &said)
}

/// Records what a pass charges to the budgets.
pub(super) fn charge(tail: &mut Tail<'_>, decided: &Decided) -> Result<(), ApplyError> {
    if decided.charged.removals.is_empty() && decided.charged.additions.is_empty() {
        return Ok(());
    }
    let mut charge = Charge { at: decided.charged_at(), ..Charge::default() };
    for (_, trust) in &decided.charged.removals {
        let trust = trust.as_ref().map_or_else(String::new, ToString::to_string);
        *charge.removals.entry(trust).or_default() += 1;
    }
    for (_, trust) in &decided.charged.additions {
        *charge.additions.entry(trust.to_string()).or_default() += 1;
    }
    tail.append(decided.clock.moment, Kind::Charged, &json!(charge))?;
    Ok(())
}

/// Marks a release as spent, in the ledger too.
pub(super) fn spend(
    conn: &Connection,
    tail: &mut Tail<'_>,
    digest: &Digest,
    at: Timestamp,
) -> Result<(), ApplyError> {
    if memory::spend(conn, digest, at)? {
        tail.append(at, Kind::ReleaseSpent, &json!({ "digest": digest }))?;
    }
    Ok(())
}
