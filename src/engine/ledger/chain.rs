//! This module has the table of the ledger. It has no gaps, and each entry is hashed together with the hash of the
//! entry before it.
//!
//! If an entry is edited, removed, inserted or moved, the chain breaks, and [`verify`] says where. If the last entries
//! are cut off, the chain still holds. Checkpoints find that. The table itself refuses changes and deletions, so nobody
//! breaks it by mistake.

use jiff::Timestamp;
use portvakt_core::decide::{Broken, Flaw};
use portvakt_core::model::Digest;
use portvakt_core::store::StoreError;
use portvakt_database::{Connection, Dialect, OptionalRow as _, Value as Column, in_postgres};
use serde_json::Value;

use super::entry::{BEGINNING, hash};
use super::{EntryKind, LedgerEntry, LedgerError, LedgerHead, Verified, VerifyError, Walk, person_key};

const TABLE: &str = "
CREATE TABLE IF NOT EXISTS ledger (
    seq  INTEGER PRIMARY KEY,
    at   TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    prev BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
";

const TRIGGERS: &str = "
CREATE TRIGGER IF NOT EXISTS ledger_gapless BEFORE INSERT ON ledger
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM ledger) BEGIN
    SELECT RAISE(ABORT, 'the ledger only grows: the next entry has the next number');
END;
CREATE TRIGGER IF NOT EXISTS ledger_unchanged BEFORE UPDATE ON ledger BEGIN
    SELECT RAISE(ABORT, 'the ledger only grows: an entry is never changed');
END;
CREATE TRIGGER IF NOT EXISTS ledger_kept BEFORE DELETE ON ledger BEGIN
    SELECT RAISE(ABORT, 'the ledger only grows: an entry is never deleted');
END;
";

/// Makes the ledger's tables if they do not exist. It is called once after a register was opened for writing.
///
/// # Errors
/// Fails with the error of the database.
pub fn prepare(connection: &Connection) -> Result<(), StoreError> {
    if connection.dialect() == Dialect::Postgres {
        // The owner of the database makes these tables together with all others.
        return Ok(());
    }
    connection.execute_batch(TABLE)?;
    connection.execute_batch(TRIGGERS)?;
    person_key::prepare(connection)
}

/// Returns the ledger's tables for PostgreSQL. The owner of the database makes them and adds what protects them.
#[must_use]
pub fn tables() -> String {
    in_postgres(&format!("{TABLE}{}", person_key::SCHEMA))
}

/// Adds an entry in the caller's transaction: together with the effect it records, or not at all.
///
/// # Errors
/// Fails with the error of the database, or with [`LedgerError::Broken`] if the last entry carries no hash.
pub fn append(
    connection: &Connection,
    at: Timestamp,
    kind: EntryKind,
    body: &Value,
) -> Result<LedgerEntry, LedgerError> {
    Tail::of(connection)?.append(at, kind, body)
}

/// The end of the ledger inside one transaction, where more entries are added. The last entry is looked up only once.
///
/// The numbers give the order of the entries, and their times never go back. If the clock is behind the last entry, a
/// new entry gets the time of the last entry.
///
/// A tail may not be used longer than its transaction or savepoint. If that is rolled back, the tail is no longer
/// correct.
#[derive(Debug)]
pub struct Tail<'c> {
    connection: &'c Connection,
    seq: u64,
    prev: [u8; 32],
    latest: Option<Timestamp>,
}

impl<'c> Tail<'c> {
    /// Looks for the last entry, inside the caller's transaction.
    ///
    /// # Errors
    /// Fails with the error of the database, or with [`LedgerError::Broken`] if the last entry carries no hash.
    pub fn of(connection: &'c Connection) -> Result<Self, LedgerError> {
        Self::find(connection, None)
    }

    /// Does the same for a baseline that leaves a break behind. It accepts any last entry, even one without a hash.
    ///
    /// # Errors
    /// Fails with the error of the database.
    pub fn after_a_break(connection: &'c Connection) -> Result<Self, LedgerError> {
        Self::find(connection, Some(BEGINNING))
    }

    fn find(connection: &'c Connection, instead: Option<[u8; 32]>) -> Result<Self, LedgerError> {
        let mut statement =
            connection.prepare_cached("SELECT seq, hash, at FROM ledger ORDER BY seq DESC LIMIT 1")?;
        let mut rows = statement.query([])?;
        let Some(row) = rows.next()? else {
            return Ok(Self { connection, seq: 0, prev: BEGINNING, latest: None });
        };
        let seq = row.get::<i64>(0)?.max(0).cast_unsigned();
        let hash = row.bytes(1).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let prev = hash.or(instead).ok_or(Broken { seq, what: Flaw::Hash })?;
        // A time that cannot be read sets no limit for the next entry.
        let latest = row.text(2).ok().and_then(|text| text.parse().ok());
        Ok(Self { connection, seq, prev, latest })
    }

