//! Reads what a pass has recorded and the loop and the status page need: what is held, and the next day of its own.

use jiff::Timestamp;
use portvakt_core::change::Why;
use portvakt_core::decide::Decided;
use portvakt_core::model::Digest;
use portvakt_database::Connection;

use crate::ledger::LedgerHead;
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
    /// Since when the oldest hold exists. A start that cannot be read is passed over.
    pub oldest: Option<Timestamp>,
    /// The digest of memory that was taken over from an older version, until two people have confirmed that they
    /// have seen it.
    pub adopted: Option<Digest>,
}

/// The people with access and the rights in force, as they were counted after a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CountedRights {
    /// The number of people with access.
    pub(super) people: u64,
    /// The number of rights in force.
    pub(super) rights: u64,
    /// The end of the ledger when they were counted.
    pub(super) at: Option<LedgerHead>,
}

impl CountedRights {
    /// Returns whether they need not be counted again. A pass records in the ledger everything that it gives and
    /// takes. So it has changed nothing if the ledger still has the same end. After a whole pass they are counted in
    /// any case.
    pub(super) fn still_hold(&self, whole: bool, now: Option<LedgerHead>) -> bool {
        !whole && now.is_some() && self.at == now
    }
}

/// Returns what is held, as it was recorded.
pub(super) fn recorded_holds(conn: &Connection) -> Result<RecordedHolds, MemoryError> {
    let held = memory::holds_in_numbers(conn)?;
    let removals = memory::removal_holds(conn)?;
    // A start that cannot be read is passed over. The comparison with the ledger shows such a row.
    let starts = removals.iter().filter_map(|held| held.since.parse::<Timestamp>().ok());
    let oldest: Option<Timestamp> = held.oldest.into_iter().chain(starts).min();
    Ok(RecordedHolds {
        files_and_entries: held.files_and_entries,
        removals: removals
            .into_iter()
            .map(|held| HeldRemovals {
                what: waiting_kind(held.why.as_ref()),
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
fn waiting_kind(why: Option<&Why>) -> WaitingKind {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_counted_again_where_something_was_recorded_or_the_pass_was_whole() {
        let head = |seq: u64| Some(LedgerHead { seq, hash: Digest::of(&seq.to_be_bytes()) });
        let counted = CountedRights { people: 3, rights: 4, at: head(7) };
        assert!(counted.still_hold(false, head(7)));
        assert!(!counted.still_hold(false, head(8)));
        assert!(!counted.still_hold(true, head(7)));
        // Where the end of the ledger is unknown, nothing is known to be as before.
        assert!(!counted.still_hold(false, None));
        assert!(!CountedRights { at: None, ..counted }.still_hold(false, None));
    }

    #[test]
    fn a_start_that_cannot_be_read_is_passed_over() {
        let conn = Connection::open_in_memory().unwrap();
        memory::prepare(&conn).unwrap();
        conn.execute_batch(
            "INSERT INTO file_hold VALUES ('x', 'y', 'z');
             INSERT INTO file_hold VALUES ('w', '', '[]');
             INSERT INTO refusal VALUES ('?', 'a', 1, 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', NULL)",
        )
        .unwrap();
        let set = Digest::of(b"set");
        conn.execute(
            "INSERT INTO removal_hold VALUES (?1, 'y', '{\"people\": [\"kari.testesen\"]}')",
            [set.to_string()],
        )
        .unwrap();
        let held = recorded_holds(&conn).unwrap();
        assert_eq!((held.files_and_entries, held.oldest), (3, None));
        assert_eq!(held.removals, [HeldRemovals { what: WaitingKind::Losses, digest: set, people: 1 }]);
        // The text of the later one of these comes first.
        for (path, since) in [("kari", "2026-03-02T11:00:00.5Z"), ("ola", "2026-03-02T11:00:00Z")] {
            conn.execute("INSERT INTO file_hold VALUES (?1, ?2, '[]')", [path, since]).unwrap();
        }
        let held = recorded_holds(&conn).unwrap();
        assert_eq!((held.files_and_entries, held.oldest), (5, Some("2026-03-02T11:00:00Z".parse().unwrap())));
    }
}
