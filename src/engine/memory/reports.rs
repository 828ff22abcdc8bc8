//! This module keeps the work that is still to be done in Rapporteket, and the operation it is for. The work is written
//! down with the plan, before the register is told anything. The reason: the register forgets the address that must be
//! removed elsewhere.
//!
//! A `planned` row waits for its step, and is dropped if the step does not happen. An `owed` row is tried until it
//! succeeds. An address stays here until it has been removed there, and no longer.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};
use portvakt_core::model::{AccountId, PersonId};
use portvakt_core::plan::{Follows, Owed, ReportWork};
use portvakt_database::{Connection, Error, Value, params};

use super::MemoryError;
use super::columns::{Text, columns};
use super::rows::{damaged, json, to_json};

/// This table is made together with the other tables of the memory.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS report_debt (
    seq INTEGER PRIMARY KEY, account TEXT NOT NULL, person TEXT, address TEXT,
    state TEXT NOT NULL, entry INTEGER,
    ends TEXT NOT NULL, takes TEXT NOT NULL, since TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, next TEXT, failed TEXT) STRICT;
";

columns! {
    /// A row of `report_debt`, without its state.
    "report_debt" DebtRow {
        seq: i64,
        account: Text<'r>,
        person: Option<Text<'r>>,
        address: Option<Text<'r>>,
        entry: Option<i64>,
        ends: Text<'r>,
        takes: Text<'r>,
        since: Text<'r>,
        tries: u32,
        next: Option<Text<'r>>,
        failed: Option<Text<'r>>,
    }
}

/// Work that is owed in Rapporteket, and how the tries have gone so far.
#[derive(Debug, Clone)]
pub struct ReportDebt {
    /// The work that is still to be done there.
    pub owed: Owed,
    /// The ids of the rows that must end.
    pub ends: BTreeSet<String>,
    /// The ids of the rows from which an address must be removed.
    pub takes: BTreeSet<String>,
    /// The moment when the work was written down.
    pub since: Timestamp,
    /// The number of failed tries.
    pub tries: u32,
    /// The earliest moment of the next try.
    pub next: Option<Timestamp>,
    /// The kind of the last failure.
    pub failed: Option<String>,
}

fn ids(work: &ReportWork) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut ends, mut takes) = (BTreeSet::new(), BTreeSet::new());
    for (_, change) in &work.changes {
        let name = change.before.name().to_owned();
        if change.takes_out() {
            takes.insert(name.clone());
        }
        if change.ends() {
            ends.insert(name);
        }
    }
    (ends, takes)
}

/// The report debts that a plan has changed, by their numbers.
#[derive(Debug, Default)]
pub struct PlannedReports {
    /// The work whose step did not happen. It is forgotten.
    pub dropped: Vec<i64>,
    /// The work that waits for its step.
    pub planned: Vec<i64>,
    /// The work that is owed from here on.
    pub owed: Vec<i64>,
}

/// Forgets the work for steps of an earlier pass that did not happen, and writes down the work that this plan asks for.
/// Only the `known` work is forgotten: what somebody else wrote into the table, or changed, stays as it is.
///
/// # Errors
/// When the memory cannot be written or is damaged.
pub fn plan_reports(
    conn: &Connection,
    now: Timestamp,
    works: &[ReportWork],
    known: &BTreeSet<i64>,
) -> Result<PlannedReports, MemoryError> {
    let mut changed = PlannedReports::default();
    for seq in known {
        let gone = conn
            .prepare_cached("DELETE FROM report_debt WHERE seq = ?1 AND state = 'planned'")?
            .execute([*seq])?;
        if gone > 0 {
            changed.dropped.push(*seq);
        }
    }
    let follows_earlier = works.iter().any(|work| work.follows == Follows::Earlier);
    let debts = if follows_earlier { report_debts(conn)? } else { Vec::new() };
    for work in works {
        let (ends, takes) = ids(work);
        let state = match work.follows {
            Follows::Step => "planned",
            Follows::Alone => "owed",
            Follows::Earlier => {
                // This work was found now. It counts for the same operation, even if the program ends before the work
                // is done.
                if let Some(debt) = debts.iter().rfind(|debt| debt.owed.account == work.account) {
                    let (ends, takes) = (&ends | &debt.ends, &takes | &debt.takes);
                    conn.prepare_cached("UPDATE report_debt SET ends = ?2, takes = ?3 WHERE seq = ?1")?
                        .execute(params![debt.owed.seq, to_json(&ends)?, to_json(&takes)?])?;
                }
                continue;
            }
        };
        let seq: i64 = conn
            .prepare_cached(
                "INSERT INTO report_debt (account, person, address, state, ends, takes, since)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING seq",
            )?
            .query_row(
                params![
                    work.account.as_str(),
                    work.person.as_ref().map(PersonId::as_str),
                    work.address,
                    state,
                    to_json(&ends)?,
                    to_json(&takes)?,
                    now.to_string(),
                ],
                |row| row.get(0),
            )?;
        if work.follows == Follows::Step { changed.planned.push(seq) } else { changed.owed.push(seq) }
    }
    Ok(changed)
}

/// The kind of step after which the work in Rapporteket is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwedAfter {
    /// The step took access or the address away.
    Loss,
    /// The step gave the account another address, or none. Of the reports that end, only those that nobody is left for
    /// follow from it.
    OtherAddress,
}

