//! Who has access on a day, counted by trust and in all, and the oldest access at each trust.
//!
//! These questions have an index of their own, so that they never read what is over. What is over grows with the years.

use std::collections::BTreeMap;

use jiff::civil::Date;
use portvakt_core::model::TrustId;
use portvakt_core::plan::Sizes;
use portvakt_database::Connection;

use super::MemoryError;
use super::rows::damaged;

/// Accesses in force on a day. What is over stays in the table for ever, and has no place in the index of these.
const IN_FORCE: &str = "FROM standing WHERE ended IS NULL AND cleared IS NULL AND revoked_on IS NULL
     AND (until_day IS NULL OR until_day >= ?1)";

fn sizes_of_trusts() -> String {
    format!("SELECT trust, count(DISTINCT person) {IN_FORCE} GROUP BY trust")
}

/// The question for the number of all people. The empty text keeps SQLite from reading the whole table in the order of its key.
fn size_of_all() -> String {
    format!("SELECT count(DISTINCT person || '') {IN_FORCE}")
}

fn oldest_of_trusts() -> String {
    format!("SELECT trust, min(from_day) {IN_FORCE} GROUP BY trust")
}

/// The same for one trust. The index has its days in order, so the first one that fits is the answer.
fn oldest_of_trust() -> String {
    format!("SELECT min(from_day) {IN_FORCE} AND trust = ?2")
}

/// Counts the people who have access on a day, for each trust and in all.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn sizes(conn: &Connection, today: Date) -> Result<Sizes, MemoryError> {
    let mut sizes = Sizes::default();
    let mut trusts = conn.prepare_cached(&sizes_of_trusts())?;
    let mut rows = trusts.query([today.to_string()])?;
    while let Some(row) = rows.next()? {
        let trust: String = row.get(0)?;
        let trust = TrustId::new(&trust).map_err(|why| damaged("trust", why))?;
        sizes.trusts.insert(trust, row.get(1)?);
    }
    sizes.all = conn.prepare_cached(&size_of_all())?.query_row([today.to_string()], |row| row.get(0))?;
    Ok(sizes)
}

/// Returns the first day of the oldest access that stands at each trust. With `only` these trusts alone are asked about,
/// and nothing is read of the others.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn oldest(
    conn: &Connection,
    today: Date,
    only: Option<&BTreeSet<TrustId>>,
) -> Result<BTreeMap<TrustId, Date>, MemoryError> {
    let (mut oldest, today) = (BTreeMap::new(), today.to_string());
    let day = |text: &str| text.parse::<Date>().map_err(|why| damaged("from_day", why));
    if let Some(only) = only {
        let mut first = conn.prepare_cached(&oldest_of_trust())?;
        for trust in only {
            let found: Option<String> =
                first.query_row(params![today.as_str(), trust.as_str()], |row| row.get(0))?;
            if let Some(found) = found {
                oldest.insert(trust.clone(), day(&found)?);
            }
        }
        return Ok(oldest);
    }
    let mut trusts = conn.prepare_cached(&oldest_of_trusts())?;
    let mut rows = trusts.query([today.as_str()])?;
    while let Some(row) = rows.next()? {
        let (trust, first): (String, String) = (row.get(0)?, row.get(1)?);
        let trust = TrustId::new(&trust).map_err(|why| damaged("trust", why))?;
        oldest.insert(trust, day(&first)?);
    }
    Ok(oldest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_access_is_counted_without_reading_what_is_over() {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        for question in [sizes_of_trusts(), size_of_all(), oldest_of_trusts()] {
            let mut plan = conn.prepare_cached(&format!("EXPLAIN QUERY PLAN {question}")).unwrap();
            let steps: Vec<String> = plan.query_all(["2026-10-05"], |row| row.get(3)).unwrap();
            let read: Vec<&String> = steps.iter().filter(|step| step.contains("standing")).collect();
            assert!(!read.is_empty(), "{steps:?}");
            assert!(
                read.iter().all(|step| step.contains("INDEX standing_in_force")),
                "{question}: {steps:?}"
            );
        }
    }
}
