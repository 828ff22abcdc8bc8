//! An intent is a step that an external store was asked to do and that was not yet seen to be done. This module also
//! keeps the names under which accounts are opened there. The program's own tables need neither: there an effect and
//! its record are one transaction.

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::model::PersonId;
use portvakt_core::plan::Step;
use portvakt_core::store::{EarlierAttempt, Opening, OpeningId};
use portvakt_database::{Connection, OptionalRow as _, params};

use super::MemoryError;
use super::rows::{damaged, json, to_json};

/// These tables are made together with the other tables of the memory.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS intent (
    seq INTEGER PRIMARY KEY, at TEXT NOT NULL, day TEXT NOT NULL, step TEXT NOT NULL, opening TEXT) STRICT;
CREATE TABLE IF NOT EXISTS opening (
    person TEXT PRIMARY KEY, opening TEXT NOT NULL UNIQUE, since TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// A step that an external store was asked to do.
#[derive(Debug, Clone)]
pub struct Intent {
    /// The number of the intent.
    pub seq: i64,
    /// The register's day on which the step was asked for.
    pub day: Date,
    /// The step that was asked for.
    pub step: Step,
    /// The name of the account that this step opens, if it opens one.
    pub opening: Option<OpeningId>,
}

/// Counts the steps and account openings that an external store was asked for and that have no outcome on record.
///
/// # Errors
/// When the memory cannot be read.
pub fn unsettled(conn: &Connection) -> Result<usize, MemoryError> {
    let count: i64 = conn.query_row(
        "SELECT (SELECT count(*) FROM intent)
              + (SELECT count(*) FROM opening WHERE opening NOT IN
                    (SELECT opening FROM intent WHERE opening IS NOT NULL))",
        [],
        |row| row.get(0),
    )?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Writes an intent to the memory and returns its number.
///
/// # Errors
/// When the memory cannot be written.
pub fn intend(
    conn: &Connection,
    (at, day): (Timestamp, Date),
    step: &Step,
    opening: Option<&OpeningId>,
) -> Result<i64, MemoryError> {
    conn.prepare_cached("INSERT INTO intent (at, day, step, opening) VALUES (?1, ?2, ?3, ?4) RETURNING seq")?
        .query_row(
            params![at.to_string(), day.to_string(), to_json(step)?, opening.map(OpeningId::as_str)],
            |row| row.get(0),
        )
        .map_err(MemoryError::from)
}

/// Removes an intent because its outcome is on record.
///
/// # Errors
/// When the memory cannot be written.
pub fn close_intent(conn: &Connection, seq: i64) -> Result<(), MemoryError> {
    conn.prepare_cached("DELETE FROM intent WHERE seq = ?1")?.execute([seq])?;
    Ok(())
}

/// Returns the intents without an outcome, in the order in which they were written.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn open_intents(conn: &Connection) -> Result<Vec<Intent>, MemoryError> {
    let mut statement = conn.prepare_cached("SELECT seq, day, step, opening FROM intent ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut intents = Vec::new();
    while let Some(row) = rows.next()? {
        let (day, step): (String, String) = (row.get(1)?, row.get(2)?);
        let opening: Option<String> = row.get(3)?;
        intents.push(Intent {
            seq: row.get(0)?,
            day: day.parse().map_err(|why| damaged("the day of an intent", why))?,
            step: json(&step, "an intent")?,
            opening: opening.as_deref().map(OpeningId::new),
        });
    }
    Ok(intents)
}

/// Returns the name under which the next account of this person is opened. If an earlier try was not seen to succeed,
/// its name is used again. Otherwise the name is new.
///
/// # Errors
/// When the memory cannot be written.
pub fn opening_for(conn: &Connection, person: &PersonId, at: Timestamp) -> Result<Opening, MemoryError> {
    let known: Option<String> = conn
        .prepare_cached("SELECT opening FROM opening WHERE person = ?1")?
        .query_row([person.as_str()], |row| row.get(0))
        .optional()?;
    if let Some(known) = known {
        return Ok(Opening { id: OpeningId::new(&known), tried: EarlierAttempt::Before });
    }
    let id = OpeningId::new(&uuid::Uuid::new_v4().to_string());
    conn.prepare_cached("INSERT INTO opening (person, opening, since) VALUES (?1, ?2, ?3)")?.execute([
        person.as_str(),
        id.as_str(),
        &at.to_string(),
    ])?;
    Ok(Opening { id, tried: EarlierAttempt::Never })
}

/// Returns the openings that were not yet seen to succeed.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn openings(conn: &Connection) -> Result<Vec<(PersonId, OpeningId)>, MemoryError> {
    let mut statement = conn.prepare_cached("SELECT person, opening FROM opening ORDER BY person")?;
    let mut rows = statement.query([])?;
    let mut openings = Vec::new();
    while let Some(row) = rows.next()? {
        let (person, opening): (String, String) = (row.get(0)?, row.get(1)?);
        let person = PersonId::new(&person).map_err(|why| damaged("an opening", why))?;
        openings.push((person, OpeningId::new(&opening)));
    }
    Ok(openings)
}

/// Forgets the opening of a person: the account is known, or this name will never be used to ask for one. It returns the
/// name, if there was one.
///
/// # Errors
/// When the memory cannot be written.
pub fn forget_opening(conn: &Connection, person: &PersonId) -> Result<Option<OpeningId>, MemoryError> {
    let known: Option<String> = conn
        .prepare_cached("DELETE FROM opening WHERE person = ?1 RETURNING opening")?
        .query_row([person.as_str()], |row| row.get(0))
        .optional()?;
    Ok(known.as_deref().map(OpeningId::new))
}

/// Counts the people with access and the rights in force, according to what an external store has confirmed.
///
/// # Errors
/// When the memory cannot be read.
pub fn told_in_force(conn: &Connection) -> Result<(u64, u64), MemoryError> {
    let (people, rights): (i64, i64) =
        conn.prepare_cached(TOLD_IN_FORCE)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((people.unsigned_abs(), rights.unsigned_abs()))
}

/// Counts what is in force. Accesses that are over stay in the table for ever, but they are not in the index that
/// this uses.
const TOLD_IN_FORCE: &str = "SELECT count(DISTINCT person), count(*) FROM
     (SELECT DISTINCT person, application, unit, role FROM standing WHERE given IS NOT NULL AND ended IS NULL) AS told";

const STORE: &str = "store";

/// Returns the address of the external store that this memory belongs to. It returns `None` for the embedded register.
///
/// # Errors
/// When the memory cannot be read.
pub fn belongs_to(conn: &Connection) -> Result<Option<String>, MemoryError> {
    Ok(super::mark(conn, STORE)?.filter(|place| !place.is_empty()))
}

/// Binds this memory to an external store, or to none.
///
/// # Errors
/// When the memory cannot be written.
pub fn bind(conn: &Connection, place: Option<&str>) -> Result<(), MemoryError> {
    super::set_mark(conn, STORE, place.unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_counted_without_reading_what_is_over() {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        for (person, request, role, given, ended) in [
            ("a.testesen", "REQ-1", "LU", "'2026-01-02'", "NULL"),
            // A right that two requests have given is one right.
            ("a.testesen", "REQ-2", "LU", "'2026-01-02'", "NULL"),
            ("a.testesen", "REQ-3", "LC", "'2026-01-02'", "NULL"),
            ("b.testesen", "REQ-4", "LU", "'2026-01-02'", "NULL"),
            ("c.testesen", "REQ-5", "LU", "'2026-01-02'", "'2026-02-02'"),
            ("d.testesen", "REQ-6", "LU", "NULL", "NULL"),
        ] {
            conn.execute_batch(&format!(
                "INSERT INTO standing (person, application, unit, request, trust, role, from_day, approved_by, approved_on, \
                 identity, employer, staff, accepted_on, way, policies, rules, given, ended) VALUES ('{person}', 'a', 1, \
                 '{request}', 'ahus', '{role}', '2026-01-01', 'b.b', '2026-01-01', 'known', 'ahus', 'internal', \
                 '2026-01-01', 'judged', '[]', '', {given}, {ended})"
            ))
            .unwrap();
        }
        assert_eq!(told_in_force(&conn).unwrap(), (2, 3));
        let mut plan = conn.prepare_cached(&format!("EXPLAIN QUERY PLAN {TOLD_IN_FORCE}")).unwrap();
        let steps: Vec<String> = plan.query_all([], |row| row.get(3)).unwrap();
        let read: Vec<&String> = steps.iter().filter(|step| step.contains("standing")).collect();
        assert!(
            !read.is_empty() && read.iter().all(|step| step.contains("INDEX standing_told")),
            "{steps:?}"
        );
    }
}
