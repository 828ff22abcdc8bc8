//! This module reads the ledger one page at a time, because the ledger may be larger than the main memory.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;
use portvakt_core::decide::{Broken, Flaw};
use portvakt_core::model::Digest;
use portvakt_database::{Connection, Row};
use serde_json::Value;

use super::{EntryKind, LedgerEntry, LedgerError};

const PAGE: i64 = 512;

/// The size of a page at the end of the ledger. Most passes look at nothing beyond one.
const FEW: i64 = 64;

/// A filter for entries. The default filter wants all entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only entries of these kinds are wanted. An empty set wants all kinds.
    pub kinds: BTreeSet<EntryKind>,
    /// Only entries that contain exactly this text as a value are wanted, for example an account id, a person key or a
    /// request.
    pub naming: Option<String>,
    /// Only entries written at or after this moment are wanted.
    pub since: Option<Timestamp>,
    /// Only entries written before this moment are wanted.
    pub before: Option<Timestamp>,
}

impl Filter {
    fn wants(&self, entry: &LedgerEntry) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&entry.kind))
            && self.naming.as_ref().is_none_or(|text| mentions(&entry.body, text))
            && self.since.is_none_or(|since| since <= entry.at)
            && self.before.is_none_or(|before| entry.at < before)
    }
}

fn mentions(value: &Value, text: &str) -> bool {
    match value {
        Value::String(string) => string == text,
        Value::Array(items) => items.iter().any(|item| mentions(item, text)),
        Value::Object(members) => members.values().any(|member| mentions(member, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Returns the entries that the filter wants, in order, starting at number `from` (the first is 1). It does not check
/// the chain: use [`super::verify`] for that.
#[must_use]
pub fn entries(connection: &Connection, from: u64, filter: Filter) -> Entries<'_> {
    Entries { connection, next: from, filter, page: VecDeque::new(), end: false }
}

/// Returns the entries that were written at or after this moment, the newest first. It reads from the end, because the
/// times of entries never fall. It does not check the chain.
///
/// # Errors
/// Fails with the error of the database, or with [`LedgerError::Broken`] if an entry cannot be read.
pub fn back_to(connection: &Connection, since: Timestamp) -> Result<Vec<LedgerEntry>, LedgerError> {
    let (mut found, mut before) = (Vec::new(), i64::MAX);
    loop {
        let mut statement = connection.prepare_cached(
            "SELECT seq, at, kind, body, hash FROM ledger WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2",
        )?;
        let mut rows = statement.query([before, FEW])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let entry = entry_of(&row)?;
            if entry.at < since {
                return Ok(found);
            }
            (read, before) = (read + 1, entry.seq.cast_signed());
            found.push(entry);
        }
        if read < FEW {
            return Ok(found);
        }
    }
}

/// An iterator over entries of the ledger, in order. It ends after the first error.
#[derive(Debug)]
pub struct Entries<'c> {
    connection: &'c Connection,
    next: u64,
    filter: Filter,
    page: VecDeque<LedgerEntry>,
    end: bool,
}

impl Entries<'_> {
    fn read_page(&mut self) -> Result<(), LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT seq, at, kind, body, hash FROM ledger WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
        )?;
        let from = i64::try_from(self.next).unwrap_or(i64::MAX);
        let mut rows = statement.query([from, PAGE])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let entry = entry_of(&row)?;
            read += 1;
            self.next = entry.seq + 1;
            if self.filter.wants(&entry) {
                self.page.push_back(entry);
            }
        }
        self.end = read < PAGE;
        Ok(())
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<LedgerEntry, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.page.is_empty() && !self.end {
            if let Err(error) = self.read_page() {
                self.end = true;
                self.page.clear();
                return Some(Err(error));
            }
        }
        self.page.pop_front().map(Ok)
    }
}

fn entry_of(row: &Row<'_>) -> Result<LedgerEntry, LedgerError> {
    let seq = row.get::<i64>(0)?.cast_unsigned();
    let broken = |what| Broken { seq, what };
    let at = row.text(1).map_err(|_| broken(Flaw::TimeText))?;
    let kind = row.text(2).map_err(|_| broken(Flaw::KindText))?;
    let body = row.text(3).map_err(|_| broken(Flaw::ContentText))?;
    let hash = row.bytes(4).map_err(|_| broken(Flaw::Hash))?;
    Ok(LedgerEntry {
        seq,
        at: at.parse().map_err(|_| broken(Flaw::Time))?,
        kind: EntryKind::parse(kind).map_err(|_| broken(Flaw::Kind))?,
        body: serde_json::from_str(body).map_err(|_| broken(Flaw::Content))?,
        hash: Digest::from_bytes(hash.try_into().map_err(|_| broken(Flaw::Hash))?),
    })
}
