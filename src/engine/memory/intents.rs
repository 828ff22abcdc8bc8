//! What a store elsewhere was asked and has not been seen to have done, and under which names accounts are opened
//! there. The embedded register needs neither: its effects and their record are one transaction.

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::model::PersonId;
use portvakt_core::plan::Step;
use portvakt_core::store::{Opening, OpeningId, Tried};
use portvakt_database::{Connection, OptionalRow as _, params};

use super::MemoryError;
use super::rows::{damaged, json, to_json};

/// The tables, made together with the others.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS intent (
    seq INTEGER PRIMARY KEY, at TEXT NOT NULL, day TEXT NOT NULL, step TEXT NOT NULL, opening TEXT) STRICT;
CREATE TABLE IF NOT EXISTS opening (
    person TEXT PRIMARY KEY, opening TEXT NOT NULL UNIQUE, since TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// A step that a store elsewhere was asked to do.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Its number.
    pub seq: i64,
    /// The register's day on which it was asked.
    pub day: Date,
    /// The step.
    pub step: Step,
    /// The name of the account it opens.
    pub opening: Option<OpeningId>,
}

/// How many steps a store elsewhere was asked to do, or accounts it was asked to open, without an outcome on record.
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

/// Writes an intent down, and returns its number.
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

/// Takes an intent off the list: its outcome is on record.
///
/// # Errors
/// When the memory cannot be written.
pub fn close_intent(conn: &Connection, seq: i64) -> Result<(), MemoryError> {
    conn.prepare_cached("DELETE FROM intent WHERE seq = ?1")?.execute([seq])?;
    Ok(())
}

/// The intents without an outcome, in the order they were written.
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

/// The name under which the next account of this person is opened: the one of an earlier try that was not seen to
/// succeed, or a new one.
///
/// # Errors
/// When the memory cannot be written.
pub fn opening_for(conn: &Connection, person: &PersonId, at: Timestamp) -> Result<Opening, MemoryError> {
    let known: Option<String> = conn
        .prepare_cached("SELECT opening FROM opening WHERE person = ?1")?
        .query_row([person.as_str()], |row| row.get(0))
        .optional()?;
    if let Some(known) = known {
        return Ok(Opening { id: OpeningId::new(&known), tried: Tried::Before });
    }
    let id = OpeningId::random();
    conn.prepare_cached("INSERT INTO opening (person, opening, since) VALUES (?1, ?2, ?3)")?.execute([
        person.as_str(),
        id.as_str(),
        &at.to_string(),
    ])?;
    Ok(Opening { id, tried: Tried::Never })
}

/// The openings that were not seen to succeed.
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

/// Forgets the opening of a person: the account is there and known, or will never be asked for under this name.
///
/// # Errors
/// When the memory cannot be written.
pub fn forget_opening(conn: &Connection, person: &PersonId) -> Result<(), MemoryError> {
    conn.prepare_cached("DELETE FROM opening WHERE person = ?1")?.execute([person.as_str()])?;
    Ok(())
}

/// People with access and rights in force, by what a store elsewhere was told and has confirmed.
///
/// # Errors
/// When the memory cannot be read.
pub fn told_in_force(conn: &Connection) -> Result<(u64, u64), MemoryError> {
    let (people, rights): (i64, i64) = conn
        .prepare_cached(
            "SELECT count(DISTINCT person), count(DISTINCT person || ' ' || application || ' ' || unit || ' ' || role)
             FROM standing WHERE given IS NOT NULL AND ended IS NULL",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((people.unsigned_abs(), rights.unsigned_abs()))
}

const STORE: &str = "store";

/// The address of the store elsewhere that this memory belongs to; `None` for the embedded register.
///
/// # Errors
/// When the memory cannot be read.
pub fn belongs_to(conn: &Connection) -> Result<Option<String>, MemoryError> {
    Ok(super::mark(conn, STORE)?.filter(|place| !place.is_empty()))
}

/// Binds this memory to a store elsewhere, or to none.
///
/// # Errors
/// When the memory cannot be written.
pub fn bind(conn: &Connection, place: Option<&str>) -> Result<(), MemoryError> {
    super::set_mark(conn, STORE, place.unwrap_or(""))
}
