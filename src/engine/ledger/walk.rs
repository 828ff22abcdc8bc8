//! This module walks along the ledger and computes every hash again, from the beginning or from where an earlier walk
//! ended.
//!
//! After a break, the rest of the chain is wrong. The only way out is a baseline that two national administrators
//! accepted and that names the break, with a digest of everything after the break as it was found. From that entry on
//! the chain is walked as before. The entries between may not change any more either.

use jiff::Timestamp;
use portvakt_core::decide::{Broken, Flaw};
use portvakt_core::model::{Digest, Hasher};
use portvakt_database::{Connection, Row, Value as Column};
use serde::{Deserialize, Serialize};

use super::entry::{BEGINNING, LedgerHead, hash};
use super::{EntryKind, VerifyError};

/// This many entries are read at a time.
const PAGE: i64 = 4096;

/// The description of a break in the baseline that leaves it behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// The number of the first wrong entry.
    pub seq: u64,
    /// The digest of everything from there on, as it was found.
    #[serde(rename = "as-found")]
    pub as_found: Digest,
}

/// An entry whose place in the chain has been checked.
#[derive(Debug, Clone, Copy)]
pub struct Link<'r> {
    /// The number of the entry.
    pub seq: u64,
    /// The time of the entry, as it is written.
    pub at: &'r str,
    /// The kind of the entry, as it is written.
    pub kind: &'r str,
    /// The content of the entry, as JSON.
    pub body: &'r str,
}

/// The result of checking a chain that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The number of entries.
    pub entries: u64,
    /// The last entry. It is `None` for an empty ledger.
    pub head: Option<LedgerHead>,
    /// The first entry with a time before the time of an earlier entry. Older versions wrote such entries when the
    /// clock was set back. The numbers give the order, and the chain holds nevertheless.
    pub fell: Option<u64>,
    /// The breaks that a later baseline names. From that baseline on the chain holds.
    #[serde(rename = "left-behind")]
    pub left_behind: Vec<u64>,
}

/// The state of a walk: how far the chain has been checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk {
    entries: u64,
    head: Option<LedgerHead>,
    /// The latest time in any entry.
    latest: Option<Timestamp>,
    fell: Option<u64>,
    left_behind: Vec<u64>,
}

/// The rest of a ledger after a break.
struct RestAfterBreak {
    broken: Broken,
    found: Hasher,
}

#[derive(Deserialize)]
struct Names {
    #[serde(rename = "break")]
    named: Option<Break>,
}

impl Walk {
    /// Returns the last entry that was walked.
    #[must_use]
    pub fn head(&self) -> Option<LedgerHead> {
        self.head
    }

    /// Returns the latest time in any entry.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// Returns the result so far.
    #[must_use]
    pub fn verified(&self) -> Verified {
        Verified {
            entries: self.entries,
            head: self.head,
            fell: self.fell,
            left_behind: self.left_behind.clone(),
        }
    }

