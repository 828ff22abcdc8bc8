//! Who has access on a day, counted by trust and in all, and the oldest access at each trust.
//!
//! These questions have an index of their own, so that they never read what is over. What is over grows with the years.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use portvakt_core::model::TrustId;
use portvakt_core::plan::Sizes;
use portvakt_database::{Connection, params};

use super::MemoryError;
use super::rows::damaged;

/// Accesses in force on a day. Accesses that are over stay in the table for ever, but they are not in the index that
/// this uses.
const IN_FORCE: &str = "FROM standing WHERE ended IS NULL AND cleared IS NULL AND revoked_on IS NULL
     AND (until_day IS NULL OR until_day >= ?1)";

fn sizes_of_trusts() -> String {
    format!("SELECT trust, count(DISTINCT person) {IN_FORCE} GROUP BY trust")
}

/// Returns the question for the number of all people. The empty text keeps SQLite from reading the whole table in the
/// order of its key.
fn size_of_all() -> String {
    format!("SELECT count(DISTINCT person || '') {IN_FORCE}")
}

fn oldest_of_trusts() -> String {
    format!("SELECT trust, min(from_day) {IN_FORCE} GROUP BY trust")
}

/// Returns the same for one trust. The index has its days in order, so the first one that fits is the answer.
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

/// Returns the first day of the oldest access that is in force at each trust. With `only`, it asks about these trusts
/// alone and reads nothing about the others.
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
    use jiff::civil::date;

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

    #[test]
    fn the_oldest_access_of_one_trust_is_found_without_reading_the_others() {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        let mut plan = conn.prepare_cached(&format!("EXPLAIN QUERY PLAN {}", oldest_of_trust())).unwrap();
        let steps: Vec<String> = plan.query_all(params!["2026-10-05", "ahus"], |row| row.get(3)).unwrap();
        let read: Vec<&String> = steps.iter().filter(|step| step.contains("standing")).collect();
        assert_eq!(read.len(), 1, "{steps:?}");
        assert!(
            read[0].contains("SEARCH") && read[0].contains("INDEX standing_in_force (trust=?"),
            "{steps:?}"
        );
    }

    #[test]
    fn the_oldest_access_of_some_trusts_is_that_of_all_of_them() {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        for (person, trust, from, until) in [
            ("a.testesen", "ahus", "2026-02-01", "NULL"),
            ("b.testesen", "ahus", "2026-01-01", "'2026-09-30'"),
            ("c.testesen", "unn", "2025-05-05", "'2026-10-05'"),
            ("d.testesen", "helse-fonna", "2024-01-01", "'2025-01-01'"),
        ] {
            conn.execute_batch(&format!(
                "INSERT INTO standing (person, application, unit, request, trust, role, from_day, until_day, approved_by, \
                 approved_on, identity, employer, staff, accepted_on, way, policies, rules) VALUES ('{person}', 'a', 1, \
                 'REQ-1', '{trust}', 'LU', '{from}', {until}, 'b.b', '2026-01-01', 'known', 'ahus', 'internal', \
                 '2026-01-01', 'judged', '[]', '')"
            ))
            .unwrap();
        }
        let today = date(2026, 10, 5);
        let told = |only: Option<&[&str]>| {
            let only: Option<BTreeSet<TrustId>> =
                only.map(|ids| ids.iter().map(|id| TrustId::new(id).unwrap()).collect());
            let found = oldest(&conn, today, only.as_ref()).unwrap();
            found.into_iter().map(|(trust, day)| (trust.to_string(), day)).collect::<Vec<(String, Date)>>()
        };
        let (ahus, unn) = (("ahus".to_owned(), date(2026, 2, 1)), ("unn".to_owned(), date(2025, 5, 5)));
        assert_eq!(told(None), [ahus.clone(), unn.clone()]);
        assert_eq!(told(Some(&["ahus", "helse-fonna", "unn"])), [ahus, unn.clone()]);
        assert_eq!(told(Some(&["unn"])), [unn]);
    }
}
