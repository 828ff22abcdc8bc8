//! This module keeps single values (marks), releases, and what the removal budget has spent.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};
use portvakt_core::decide::{Trusted, day_in};
use portvakt_core::model::{Digest, PersonId, TrustId};
use portvakt_core::plan::BudgetUse;
use portvakt_core::zone::time_zone;
use portvakt_database::{Connection, OptionalRow as _, params};

use super::MemoryError;
use super::rows::{damaged, readable_row, to_json};
use super::spending::{Charge, GivenRelease, RELEASE_HOURS};

/// Returns a single value, if it is set.
///
/// # Errors
/// When the memory cannot be read.
pub fn mark(conn: &Connection, key: &str) -> Result<Option<String>, MemoryError> {
    Ok(conn
        .prepare_cached("SELECT value FROM mark WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

/// Sets a single value.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_mark(conn: &Connection, key: &str, value: &str) -> Result<(), MemoryError> {
    conn.prepare_cached(SET)?.execute([key, value])?;
    Ok(())
}

pub(super) const SET: &str = "INSERT INTO mark (key, value) VALUES (?1, ?2)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value";

const CLOCK: &str = "clock";
const CLOCK_DAY: &str = "clock.day";
const CLOCK_ZONE: &str = "clock.zone";

/// Returns the last moment at which the clock was trusted, or `None` before the first baseline. A record from an
/// earlier version of the program has no day of its own. Its day is computed in `zone`, the time zone of the accepted
/// register.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn trusted(conn: &Connection, zone: &str) -> Result<Option<Trusted>, MemoryError> {
    let Some(instant) = clock_mark(conn)? else { return Ok(None) };
    let zone = mark(conn, CLOCK_ZONE)?.unwrap_or_else(|| zone.to_owned());
    let day = match mark(conn, CLOCK_DAY)? {
        Some(day) => day.parse().map_err(|why| damaged(CLOCK_DAY, why))?,
        None => day_in(&time_zone(&zone).map_err(|why| damaged(CLOCK_ZONE, why))?, instant),
    };
    Ok(Some(Trusted { instant, day, zone }))
}

/// Returns the latest moment at which the clock was trusted.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn clock_mark(conn: &Connection) -> Result<Option<Timestamp>, MemoryError> {
    mark(conn, CLOCK)?.map(|text| text.parse().map_err(|why| damaged("clock", why))).transpose()
}

/// Sets that moment and its day and time zone.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_trusted(conn: &Connection, trusted: &Trusted) -> Result<(), MemoryError> {
    set_mark(conn, CLOCK, &trusted.instant.to_string())?;
    set_mark(conn, CLOCK_DAY, &trusted.day.to_string())?;
    set_mark(conn, CLOCK_ZONE, &trusted.zone)
}

/// Moves that moment on. Its day and time zone stay as they are until the next pass.
///
/// # Errors
/// When the memory cannot be written.
pub fn move_trusted(conn: &Connection, instant: Timestamp) -> Result<(), MemoryError> {
    set_mark(conn, CLOCK, &instant.to_string())
}

const COMMIT: &str = "source.commit";

/// Returns the commit that was accepted last. It returns `None` if the accepted tree came from a directory or nothing
/// is accepted.
///
/// # Errors
/// When the memory cannot be read.
pub fn accepted_commit(conn: &Connection) -> Result<Option<String>, MemoryError> {
    Ok(mark(conn, COMMIT)?.filter(|commit| !commit.is_empty()))
}

/// Records the accepted commit, or that the accepted tree came from a directory.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_accepted_commit(conn: &Connection, commit: Option<&str>) -> Result<(), MemoryError> {
    set_mark(conn, COMMIT, commit.unwrap_or_default())
}

const PROVED: &str = "proved";

/// Returns which set of policies was proved here last. It wakes a daemon that waits for the proof. Nothing is decided
/// by it, because the ledger says what is proved ([`Bound::proved`](super::Bound::proved)).
///
/// # Errors
/// When the memory cannot be read.
pub fn last_proved(conn: &Connection) -> Result<Option<String>, MemoryError> {
    mark(conn, PROVED)
}

/// Records which set of policies was proved here last.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_last_proved(conn: &Connection, set: &Digest) -> Result<(), MemoryError> {
    set_mark(conn, PROVED, &set.to_string())
}

/// A release of something that is held.
#[derive(Debug, Clone)]
pub struct Release {
    /// The digest of what is released.
    pub digest: Digest,
    /// The moment of the release.
    pub at: Timestamp,
    /// The people who released it. There are as many as the register demands.
    pub by: BTreeSet<PersonId>,
    /// The keys they signed with. The set is empty if the people were only named.
    pub keys: BTreeSet<String>,
}

/// Records a release.
///
/// # Errors
/// When the memory cannot be written.
pub fn record_release(conn: &Connection, release: &Release) -> Result<(), MemoryError> {
    conn.prepare_cached(
        "INSERT INTO release (digest, at, people, keys) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (digest, at) DO UPDATE SET people = excluded.people, keys = excluded.keys, spent = NULL",
    )?
    .execute(params![
        release.digest.to_string(),
        release.at.to_string(),
        to_json(&release.by)?,
        to_json(&release.keys)?,
    ])?;
    Ok(())
}

/// This question has an index of its own, because spent releases stay in the table for ever.
const OPEN_RELEASES: &str = "SELECT digest, at FROM release WHERE spent IS NULL";

