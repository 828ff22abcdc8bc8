//! Reads what a pass has recorded and the loop and the status page need: what is held, and the next day of its own.

use jiff::Timestamp;
use portvakt_core::change::Why;
use portvakt_core::decide::Decided;
use portvakt_core::model::Digest;
use portvakt_database::Connection;

use crate::memory::{self, Days, MemoryError};
use crate::pass::PassError;
use crate::reconcile::error::EngineError;
use crate::reconcile::status::{HeldRemovals, WaitingKind};

/// The holds, as they are recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordedHolds {
    /// The number of files and entries that are held.
    pub files_and_entries: u64,
    /// The sets that wait for a release.
    pub removals: Vec<HeldRemovals>,
    /// Since when the oldest hold exists.
    pub oldest: Option<Timestamp>,
    /// The digest of memory that was taken over from an older version, until two people have confirmed that they
    /// have seen it.
    pub adopted: Option<Digest>,
}

/// Returns what is held, as it was recorded.
pub(super) fn held(conn: &Connection) -> Result<RecordedHolds, MemoryError> {
    let (files, entries) = (memory::file_holds(conn)?, memory::refusals(conn)?);
    let removals = memory::removal_holds(conn)?;
    let since = files
        .values()
        .map(|held| &held.since)
        .chain(entries.values().map(|held| &held.since))
        .chain(removals.iter().map(|held| &held.since));
    let mut oldest = None;
    for text in since {
        let at: Timestamp = text
            .parse()
            .map_err(|why| MemoryError::Damaged(format!("since when something is held: {why}")))?;
        oldest = Some(oldest.map_or(at, |known: Timestamp| known.min(at)));
    }
    Ok(RecordedHolds {
        files_and_entries: (files.len() + entries.len()) as u64,
        removals: removals
            .into_iter()
            .map(|held| HeldRemovals {
                what: waiting(held.why.as_ref()),
                digest: held.digest,
                people: held
                    .summary
                    .get("people")
                    .and_then(serde_json::Value::as_array)
                    .map_or(0, |people| people.len() as u64),
            })
            .collect(),
        oldest,
        adopted: None,
    })
}

/// Returns the kind of a waiting set, as it was recorded.
fn waiting(why: Option<&Why>) -> WaitingKind {
    match why {
        Some(Why::Additions) => WaitingKind::Gains,
        Some(Why::Budget) => WaitingKind::Losses,
        Some(_) | None => WaitingKind::Missing,
    }
}

/// Returns the start of the register's next day on which something accepted begins or is over.
pub(super) fn midnight(conn: &Connection, decided: &Decided) -> Result<Option<Timestamp>, EngineError> {
    // If the clock is ahead and has reached a day, that day is not returned again. It waits for somebody to confirm
    // it.
    let days = Days { register: &decided.rules.register, ends: decided.clock.ends };
    let Some(day) = days.next(conn)? else { return Ok(None) };
    let trusted = memory::trusted(conn, &days.register.time_zone)?;
    let begins = days.begins(day, trusted.as_ref().map(|trusted| trusted.zone.as_str()));
    Ok(Some(begins.map_err(PassError::from)?))
}
