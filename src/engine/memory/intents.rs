//! An intent is a step that an external store was asked to do and that was not yet seen to be done. This module also
//! keeps the names under which accounts are opened there. The program's own tables need neither: there an effect and
//! its record are one transaction.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use portvakt_core::model::{AccountId, PersonId};
use portvakt_core::plan::Step;
use portvakt_core::store::{EarlierAttempt, Opening, OpeningId};
use portvakt_database::{Connection, OptionalRow as _, params};

use super::MemoryError;
use super::marks::{mark, set_mark};
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

/// Counts the steps and account openings that an external store was asked for and that have no outcome on record. An
/// opening that the store has answered, and whose account is not in use yet, has one.
///
/// # Errors
/// When the memory cannot be read.
pub fn unsettled(conn: &Connection) -> Result<usize, MemoryError> {
    let steps: i64 = conn.query_row("SELECT count(*) FROM intent", [], |row| row.get(0))?;
    let openings: Vec<String> = conn
        .prepare_cached(
            "SELECT opening FROM opening WHERE opening NOT IN
                 (SELECT opening FROM intent WHERE opening IS NOT NULL)",
        )?
        .query_all([], |row| row.get(0))?;
    let made = accounts_made(conn)?;
    let open = openings.iter().filter(|opening| !made.contains_key(&OpeningId::new(opening))).count();
    Ok(usize::try_from(steps).unwrap_or_default() + open)
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

/// Returns whether an access of this person was given and is over.
///
/// # Errors
/// When the memory cannot be read.
pub fn had_access(conn: &Connection, person: &PersonId) -> Result<bool, MemoryError> {
    let count: i64 = conn
        .prepare_cached(
            "SELECT count(*) FROM standing WHERE person = ?1 AND given IS NOT NULL AND ended IS NOT NULL",
        )?
        .query_row([person.as_str()], |row| row.get(0))?;
    Ok(count > 0)
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
        let id = OpeningId::new(&known);
        let made = accounts_made(conn)?.remove(&id).filter(|(_, since)| may_appear(since, at));
        let made = made.map(|(account, _)| account);
        return Ok(Opening { id, tried: EarlierAttempt::Before, made, earlier: Vec::new() });
    }
    let id = OpeningId::new(&uuid::Uuid::new_v4().to_string());
    conn.prepare_cached("INSERT INTO opening (person, opening, since) VALUES (?1, ?2, ?3)")?.execute([
        person.as_str(),
        id.as_str(),
        &at.to_string(),
    ])?;
    Ok(Opening { id, tried: EarlierAttempt::Never, made: None, earlier: Vec::new() })
}

/// The mark with the accounts that a store says it has opened, and that nobody has seen in use.
const MADE: &str = "openings.made";

/// How long a store is given to show an account that it says it has opened. After that the answer counts as an error of
/// the store, and the account is asked for again.
const SHOWN_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// The accounts by their openings, each with the time of the answer.
type AccountsMade = BTreeMap<OpeningId, (AccountId, String)>;

fn accounts_made(conn: &Connection) -> Result<AccountsMade, MemoryError> {
    match mark(conn, MADE)?.filter(|made| !made.is_empty()) {
        Some(made) => json(&made, MADE),
        None => Ok(AccountsMade::new()),
    }
}

/// A time that lies far ahead is that of a clock that was wrong, and does not count either.
fn may_appear(since: &str, now: Timestamp) -> bool {
    let since = since.parse::<Timestamp>();
    since.is_ok_and(|since| now.duration_since(since).abs() < SHOWN_WITHIN)
}

/// Keeps the account that a store says it has opened under this name, until it is seen in use.
///
/// # Errors
/// When the memory cannot be read or written, or is damaged.
pub fn account_made(
    conn: &Connection,
    opening: &OpeningId,
    account: &AccountId,
    at: Timestamp,
) -> Result<(), MemoryError> {
    let mut made = accounts_made(conn)?;
    // The time is that of the first answer that named this account.
    if made.get(opening).is_some_and(|(known, _)| known == account) {
        return Ok(());
    }
    made.insert(opening.clone(), (account.clone(), at.to_string()));
    set_mark(conn, MADE, &to_json(&made)?)
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
    let known = known.as_deref().map(OpeningId::new);
    if let Some(known) = &known {
        let mut made = accounts_made(conn)?;
        if made.remove(known).is_some() {
            set_mark(conn, MADE, &to_json(&made)?)?;
        }
    }
    Ok(known)
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
    fn an_account_that_is_not_seen_yet_is_kept_for_a_day_and_is_an_outcome() {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        let (kari, account) = (PersonId::new("kari.testesen").unwrap(), AccountId::new("7"));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let opening = |text: &str| opening_for(&conn, &kari, at(text)).unwrap();
        let first = opening("2026-11-23T12:00:00Z");
        assert_eq!((first.tried, &first.made), (EarlierAttempt::Never, &None));
        assert_eq!(unsettled(&conn).unwrap(), 1, "nothing is known of it");
        account_made(&conn, &first.id, &account, at("2026-11-23T12:00:00Z")).unwrap();
        account_made(&conn, &first.id, &account, at("2026-11-24T11:00:00Z")).unwrap();
        assert_eq!(unsettled(&conn).unwrap(), 0);
        let again = opening("2026-11-24T11:59:59Z");
        assert_eq!(
            (&again.id, again.tried, &again.made),
            (&first.id, EarlierAttempt::Before, &Some(account))
        );
        assert_eq!(opening("2026-11-24T12:00:00Z").made, None);
        assert_eq!(opening("2025-11-23T12:00:00Z").made, None, "the clock was wrong when it was kept");
        assert_eq!(forget_opening(&conn, &kari).unwrap(), Some(first.id));
        assert_eq!(accounts_made(&conn).unwrap(), AccountsMade::new());
    }

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
