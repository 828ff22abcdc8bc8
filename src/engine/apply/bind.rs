//! This module writes the ledger entries that bind the register as a whole: charges of the budgets, spent releases, the
//! facts in files, what a register elsewhere is asked for, and a digest of each part and each slot of the rest. A pass
//! without changes writes none of them.

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
use crate::memory::bound::{Charge, bytes_digest, file_digest};
use crate::memory::{AskedSlots, MemoryError, SlotChanges, SlotDigests};

/// The largest number of files, or of intents, in one entry.
const TOGETHER: usize = 500;

/// The digests of the parts, and of the slots that a transaction changes, before it changes them.
pub(super) struct Before {
    parts: BTreeMap<String, Digest>,
    /// It is `None` in the memory of an older version, whose slots are not bound yet.
    slots: Option<(AskedSlots, SlotDigests)>,
}

impl Before {
    /// Reads the digests. The transaction may change no other slots than these.
    ///
    /// # Errors
    /// When memory or ledger cannot be read or written.
    pub fn of(conn: &Connection, changes: AskedSlots) -> Result<Self, MemoryError> {
        let slots = match memory::slots_named_by(conn)? {
            Some(_) => {
                let digests = memory::slots(conn, &changes)?;
                Some((changes, digests))
            }
            None => None,
        };
        Ok(Self { parts: memory::part_digests(conn)?, slots })
    }

    /// Binds the parts after the change. A part that already differed from its binding is not bound again, so its
    /// difference stays visible until two people accept the state again. All other parts are bound again. Otherwise
    /// changes by this program would look like changes by somebody else.
    ///
    /// For a slot, the entry also has the digest from before the change. If that is not the digest that was bound,
    /// the difference stays visible too.
    ///
    /// # Errors
    /// When memory or ledger cannot be read or written.
    pub fn bind(self, conn: &Connection, tail: &mut Tail<'_>, at: Timestamp) -> Result<(), ApplyError> {
        let now = memory::part_digests(conn)?;
        let slots = self.changed_slots(conn)?;
        if now == self.parts && slots.is_empty() {
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
        // A part that differs gets a digest that no content has. So it stays different, even if this pass has written
        // its old content again.
        let differs = |name: &str| Digest::of(format!("differs until it is accepted: {name}").as_bytes());
        let parts: BTreeMap<String, Digest> = if now == self.parts {
            bound.clone()
        } else if bound == self.parts {
            memory::salt_parts(conn)?;
            memory::part_digests(conn)?
        } else {
            let bind = |(name, digest): (String, Digest)| match bound.get(&name) == self.parts.get(&name) {
                true => (name, digest),
                false => (name.clone(), differs(&name)),
            };
            now.into_iter().map(bind).collect()
        };
        if parts != bound || !slots.is_empty() {
            bind_bodies(tail, at, memory::remembered(&parts, None, &slots))?;
        }
        Ok(())
    }

    /// Returns the slots that have changed, under new salts.
    fn changed_slots(&self, conn: &Connection) -> Result<SlotChanges, MemoryError> {
        let Some((asked, before)) = &self.slots else { return Ok(SlotChanges::new()) };
        let after = memory::slots(conn, asked)?;
        let every = before.keys().chain(after.keys());
        let changed = every.filter(|name| digest_of(before, name) != digest_of(&after, name));
        let changed: BTreeSet<String> = changed.cloned().collect();
        if changed.is_empty() {
            return Ok(SlotChanges::new());
        }
        memory::salt_slots(conn, &changed)?;
        let now = memory::slots(conn, asked)?;
        let change = |name: String| {
            let change = (digest_of(before, &name), digest_of(&now, &name));
            (name, change)
        };
        Ok(changed.into_iter().map(change).collect())
    }
}

fn digest_of(slots: &SlotDigests, name: &str) -> Option<Digest> {
    slots.get(name).copied().flatten()
}

fn bind_bodies(tail: &mut Tail<'_>, at: Timestamp, bodies: Vec<Value>) -> Result<(), ApplyError> {
    for body in bodies {
        tail.append(at, EntryKind::Remembered, &body)?;
    }
    Ok(())
}

/// Binds the parts and every slot as they are now.
pub(super) fn bind_parts(conn: &Connection, tail: &mut Tail<'_>, at: Timestamp) -> Result<(), ApplyError> {
    bind_bodies(tail, at, memory::bind_anew(conn)?)
}

/// Binds every slot as it is now, and the parts as they are given.
pub(super) fn bind_slots(
    conn: &Connection,
    tail: &mut Tail<'_>,
    at: Timestamp,
    parts: &BTreeMap<String, Digest>,
) -> Result<(), ApplyError> {
    bind_bodies(tail, at, memory::bind_slots_anew(conn, parts)?)
}

/// Binds everything that a register elsewhere was asked for and that is not over, as it is now.
pub(super) fn all_asked(conn: &Connection, tail: &mut Tail<'_>, at: Timestamp) -> Result<(), ApplyError> {
    // An entry is written even if nothing is open. From that entry on, the ledger says what is open.
    tail.append(at, EntryKind::Asked, &json!({}))?;
    record_open_requests(tail, at, memory::open_requests(conn)?)
}

fn record_open_requests(
    tail: &mut Tail<'_>,
    at: Timestamp,
    open: memory::OpenWork,
) -> Result<(), ApplyError> {
    let open: Vec<(String, Digest)> = open.into_iter().collect();
    for open in open.chunks(TOGETHER) {
        let open: BTreeMap<&String, &Digest> = open.iter().map(|(name, digest)| (name, digest)).collect();
        tail.append(at, EntryKind::Asked, &json!({ "open": open }))?;
    }
    Ok(())
}

/// The requests to a register elsewhere, and the work owed in Rapporteket, that one transaction begins or ends.
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

    /// Records these, after the last change of the transaction. Only rows that this transaction has written are read.
    ///
    /// # Errors
    /// When memory or ledger cannot be read or written.
    pub fn record(&self, conn: &Connection, at: Timestamp) -> Result<(), ApplyError> {
        if self.open.is_empty() && self.over.is_empty() {
            return Ok(());
        }
        let mut tail = Tail::of(conn)?;
        if !self.over.is_empty() {
            tail.append(at, EntryKind::Asked, &json!({ "over": self.over }))?;
        }
        record_open_requests(&mut tail, at, memory::asked_among(conn, &self.open)?)
    }
}

/// A file that is accepted, or `None` for a file that is gone.
pub(super) type SaidByFile<'a> = (&'a PersonId, &'a TrustId, Option<(&'a Facts, &'a Digest)>);

/// Records the facts of files, several files in each entry.
pub(super) fn record_files(
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
    let rows = memory::accepted_files(conn)?;
    let said: Vec<SaidByFile<'_>> =
        rows.iter().map(|(person, trust, facts, bytes)| (person, trust, Some((facts, bytes)))).collect();
    record_files(tail, keys, at, &said)
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
    tail.append(decided.clock.shown, EntryKind::Charged, &json!(charge))?;
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
