//! The times that two people have taken back with an earlier date. The ledger's times never fall, so the entries after such a
//! date carry the end of the time that was taken back, until the clock has come there. What happened on which of these days
//! cannot be told from them.

use jiff::Timestamp;
use portvakt_database::Connection;
use serde_json::Value;

use crate::ledger::{EntryKind, Filter, LedgerError, entries};

/// A time that was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeTakenBack {
    /// The moment that was confirmed. Entries after it carry a later one.
    pub from: Timestamp,
    /// The time that the entries after it carry.
    pub to: Timestamp,
    /// Tells whether one of these entries gives or takes something.
    pub has_changes: bool,
}

/// Returns the times that were taken back, in the order of the ledger.
///
/// # Errors
/// When the ledger cannot be read.
pub fn times_taken_back(conn: &Connection) -> Result<Vec<TimeTakenBack>, LedgerError> {
    let kinds = [EntryKind::ClockConfirmed, EntryKind::Accepted, EntryKind::Step].into();
    let mut found: Vec<TimeTakenBack> = Vec::new();
    for entry in entries(conn, 1, Filter { kinds, ..Filter::default() }) {
        let entry = entry?;
        if entry.kind == EntryKind::ClockConfirmed {
            let said = entry.body.get("instant").and_then(Value::as_str);
            let confirmed: Option<Timestamp> = said.and_then(|text| text.parse().ok());
            let earlier = confirmed.filter(|from| *from < entry.at);
            found.extend(earlier.map(|from| TimeTakenBack { from, to: entry.at, has_changes: false }));
        } else {
            let meant = found.iter_mut().filter(|time| entry.at <= time.to);
            meant.for_each(|time| time.has_changes = true);
        }
    }
    Ok(found)
}