    /// Walks on to the end. It calls `each` for every entry whose place in the chain was checked, in order.
    ///
    /// # Errors
    /// Fails with [`VerifyError::Broken`] for the first entry that was edited, removed, inserted or moved, unless a
    /// later baseline names the break. Fails with [`VerifyError::Store`] if the ledger cannot be read. After an error a
    /// walk starts again.
    pub fn on(&mut self, connection: &Connection, mut each: impl FnMut(Link<'_>)) -> Result<(), VerifyError> {
        let mut lost: Option<RestAfterBreak> = None;
        // The ledger never gives numbers below 1. A walk from the beginning finds such entries too.
        let mut last = self.head.map_or(i64::MIN, |head| head.seq.cast_signed());
        let mut statement = connection.prepare_cached(
            "SELECT seq, at, kind, body, prev, hash FROM ledger WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        loop {
            let mut rows = statement.query([last, PAGE])?;
            let mut read = 0;
            while let Some(row) = rows.next()? {
                read += 1;
                last = row.get(0)?;
                match &mut lost {
                    None => match self.link(&row) {
                        Ok(link) => each(link),
                        Err(VerifyError::Broken(broken)) => {
                            let mut found = Hasher::new(AS_FOUND);
                            as_it_stands(&row, &mut found);
                            lost = Some(RestAfterBreak { broken, found });
                        }
                        Err(other) => return Err(other),
                    },
                    Some(rest) => match self.resumes(&row, rest) {
                        Some(link) => {
                            self.left_behind.push(rest.broken.seq);
                            lost = None;
                            each(link);
                        }
                        None => as_it_stands(&row, &mut rest.found),
                    },
                }
            }
            if read < PAGE {
                break;
            }
        }
        lost.map_or(Ok(()), |lost| Err(lost.broken.into()))
    }

    fn link<'r>(&mut self, row: &Row<'r>) -> Result<Link<'r>, VerifyError> {
        let seq = self.head.map_or(0, |head| head.seq).saturating_add(1);
        let prev = self.head.map_or(BEGINNING, |head| *head.hash.as_bytes());
        let link = next_link(row, seq, &prev)?;
        self.take(link, row)?;
        Ok(link)
    }

    /// Checks whether this row is an unchanged baseline that names this break.
    fn resumes<'r>(&mut self, row: &Row<'r>, lost: &RestAfterBreak) -> Option<Link<'r>> {
        if row.text(2).ok()? != EntryKind::BaselineAgain.as_str() {
            return None;
        }
        let names: Names = serde_json::from_str(row.text(3).ok()?).ok()?;
        let named = Break { seq: lost.broken.seq, as_found: lost.found.clone().finish() };
        if names.named? != named {
            return None;
        }
        let prev = <[u8; 32]>::try_from(row.bytes(4).ok()?).ok()?;
        let link = next_link(row, row.get(0).ok()?, &prev).ok()?;
        self.take(link, row).ok()?;
        Some(link)
    }

    fn take(&mut self, link: Link<'_>, row: &Row<'_>) -> Result<(), VerifyError> {
        let hash = row.bytes(5).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let hash = hash.ok_or(Broken { seq: link.seq, what: Flaw::Hash })?;
        self.entries += 1;
        self.head = Some(LedgerHead { seq: link.seq, hash: Digest::from_bytes(hash) });
        // Earlier versions wrote the time of the clock even when it went back.
        if let Some(at) = row.text(1).ok().and_then(|text| text.parse::<Timestamp>().ok()) {
            if self.latest.is_some_and(|latest| at < latest) {
                self.fell.get_or_insert(link.seq);
            }
            self.latest = self.latest.max(Some(at));
        }
        Ok(())
    }
}

fn next_link<'r>(row: &Row<'r>, seq: u64, prev: &[u8; 32]) -> Result<Link<'r>, VerifyError> {
    let broken = |what| VerifyError::from(Broken { seq, what });
    if row.value(0)? != Column::Integer(seq.cast_signed()) {
        return Err(broken(Flaw::Missing));
    }
    let text = |column| match row.value(column) {
        Ok(Column::Text(text)) => Ok(text),
        _ => Err(broken(Flaw::ContentText)),
    };
    let (at, kind, body) = (text(1)?, text(2)?, text(3)?);
    if row.value(4)? != Column::Bytes(prev) {
        return Err(broken(Flaw::Follows));
    }
    let hash = hash(seq, at.as_bytes(), kind.as_bytes(), body.as_bytes(), prev);
    if row.value(5)? != Column::Bytes(hash.as_bytes()) {
        return Err(broken(Flaw::Changed));
    }
    Ok(Link { seq, at, kind, body })
}

const AS_FOUND: &str = "portvakt ledger after a break 1";

/// Adds a row to a digest as it is, whatever it contains.
fn as_it_stands(row: &Row<'_>, hasher: &mut Hasher) {
    for column in 0..row.columns() {
        match row.value(column) {
            Ok(Column::Null) => hasher.part(b"n").part(b""),
            Ok(Column::Integer(number)) => hasher.part(b"i").part(&number.to_be_bytes()),
            Ok(Column::Real(number)) => hasher.part(b"r").part(&number.to_be_bytes()),
            Ok(Column::Text(text)) => hasher.part(b"t").part(text.as_bytes()),
            Ok(Column::Bytes(bytes)) => hasher.part(b"b").part(bytes),
            Err(_) => hasher.part(b"?").part(b""),
        };
    }
}

/// Returns the description of a break for a baseline: the digest of everything from there on, as it is found.
///
/// # Errors
/// When the ledger cannot be read.
pub fn as_found(connection: &Connection, broken: &Broken) -> Result<Break, portvakt_core::store::StoreError> {
    let mut found = Hasher::new(AS_FOUND);
    let good = if broken.seq > 1 { broken.seq.cast_signed() - 1 } else { i64::MIN };
    let mut statement = connection
        .prepare_cached("SELECT seq, at, kind, body, prev, hash FROM ledger WHERE seq > ?1 ORDER BY seq")?;
    let mut rows = statement.query([good])?;
    while let Some(row) = rows.next()? {
        as_it_stands(&row, &mut found);
    }
    Ok(Break { seq: broken.seq, as_found: found.finish() })
}