    /// Returns the last entry, whose hash covers everything before it. It returns `None` for an empty ledger.
    #[must_use]
    pub fn head(&self) -> Option<LedgerHead> {
        (self.seq > 0).then(|| LedgerHead { seq: self.seq, hash: Digest::from_bytes(self.prev) })
    }

    /// Returns the number of the last entry, or 0 if there is none.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// Fails like [`append`].
    pub fn append(
        &mut self,
        at: Timestamp,
        kind: EntryKind,
        body: &Value,
    ) -> Result<LedgerEntry, LedgerError> {
        let written = self.append_all(at, &[(kind, body)])?;
        let at = self.latest.unwrap_or(at);
        Ok(LedgerEntry { seq: written, at, kind, body: body.clone(), hash: Digest::from_bytes(self.prev) })
    }

    /// Adds these entries in their order, and returns the number of the last one.
    ///
    /// # Errors
    /// Fails like [`append`].
    pub fn append_all(&mut self, at: Timestamp, entries: &[(EntryKind, &Value)]) -> Result<u64, LedgerError> {
        let at = self.latest.map_or(at, |latest| latest.max(at));
        if !entries.is_empty() {
            self.latest = Some(at);
        }
        let when = at.to_string();
        let mut links = Vec::with_capacity(entries.len());
        for (kind, body) in entries {
            let seq = self.seq.checked_add(1);
            let seq = seq.ok_or(Broken { seq: self.seq, what: Flaw::Number })?;
            let text = canonical(body);
            let hash = hash(seq, when.as_bytes(), kind.as_str().as_bytes(), text.as_bytes(), &self.prev);
            links.push((seq, *kind, text, self.prev, hash));
            (self.seq, self.prev) = (seq, *hash.as_bytes());
        }
        let rows: Vec<_> = links
            .iter()
            .map(|(seq, kind, text, prev, hash)| {
                [
                    Column::Integer(seq.cast_signed()),
                    Column::Text(&when),
                    Column::Text(kind.as_str()),
                    Column::Text(text),
                    Column::Bytes(prev),
                    Column::Bytes(hash.as_bytes()),
                ]
            })
            .collect();
        self.connection.execute_each(
            "INSERT INTO ledger (seq, at, kind, body, prev, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &rows,
        )?;
        Ok(self.seq)
    }
}

/// Returns the last entry, or `None` for an empty ledger.
///
/// # Errors
/// Fails with the error of the database, or with [`LedgerError::Broken`] if the last entry carries no hash.
pub fn head(connection: &Connection) -> Result<Option<LedgerHead>, LedgerError> {
    hash_at(connection, "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT ?1", 1)
}

/// Returns whether the ledger has this entry.
///
/// # Errors
/// Fails with the error of the database, or with [`LedgerError::Broken`] if the entry carries no hash.
pub fn holds(connection: &Connection, entry: LedgerHead) -> Result<bool, LedgerError> {
    Ok(entry_hash(connection, entry.seq)? == Some(entry.hash))
}

/// Returns the hash of one entry, or `None` if there is no such entry.
///
/// # Errors
/// Fails with the error of the database, or with [`LedgerError::Broken`] if the entry carries no hash.
pub(super) fn entry_hash(connection: &Connection, seq: u64) -> Result<Option<Digest>, LedgerError> {
    let found = hash_at(connection, "SELECT seq, hash FROM ledger WHERE seq = ?1", seq)?;
    Ok(found.map(|head| head.hash))
}

fn hash_at(connection: &Connection, sql: &str, parameter: u64) -> Result<Option<LedgerHead>, LedgerError> {
    let found: Option<(i64, Vec<u8>)> = connection
        .prepare_cached(sql)?
        .query_row([parameter.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((seq, hash)) = found else { return Ok(None) };
    let seq = seq.cast_unsigned();
    let hash = <[u8; 32]>::try_from(hash).map_err(|_| Broken { seq, what: Flaw::Hash })?;
    Ok(Some(LedgerHead { seq, hash: Digest::from_bytes(hash) }))
}

/// Reads the whole ledger and computes every hash again.
///
/// # Errors
/// Fails with [`VerifyError::Broken`] for the first entry that was edited, removed, inserted or moved, unless a later
/// baseline names the break. Fails with [`VerifyError::Store`] if the ledger cannot be read.
pub fn verify(connection: &Connection) -> Result<Verified, VerifyError> {
    let mut walk = Walk::default();
    walk.on(connection, |_| {})?;
    Ok(walk.verified())
}

/// Writes JSON with sorted keys and no spaces, so that the same body always has the same bytes.
fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            // serde_json keeps members sorted, unless another crate asks it to keep the order of insertion.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            for (at, (name, member)) in members.into_iter().enumerate() {
                text.push(if at == 0 { '{' } else { ',' });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write_canonical(member, text);
            }
            text.push_str(if value.as_object().is_some_and(serde_json::Map::is_empty) { "{}" } else { "}" });
        }
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}