/// Returns the releases that are younger than seven days by this time and not spent. One that was given on a clock that ran
/// ahead is among them: the ledger says how long it lives ([`Bound::releases`](super::Bound::releases)).
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn releases(conn: &Connection, now: Timestamp) -> Result<BTreeSet<GivenRelease>, MemoryError> {
    let mut statement = conn.prepare_cached(OPEN_RELEASES)?;
    let mut rows = statement.query([])?;
    let mut live = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let read = || {
            let (digest, at): (String, String) = (row.get(0)?, row.get(1)?);
            let at: Timestamp = at.parse().map_err(|why| damaged("release", why))?;
            Ok(GivenRelease { digest: Digest::parse(&digest).map_err(|why| damaged("release", why))?, at })
        };
        let Some(given) = readable_row(read())? else { continue };
        let ends = given.at.checked_add(RELEASE_HOURS.hours());
        if ends.is_ok_and(|end| now < end) {
            live.insert(given);
        }
    }
    Ok(live)
}

/// Returns the digests of these releases, according to the memory.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn live_releases(conn: &Connection, now: Timestamp) -> Result<BTreeSet<Digest>, MemoryError> {
    Ok(releases(conn, now)?.into_iter().map(|given| given.digest).collect())
}

/// Spends a release. It returns whether there was one.
///
/// # Errors
/// When the memory cannot be written.
pub fn spend(conn: &Connection, digest: &Digest, now: Timestamp) -> Result<bool, MemoryError> {
    let spent = conn
        .prepare_cached("UPDATE release SET spent = ?2 WHERE digest = ?1 AND spent IS NULL")?
        .execute([digest.to_string(), now.to_string()])?;
    Ok(spent > 0)
}

/// Spends every open release that is not in `given`. A baseline leaves no release that nobody gave.
///
/// # Errors
/// When the memory cannot be written.
pub fn spend_all_but(
    conn: &Connection,
    given: &BTreeSet<GivenRelease>,
    now: Timestamp,
) -> Result<(), MemoryError> {
    let open: Vec<(String, String)> =
        conn.prepare_cached(OPEN_RELEASES)?.query_all([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let is_given = |digest: &str, at: &str| {
        given.iter().any(|given| given.digest.to_string() == digest && given.at.to_string() == at)
    };
    for (digest, at) in open.iter().filter(|(digest, at)| !is_given(digest, at)) {
        conn.prepare_cached("UPDATE release SET spent = ?3 WHERE digest = ?1 AND at = ?2")?
            .execute(params![digest, at, now.to_string()])?;
    }
    Ok(())
}

/// Returns what the removal budget was charged within the last seven days, pass by pass.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn charges(conn: &Connection, now: Timestamp) -> Result<Vec<Charge>, MemoryError> {
    let since = now.checked_sub(RELEASE_HOURS.hours()).map_err(|why| damaged("the time", why))?;
    let mut statement = conn.prepare_cached("SELECT at, trust FROM budget")?;
    let mut rows = statement.query([])?;
    let mut charges: BTreeMap<Timestamp, Charge> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let read = || {
            let (at, trust): (String, String) = (row.get(0)?, row.get(1)?);
            Ok((at.parse().map_err(|why| damaged("budget", why))?, trust))
        };
        let Some((at, trust)): Option<(Timestamp, String)> = readable_row(read())? else { continue };
        if at >= since {
            let charge = charges.entry(at).or_insert_with(|| Charge { at, ..Charge::default() });
            *charge.removals.entry(trust).or_default() += 1;
        }
    }
    Ok(charges.into_values().collect())
}

/// Counts one removal (person × trust) against the budget.
///
/// # Errors
/// When the memory cannot be written.
pub fn remove_count(
    conn: &Connection,
    now: Timestamp,
    who: &str,
    trust: Option<&TrustId>,
) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT INTO budget (at, who, trust) VALUES (?1, ?2, ?3)")?.execute(params![
        now.to_string(),
        who,
        trust.map_or("", TrustId::as_str)
    ])?;
    Ok(())
}

/// Returns what the budget has spent in the seven days before a moment.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn used(conn: &Connection, now: Timestamp) -> Result<BudgetUse, MemoryError> {
    let since = now.checked_sub(RELEASE_HOURS.hours()).map_err(|why| damaged("the time", why))?;
    let mut statement = conn.prepare_cached("SELECT trust, at FROM budget WHERE at >= ?1")?;
    // Whole seconds sort before fractions of the same second, so the text is compared from one second earlier.
    let from = since.checked_sub(1.second()).map_err(|why| damaged("the time", why))?;
    let mut rows = statement.query([from.to_string()])?;
    let mut used = BudgetUse::default();
    while let Some(row) = rows.next()? {
        let read = || {
            let (trust, at): (String, String) = (row.get(0)?, row.get(1)?);
            let at: Timestamp = at.parse().map_err(|why| damaged("budget", why))?;
            let trust = (!trust.is_empty()).then(|| TrustId::new(&trust)).transpose();
            Ok((trust.map_err(|why| damaged("budget", why))?, at))
        };
        let Some((trust, at)) = readable_row(read())? else { continue };
        if at < since {
            continue;
        }
        used.all += 1;
        if let Some(trust) = trust {
            *used.trusts.entry(trust).or_default() += 1;
        }
    }
    Ok(used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_releases_are_found_without_reading_the_spent_ones() {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        let question = format!("EXPLAIN QUERY PLAN {OPEN_RELEASES}");
        let steps: Vec<String> =
            conn.prepare_cached(&question).unwrap().query_all([], |row| row.get(3)).unwrap();
        assert!(
            !steps.is_empty() && steps.iter().all(|step| step.contains("INDEX release_open")),
            "{steps:?}"
        );
    }
}
