//! The one place that knows the days on which something is due although nobody has changed a file. It says who is due
//! on a day, and for which day the daemon wakes next. A new kind of such a day is one more row of [`KINDS`], or one
//! more question to the register in [`Days::due`] and [`Days::next`].

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::model::{PersonId, Register};
use portvakt_core::zone::{UnknownTimeZone, time_zone};
use portvakt_database::{Connection, Row};

use super::MemoryError;
use super::rows::damaged;

/// A kind of day that accepted accesses have. Each question uses an index of its own. With `DISTINCT`, SQLite would read
/// the whole table in its own order.
struct Kind {
    /// The people for whom such a day is reached by `?1`, and the store has not been told.
    due: &'static str,
    /// The next such day, from `?1` on.
    next: &'static str,
    /// Whether the day is the last one, so that something is due on the day after it.
    is_last: bool,
}

const KINDS: [Kind; 2] = [
    Kind {
        due: "SELECT person FROM standing WHERE ended IS NULL AND until_day IS NOT NULL AND until_day < ?1",
        next: "SELECT min(until_day) FROM standing
               WHERE ended IS NULL AND until_day IS NOT NULL AND until_day >= ?1",
        is_last: true,
    },
    Kind {
        due: "SELECT person FROM standing WHERE given IS NULL AND ended IS NULL AND from_day <= ?1",
        next: "SELECT min(from_day) FROM standing WHERE given IS NULL AND ended IS NULL AND from_day > ?1",
        is_last: false,
    },
];

/// What is due on any day: a removal that passed the guard, or a replaced right, that the store has not been told of.
const ANY_DAY: [&str; 2] = [
    "SELECT person FROM standing WHERE cleared IS NOT NULL AND ended IS NULL AND CAST(?1 AS TEXT) IS NOT NULL",
    "SELECT person FROM standing WHERE replaced IS NOT NULL AND ended IS NULL AND CAST(?1 AS TEXT) IS NOT NULL",
];

fn who_is_due() -> impl Iterator<Item = &'static str> {
    KINDS.map(|kind| kind.due).into_iter().chain(ANY_DAY)
}

/// The days by which something is due, as a pass sees them: by this register, and after this day.
#[derive(Debug, Clone, Copy)]
pub struct Days<'r> {
    /// The register in force.
    pub register: &'r Register,
    /// The day by which accepted accesses begin and end.
    pub ends: Date,
}

impl Days<'_> {
    /// Returns the people for whom something is due: an accepted end has passed, an accepted start has been reached, or
    /// the store has not yet been told of a removal that passed the guard or of a replaced right.
    ///
    /// # Errors
    /// When the memory cannot be read or is damaged.
    pub fn due(&self, conn: &Connection) -> Result<BTreeSet<PersonId>, MemoryError> {
        let mut due = BTreeSet::new();
        for question in who_is_due() {
            let mut statement = conn.prepare_cached(question)?;
            let mut rows = statement.query([self.ends.to_string()])?;
            while let Some(row) = rows.next()? {
                due.insert(person_of_row(&row)?);
            }
        }
        Ok(due)
    }

    /// Returns the next day on which an accepted access begins or is over.
    ///
    /// # Errors
    /// When the memory cannot be read or is damaged.
    pub fn next(&self, conn: &Connection) -> Result<Option<Date>, MemoryError> {
        let mut next: Option<Date> = None;
        for Kind { next: question, is_last, .. } in KINDS {
            let day: Option<String> =
                conn.prepare_cached(question)?.query_row([self.ends.to_string()], |row| row.get(0))?;
            let Some(day) = day else { continue };
            let day: Date = day.parse().map_err(|why| damaged("a day", why))?;
            // Access until the last possible date never ends.
            let day = if is_last { day.tomorrow().ok() } else { Some(day) };
            next = next.into_iter().chain(day).min();
        }
        Ok(next)
    }

    /// Returns the moment at which a day begins, by the register's time zone and the one it had before. If the time zone
    /// was changed, the day begins at the later of the two midnights.
    ///
    /// # Errors
    /// When a time zone is not known.
    pub fn begins(&self, day: Date, before: Option<&str>) -> Result<Timestamp, UnknownTimeZone> {
        let here = midnight(day, &self.register.time_zone)?;
        let there = before.map_or(Ok(here), |zone| midnight(day, zone))?;
        Ok(here.max(there))
    }
}

fn midnight(day: Date, zone: &str) -> Result<Timestamp, UnknownTimeZone> {
    let begins = time_zone(zone)?.to_timestamp(day.at(0, 0, 0, 0));
    begins.map_err(|_| UnknownTimeZone(zone.to_owned()))
}

fn person_of_row(row: &Row<'_>) -> Result<PersonId, MemoryError> {
    let text: String = row.get(0)?;
    PersonId::new(&text).map_err(|why| damaged("person", why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_due_is_found_without_reading_everybody() {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        for question in who_is_due() {
            let mut plan = conn.prepare_cached(&format!("EXPLAIN QUERY PLAN {question}")).unwrap();
            let steps: Vec<String> = plan.query_all(["2026-10-05"], |row| row.get(3)).unwrap();
            assert!(steps.iter().all(|step| step.contains("USING INDEX standing_")), "{question}: {steps:?}");
        }
    }
}
