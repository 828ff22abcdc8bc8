//! When an operator confirms the date after a time without a trusted clock, this module decides from when things count.
//!
//! Nobody watched the clock in that time, and passes in it were recorded at its beginning. So that time does not count
//! for a file that keeps somebody's access for seven days. Budget charges made in that time count from its end. If an
//! earlier date is confirmed, nothing counts as begun after that date.

use jiff::{Timestamp, ToSpan};
use portvakt_core::decide::BELIEVED_AHEAD;
use portvakt_database::{Connection, params};

use super::MemoryError;
use super::rows::readable_row;
use super::waits::{added_at, missed_files, moved, seen_astray, set_astray, set_missing, set_moved};

/// A time in which the clock was not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unwatched {
    /// The last moment at which the clock was trusted before.
    from: Timestamp,
    /// The confirmed moment. It is later, or earlier if the clock had been trusted wrongly.
    to: Timestamp,
}

impl Unwatched {
    /// Returns the time between the last trusted moment and the confirmed moment. It returns `None` if the clock was
    /// trusted anyway.
    #[must_use]
    pub fn between(from: Timestamp, to: Timestamp) -> Option<Self> {
        let believed =
            from.checked_add(BELIEVED_AHEAD.hours()).is_ok_and(|latest| from <= to && to <= latest);
        (!believed).then_some(Self { from, to })
    }

    /// Moves the start of something that lasts, so that the time without a trusted clock does not count.
    fn lasts_from(self, since: Timestamp) -> Timestamp {
        let unseen = self.to.duration_since(self.from);
        if unseen.is_negative() {
            return since.min(self.to);
        }
        since.checked_add(unseen).unwrap_or(self.to).min(self.to)
    }

    /// Returns the moment from which a single event counts. An event that was recorded after the last trusted moment
    /// may have happened at any moment until the end of that time.
    pub(in crate::memory) fn happened_at(self, at: Timestamp) -> Timestamp {
        if at > self.from.min(self.to) { self.to } else { at }
    }

    /// Applies this to everything that is remembered. A value that cannot be read stays unchanged, and the next pass
    /// reports it.
    ///
    /// # Errors
    /// When the memory cannot be written.
    pub fn pass_over(self, conn: &Connection) -> Result<(), MemoryError> {
        if let Some(mut paths) = readable_row(seen_astray(conn))? {
            paths.values_mut().for_each(|since| *since = self.lasts_from(*since));
            set_astray(conn, &paths)?;
        }
        if let Some(mut files) = readable_row(missed_files(conn))? {
            files.values_mut().for_each(|since| *since = self.lasts_from(*since));
            set_missing(conn, &files)?;
        }
        if let Some(mut people) = readable_row(moved(conn))? {
            people.values_mut().for_each(|to| to.since = self.lasts_from(to.since));
            set_moved(conn, &people)?;
        }
        readable_row(added_at(conn, |at| self.happened_at(at)))?;
        self.charges(conn)
    }

    fn charges(self, conn: &Connection) -> Result<(), MemoryError> {
        let mut statement = conn.prepare_cached("SELECT DISTINCT at FROM budget")?;
        let mut rows = statement.query([])?;
        let mut known: Vec<String> = Vec::new();
        while let Some(row) = rows.next()? {
            known.push(row.get(0)?);
        }
        drop(rows);
        for text in known {
            let Ok(at) = text.parse::<Timestamp>() else { continue };
            let counts_from = self.happened_at(at);
            if counts_from != at {
                conn.prepare_cached("UPDATE budget SET at = ?2 WHERE at = ?1")?
                    .execute(params![text, counts_from.to_string()])?;
            }
        }
        Ok(())
    }
}
