//! This module keeps the sets of removals that wait for a release.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::change::Why;
use portvakt_core::model::{Digest, FilePath, PersonId, TrustId};
use portvakt_database::{Connection, params};
use serde::Deserialize;

use crate::memory::MemoryError;
use crate::memory::rows::{damaged, has_row, json, readable_row, to_json};

/// Removals that wait for a release.
#[derive(Debug, Clone)]
pub struct RemovalHold {
    /// The digest that a release has to name.
    pub digest: Digest,
    /// The start of the hold, in RFC 3339.
    pub since: String,
    /// The reason why they wait. It is `None` if this version does not know the reason that was recorded.
    pub why: Option<Why>,
    /// A description of the held removals.
    pub summary: serde_json::Value,
}

impl RemovalHold {
    /// Returns the file that caused this hold. It returns `None` if a budget caused it.
    #[must_use]
    pub fn file(&self) -> Option<FilePath> {
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        self.summary.get("of_a_file")?.as_bool().filter(|of_a_file| *of_a_file)?;
        let trust = TrustId::new(&text(self.summary.get("trust")?)?).ok()?;
        let person = PersonId::new(&text(self.summary.get("people")?.get(0)?)?).ok()?;
        Some(FilePath::of_person(&trust, &person))
    }
}

/// Returns the removals that wait because they are over budget or because of a file.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn removal_holds(conn: &Connection) -> Result<Vec<RemovalHold>, MemoryError> {
    let mut statement =
        conn.prepare_cached("SELECT digest, since, summary FROM removal_hold ORDER BY since, digest")?;
    let mut rows = statement.query([])?;
    let mut holds = Vec::new();
    while let Some(row) = rows.next()? {
        let read = || {
            let (digest, since, summary): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let digest = Digest::parse(&digest).map_err(|why| damaged("removal_hold", why))?;
            let summary = json(&summary, "removal_hold")?;
            Ok(RemovalHold { digest, since, why: recorded_reason(&summary), summary })
        };
        holds.extend(readable_row(read())?);
    }
    Ok(holds)
}

/// Returns the reason that was recorded with a hold.
fn recorded_reason(summary: &serde_json::Value) -> Option<Why> {
    match summary.get("why") {
        Some(why) => Why::deserialize(why).ok(),
        // An earlier version recorded no reason. The budget was the only reason that it knew.
        None => Some(Why::Budget),
    }
}

/// Returns whether any set of removals waits for a release. One row is read.
///
/// # Errors
/// When the memory cannot be read.
pub fn removals_wait(conn: &Connection) -> Result<bool, MemoryError> {
    has_row(conn, "SELECT digest FROM removal_hold")
}

/// Replaces all removal holds with these. A hold that is already there keeps its start. It returns the holds that were not
/// there.
///
/// A row that cannot be read is taken out too. It would otherwise stay for ever, because nothing names it. A hold whose row
/// is damaged is written anew.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn set_removal_holds(
    conn: &Connection,
    since: &str,
    holds: &BTreeMap<Digest, serde_json::Value>,
) -> Result<BTreeSet<Digest>, MemoryError> {
    let known: BTreeMap<Digest, RemovalHold> =
        removal_holds(conn)?.into_iter().map(|hold| (hold.digest, hold)).collect();
    let rows: i64 = conn.query_row("SELECT count(*) FROM removal_hold", [], |row| row.get(0))?;
    let stay = known.keys().filter(|digest| holds.contains_key(*digest)).count();
    if usize::try_from(rows) != Ok(stay) {
        // Some row has to go, and it may have no digest by which it could be named.
        conn.prepare_cached("DELETE FROM removal_hold")?.execute([])?;
    }
    for (digest, summary) in holds {
        let (since, summary) =
            known.get(digest).map_or((since, summary), |hold| (hold.since.as_str(), &hold.summary));
        conn.prepare_cached(
            "INSERT INTO removal_hold (digest, since, summary) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![digest.to_string(), since, to_json(summary)?])?;
    }
    Ok(holds.keys().filter(|digest| !known.contains_key(*digest)).copied().collect())
}
