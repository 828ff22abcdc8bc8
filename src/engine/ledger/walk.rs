//! Walks along the ledger, entry by entry, and computes every hash again: all of it, or from where an earlier walk ended.
//!
//! A chain that does not hold is wrong from there on, with one way out: a baseline that two national administrators
//! accepted and that names the break, with a digest of everything after it as it was found. From that entry on the
//! chain is walked as before; what stands between may not change any more either.

use jiff::Timestamp;
use portvakt_core::decide::Broken;
use portvakt_core::model::{Digest, Hasher};
use portvakt_database::{Connection, Row, Value as Column};
use serde::{Deserialize, Serialize};

use super::chain::{BEGINNING, hash};
use super::{Head, Kind, Verified, VerifyError};

/// Entries read at a time.
const PAGE: i64 = 4096;

/// What a baseline says of a break that it leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// The first entry that is wrong.
    pub seq: u64,
    /// Everything from there on, as it was found.
    #[serde(rename = "as-found")]
    pub as_found: Digest,
}

/// An entry whose place in the chain has been shown.
#[derive(Debug, Clone, Copy)]
pub struct Link<'r> {
    /// Its number.
    pub seq: u64,
    /// Its time, as it is written.
    pub at: &'r str,
    /// Its kind, as it is written.
    pub kind: &'r str,
    /// What it says.
    pub body: &'r str,
}

/// How far the chain has been shown to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk {
    entries: u64,
    head: Option<Head>,
    /// The latest time that any entry carries.
    latest: Option<Timestamp>,
    fell: Option<u64>,
    left_behind: Vec<u64>,
}

/// The rest of a ledger after a break.
struct Lost {
    broken: Broken,
    found: Hasher,
}

#[derive(Deserialize)]
struct Names {
    #[serde(rename = "break")]
    named: Option<Break>,
}

impl Walk {
    /// The last entry that was walked.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        self.head
    }

    /// The latest time that any entry carries.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// What was found so far.
    #[must_use]
    pub fn verified(&self) -> Verified {
        Verified {
            entries: self.entries,
            head: self.head,
            fell: self.fell,
            left_behind: self.left_behind.clone(),
        }
    }

    /// Goes on to the end; `each` is told of every entry whose place is shown, in order.
    ///
    /// # Errors
    /// [`VerifyError::Broken`] with the first entry that was edited, removed, put in between or moved, unless a later
    /// baseline names it; [`VerifyError::Store`] when the ledger cannot be read. After an error a walk begins anew.
    pub fn on(&mut self, connection: &Connection, mut each: impl FnMut(Link<'_>)) -> Result<(), VerifyError> {
        let mut lost: Option<Lost> = None;
        // Numbers below 1 are none the ledger gives: a walk from the beginning sees them too.
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
                            lost = Some(Lost { broken, found });
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
        let link = follows(row, seq, &prev)?;
        self.take(link, row)?;
        Ok(link)
    }

    /// A baseline that names this break, itself unchanged.
    fn resumes<'r>(&mut self, row: &Row<'r>, lost: &Lost) -> Option<Link<'r>> {
        if row.text(2).ok()? != Kind::BaselineAgain.as_str() {
            return None;
        }
        let names: Names = serde_json::from_str(row.text(3).ok()?).ok()?;
        let named = Break { seq: lost.broken.seq, as_found: lost.found.clone().finish() };
        if names.named? != named {
            return None;
        }
        let prev = <[u8; 32]>::try_from(row.bytes(4).ok()?).ok()?;
        let link = follows(row, row.get(0).ok()?, &prev).ok()?;
        self.take(link, row).ok()?;
        Some(link)
    }

    fn take(&mut self, link: Link<'_>, row: &Row<'_>) -> Result<(), VerifyError> {
        let hash = row.bytes(5).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let hash = hash.ok_or(Broken { seq: link.seq, what: "it carries no hash" })?;
        self.entries += 1;
        self.head = Some(Head { seq: link.seq, hash: Digest::from_bytes(hash) });
        // Versions before this one wrote the clock's time as it was, backwards too.
        if let Some(at) = row.text(1).ok().and_then(|text| text.parse::<Timestamp>().ok()) {
            if self.latest.is_some_and(|latest| at < latest) {
                self.fell.get_or_insert(link.seq);
            }
            self.latest = self.latest.max(Some(at));
        }
        Ok(())
    }
}

fn follows<'r>(row: &Row<'r>, seq: u64, prev: &[u8; 32]) -> Result<Link<'r>, VerifyError> {
    let broken = |what| VerifyError::from(Broken { seq, what });
    if row.value(0)? != Column::Integer(seq.cast_signed()) {
        return Err(broken("it is missing, another one stands in its place"));
    }
    let text = |column| match row.value(column) {
        Ok(Column::Text(text)) => Ok(text),
        _ => Err(broken("its content is not text")),
    };
    let (at, kind, body) = (text(1)?, text(2)?, text(3)?);
    if row.value(4)? != Column::Bytes(prev) {
        return Err(broken("it does not follow on the entry before it"));
    }
    let hash = hash(seq, at.as_bytes(), kind.as_bytes(), body.as_bytes(), prev);
    if row.value(5)? != Column::Bytes(hash.as_bytes()) {
        return Err(broken("its content is not what was written"));
    }
    Ok(Link { seq, at, kind, body })
}

const AS_FOUND: &str = "portvakt ledger after a break 1";

/// A row as it stands, whatever stands in it.
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

/// What a baseline says of a break: everything from there on, as it is found.
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