/// Marks the reports of these accounts as owed. Each account's step has happened and has an entry in the ledger. It returns
/// the numbers of the work that waited for these steps.
///
/// # Errors
/// When the memory cannot be written.
pub fn owe_reports(
    conn: &Connection,
    owed: &[(&AccountId, u64)],
    after: OwedAfter,
) -> Result<Vec<i64>, MemoryError> {
    let mut became: BTreeMap<i64, u64> = BTreeMap::new();
    if owed.is_empty() {
        return Ok(Vec::new());
    }
    let accounts: Vec<_> = owed.iter().map(|(account, _)| [Value::Text(account.as_str())]).collect();
    conn.query_each(
        "SELECT seq, ends, takes FROM report_debt WHERE account = ?1 AND state = 'planned'",
        &accounts,
        |at, row| {
            let (ends, takes): (String, String) = (row.get(1)?, row.get(2)?);
            let follows = after == OwedAfter::Loss || ends_only_for_nobody(&ends, &takes);
            if let Some((_, entry)) = owed.get(at).filter(|_| follows) {
                became.entry(row.get(0)?).or_insert(*entry);
            }
            Ok::<_, Error>(())
        },
    )?;
    if became.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<_> = became
        .iter()
        .map(|(seq, entry)| [Value::Integer(*seq), Value::Integer(entry.cast_signed())])
        .collect();
    conn.execute_each("UPDATE report_debt SET state = 'owed', entry = ?2 WHERE seq = ?1", &rows)?;
    Ok(became.into_keys().collect())
}

/// Returns whether work ends only reports from which it takes the address out. They end because nobody is left there.
fn ends_only_for_nobody(ends: &str, takes: &str) -> bool {
    let ids = |text: &str| serde_json::from_str::<BTreeSet<String>>(text).ok();
    ids(ends).zip(ids(takes)).is_some_and(|(ends, takes)| ends.is_subset(&takes))
}

/// Returns everything that is owed, the oldest first.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn report_debts(conn: &Connection) -> Result<Vec<ReportDebt>, MemoryError> {
    // An older version of the program wrote this file, and it is only read now. That version never owed anything.
    if !conn.has_table("report_debt")? {
        return Ok(Vec::new());
    }
    let names = DebtRow::NAMES.join(", ");
    let owed = format!("SELECT {names} FROM report_debt WHERE state = 'owed' ORDER BY seq");
    let mut statement = conn.prepare_cached(&owed)?;
    let mut rows = statement.query([])?;
    let mut debts = Vec::new();
    while let Some(row) = rows.next()? {
        let row = DebtRow::read(&row)?;
        let person = row.person.as_deref().map(PersonId::new).transpose();
        let time =
            |text: &str| text.parse::<Timestamp>().map_err(|why| damaged("the time of a report debt", why));
        debts.push(ReportDebt {
            owed: Owed {
                seq: row.seq,
                account: AccountId::new(&row.account),
                person: person.map_err(|why| damaged("the person of a report debt", why))?,
                address: row.address.map(Cow::into_owned),
                entry: row.entry.map(i64::cast_unsigned),
            },
            ends: json(&row.ends, "a report debt")?,
            takes: json(&row.takes, "a report debt")?,
            since: time(&row.since)?,
            tries: row.tries,
            next: row.next.as_deref().map(time).transpose()?,
            failed: row.failed.map(Cow::into_owned),
        });
    }
    Ok(debts)
}

/// The number of seconds before the second try.
const FIRST: i64 = 5;

/// The largest number of seconds between two tries.
pub const LONGEST_WAIT: i64 = 600;

/// Records a failed try at `now`. Each further try waits longer. Without a time there was no try, and the work stays
/// due as
/// before.
///
/// # Errors
/// When the memory cannot be written or the time is out of range.
pub fn reports_failed(
    conn: &Connection,
    debt: &ReportDebt,
    now: Option<Timestamp>,
    kind: &str,
) -> Result<(), MemoryError> {
    let Some(now) = now else {
        conn.prepare_cached("UPDATE report_debt SET failed = ?2 WHERE seq = ?1")?
            .execute(params![debt.owed.seq, kind])?;
        return Ok(());
    };
    let wait = FIRST.saturating_mul(1 << debt.tries.min(10)).min(LONGEST_WAIT);
    let next = now.checked_add(wait.seconds()).map_err(|why| damaged("the time", why))?;
    conn.prepare_cached("UPDATE report_debt SET tries = tries + 1, next = ?2, failed = ?3 WHERE seq = ?1")?
        .execute(params![debt.owed.seq, next.to_string(), kind])?;
    Ok(())
}

/// Removes work that is done. Nothing about it stays here, above all not the address.
///
/// # Errors
/// When the memory cannot be written.
pub fn reports_done(conn: &Connection, debt: &ReportDebt) -> Result<(), MemoryError> {
    conn.prepare_cached("DELETE FROM report_debt WHERE seq = ?1")?.execute([debt.owed.seq])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_another_address_only_those_reports_end_that_nobody_is_left_for() {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        conn.execute_batch(
            r#"INSERT INTO report_debt (seq, account, state, ends, takes, since) VALUES
                 (1, '7', 'planned', '["own"]', '["list","own"]', 'then'),
                 (2, '7', 'planned', '["role"]', '["own"]', 'then'),
                 (3, '7', 'planned', '[]', '["list"]', 'then'),
                 (4, '8', 'planned', '[]', '["list"]', 'then')"#,
        )
        .unwrap();
        let seven = AccountId::new("7");
        assert_eq!(owe_reports(&conn, &[(&seven, 20)], OwedAfter::OtherAddress).unwrap(), [1, 3]);
        // Of two steps that take something, the first one is named.
        assert_eq!(owe_reports(&conn, &[(&seven, 21), (&seven, 22)], OwedAfter::Loss).unwrap(), [2]);
        let entries: Vec<i64> = conn
            .prepare_cached("SELECT entry FROM report_debt WHERE state = 'owed' ORDER BY seq")
            .unwrap()
            .query_all([], |row| row.get(0))
            .unwrap();
        assert_eq!(entries, [20, 21, 20]);
    }
}
