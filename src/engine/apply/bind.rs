//! This module writes the ledger entries that bind the register as a whole: charges of the budgets, spent releases, the
//! facts in files, what a register elsewhere is asked for, and a digest of each part of the rest. A pass without changes
//! writes none of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use portvakt_core::decide::Decided;
use portvakt_core::model::{Digest, Facts, PersonId, TrustId};
use portvakt_database::{Connection, OptionalRow as _};
use serde_json::{Value, json};

use super::ApplyError;
use crate::ledger::person_key::Keys;
use crate::ledger::{EntryKind, Tail};
use crate::memory;
use crate::memory::MemoryError;
use crate::memory::bound::{Charge, bytes_digest, file_digest};

/// The largest number of files, or of intents, in one entry.
const TOGETHER: usize = 500;

/// The digests of the parts before a transaction changes them.
pub(super) struct Before(BTreeMap<String, Digest>);

impl Before {
    pub fn of(conn: &Connection) -> Result<Self, MemoryError> {
        Ok(Self(memory::parts(conn)?))
    }

    /// Binds the parts after the change. A part that was not as bound before is not bound again: its difference stays visible
    /// until two people accept the state again. The others are, so that nobody is told that somebody else changed what this
    /// program has written.
    pub fn bind(self, conn: &Connection, tail: &mut Tail<'_>, at: Timestamp) -> Result<(), ApplyError> {
        let now = memory::parts(conn)?;
        if now == self.0 {
            return Ok(());
        }
        let last: Option<String> = conn
            .prepare_cached("SELECT body FROM ledger WHERE kind = ?1 ORDER BY seq DESC LIMIT 1")?
            .query_row([EntryKind::Remembered.as_str()], |row| row.get(0))
            .optional()?;
        let was = |body: String| {
            let body: Value = serde_json::from_str(&body).ok()?;
            serde_json::from_value::<BTreeMap<String, Digest>>(body.get("parts")?.clone()).ok()
        };
        // If nothing was bound before, there is nothing to compare with. The first start takes the parts over.
        let Some(bound) = last.and_then(was) else { return Ok(()) };
        if bound == self.0 {
            return bind_parts(conn, tail, at);
        }
        // What differs gets a digest that nothing has. So it stays different, also where this pass has written it as it was.
        let differs = |name: &str| Digest::of(format!("differs until it is accepted: {name}").as_bytes());
        let parts: BTreeMap<String, Digest> = now
            .into_iter()
            .map(|(name, digest)| match bound.get(&name) == self.0.get(&name) {
                true => (name, digest),
                false => (name.clone(), differs(&name)),
            })
            .collect();
        if parts != bound {
            tail.append(at, EntryKind::Remembered, &json!({ "parts": parts }))?;
        }
        Ok(())
    }
}

/// Binds the parts as they are now.
pub(super) fn bind_parts(conn: &Connection, tail: &mut Tail<'_>, at: Timestamp) -> Result<(), ApplyError> {
    memory::salt_parts(conn)?;
    tail.append(at, EntryKind::Remembered, &json!({ "parts": memory::parts(conn)? }))?;
    Ok(())
}

/// Binds everything that a register elsewhere was asked for and that is not over, as it is now.
pub(super) fn all_asked(conn: &Connection, tail: &mut Tail<'_>, at: Timestamp) -> Result<(), ApplyError> {
    // An entry is written also where nothing is open: from there on the ledger says what is.
    tail.append(at, EntryKind::Asked, &json!({}))?;
    open(tail, at, memory::asked(conn)?)
}

fn open(tail: &mut Tail<'_>, at: Timestamp, open: memory::Open) -> Result<(), ApplyError> {
    let open: Vec<(String, Digest)> = open.into_iter().collect();
    for open in open.chunks(TOGETHER) {
        let open: BTreeMap<&String, &Digest> = open.iter().map(|(name, digest)| (name, digest)).collect();
        tail.append(at, EntryKind::Asked, &json!({ "open": open }))?;
    }
    Ok(())
}

/// What one transaction begins, and what it ends, of what a register elsewhere is asked for and of what is owed in
/// Rapporteket.
#[derive(Debug, Default)]
pub(super) struct Asked {
    open: BTreeSet<String>,
    over: BTreeSet<String>,
}

impl Asked {
    pub fn begins(&mut self, name: String) {
        self.open.insert(name);
    }

    pub fn is_over(&mut self, name: String) {
        self.over.insert(name);
    }

    /// Records it, after the last change of the transaction. Rows that this transaction has not written are left out.
    pub fn record(&self, conn: &Connection, at: Timestamp) -> Result<(), ApplyError> {
        if self.open.is_empty() && self.over.is_empty() {
            return Ok(());
        }
        let mut tail = Tail::of(conn)?;
        if !self.over.is_empty() {
            tail.append(at, EntryKind::Asked, &json!({ "over": self.over }))?;
        }
        let mut begun = if self.open.is_empty() { memory::Open::new() } else { memory::asked(conn)? };
        begun.retain(|name, _| self.open.contains(name));
        open(&mut tail, at, begun)
    }
}

/// A file that is accepted, or `None` for a file that is gone.
pub(super) type SaidByFile<'a> = (&'a PersonId, &'a TrustId, Option<(&'a Facts, &'a Digest)>);

/// Records the facts of files, several files in each entry.
pub(super) fn files(
    tail: &mut Tail<'_>,
    keys: &Keys<'_>,
    at: Timestamp,
    files: &[SaidByFile<'_>],
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
        tail.append(at, EntryKind::Files, &keys.bound(json!({ "files": said })))?;
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
    let said: Vec<SaidByFile<'_>> =
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
    tail.append(decided.clock.moment, EntryKind::Charged, &json!(charge))?;
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
        tail.append(at, EntryKind::ReleaseSpent, &json!({ "digest": digest }))?;
    }
    Ok(())
}
