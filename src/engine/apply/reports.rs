//! This module does the second half of an operation: it ends reports in Rapporteket, after the register has done its
//! part.
//!
//! The work was written down with the plan, and became owed in the transaction that recorded the step. Here it is done
//! row by row, and each row is read back. Then one ledger entry records the outcome and names the operation, and the
//! same transaction forgets the owed work with its address. Failed work stays owed and delays nobody else.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};
use portvakt_core::decide::Decided;
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::model::{AccountId, PersonId};
use portvakt_core::plan::{Follows, ReportWork};
use portvakt_core::reports::{ReportsError, WriteReports};
use portvakt_stores::tables::Tables;

use super::ApplyError;
use super::bind::Asked;
use crate::ledger::EntryKind;
use crate::ledger::person_key::Keys;
use crate::memory::ReportDebt;
use crate::{ledger, memory};

/// The result of the work on reports.
#[derive(Debug, Default)]
pub struct Reported {
    /// The number of accounts whose reports are done.
    pub accounts: usize,
    /// The number of rows that ended.
    pub ended: usize,
    /// The number of rows from which an address was removed.
    pub addresses: usize,
    /// The accounts whose reports are still owed, with the start and the reason.
    pub failed: Vec<Unreported>,
}

/// The reports of one account that are still owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreported {
    /// The account that owns the reports.
    pub account: AccountId,
    /// The person of the account, if known.
    pub person: Option<PersonId>,
    /// The moment since which the reports are owed.
    pub since: Timestamp,
    /// The reason why the last try failed.
    pub why: Text,
}

impl Unreported {
    /// Returns the finding that people are shown.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let who = self.person.as_ref().map_or_else(
            || {
                let account = &self.account;
                text!(en: "account `{account}`", nb: "konto `{account}`")
            },
            |person| Text::same(format!("`{person}`")),
        );
        let (since, why) = (self.since, &self.why);
        let message = text!(
            with who, why;
            en: "the reports of {who} in Rapporteket have not ended yet, since {since}: {why}",
            nb: "rapportene til {who} i Rapporteket er ikke avsluttet ennå, siden {since}: {why}"
        );
        let way_out = text!(
            en: "Mend what the message names; they are tried again by themselves. Until then reports go on being sent there.",
            nb: "Rett det meldingen nevner; det prøves igjen av seg selv. Inntil da sendes det fortsatt rapporter derfra."
        );
        Finding::new(Code::ReportsOwed, message, way_out)
    }
}

/// Does the owed work that is due.
///
/// # Errors
/// When an outcome cannot be recorded. Then the next pass finds the work done. A row that could not be written is no
/// error here.
pub fn carry_out_reports(
    memory: &mut Tables,
    reports: &dyn WriteReports,
    decided: &Decided,
) -> Result<Reported, ApplyError> {
    let mut reported = Reported::default();
    let mut debts = memory::report_debts(memory.connection())?;
    // A debt that is not as the ledger left it does not count. Its row stays until two people have looked at it.
    let known = &decided.plan.debts;
    debts.retain(|debt| known.contains(&debt.owed.seq) || debt.since == decided.clock.moment);
    let mut owed: BTreeMap<&AccountId, Vec<&ReportDebt>> = BTreeMap::new();
    for debt in &debts {
        owed.entry(&debt.owed.account).or_default().push(debt);
    }
    let mut tried: BTreeMap<&AccountId, Result<&ReportWork, ReportsError>> = BTreeMap::new();
    for (account, debts) in &owed {
        match owed_work(decided, account, debts) {
            OwedWork::Do(work) => {
                tried.insert(account, Ok(work));
            }
            OwedWork::Fail(why) => {
                tried.insert(account, Err(why));
            }
            OwedWork::Later => {
                let why = debts.iter().find_map(|debt| debt.failed.as_deref()).unwrap_or("?");
                let told = text!(
                    en: "it failed (`{why}`) and is tried again soon",
                    nb: "det mislyktes (`{why}`) og prøves igjen snart"
                );
                reported.failed.extend(unreported(debts, told));
            }
            OwedWork::Wait => {}
        }
    }
    write_rows(reports, &mut tried);
    for outcome in tried.values_mut().filter(|outcome| matches!(outcome, Ok(work) if work.waits)) {
        // The account's own reports have ended. The address stays owed.
        *outcome = Err(ReportsError::Table(text!(
            en: "the list of accounts is not whole, so that somebody else may use the address",
            nb: "kontolisten er ikke hel, så noen andre kan bruke adressen"
        )));
    }
    for (account, outcome) in tried {
        let debts = owed.get(account).map(Vec::as_slice).unwrap_or_default();
        record(memory, decided, debts, outcome, &mut reported)?;
    }
    Ok(reported)
}

enum OwedWork<'a> {
    Do(&'a ReportWork),
    Fail(ReportsError),
    /// The work has failed before, and the next try is not due yet.
    Later,
    /// This pass must not do the work.
    Wait,
}

/// Returns what this pass may do about the owed work of an account.
fn owed_work<'a>(decided: &'a Decided, account: &AccountId, debts: &[&ReportDebt]) -> OwedWork<'a> {
    let Some(works) = &decided.plan.reports else { return OwedWork::Wait };
    let Some(work) = works.iter().find(|work| work.account == *account) else { return OwedWork::Wait };
    // The step of this work did not succeed, so the plan for its reports is not valid.
    if work.follows == Follows::Step && !debts.iter().any(|debt| debt.since == decided.clock.moment) {
        return OwedWork::Wait;
    }
    if let Err(why) = &decided.plan.reports_known {
        return OwedWork::Fail(why.clone());
    }
    let due = debts.iter().map(|debt| debt.next).min().flatten();
    // A next try that is later than any wait of this program was not written by it.
    let longest = decided.clock.moment.checked_add(memory::LONGEST_WAIT.seconds()).ok();
    if due.is_some_and(|next| next > decided.clock.moment && longest.is_none_or(|longest| next <= longest)) {
        return OwedWork::Later;
    }
    OwedWork::Do(work)
}

/// Writes the rows in the planned order, which is not the order of accounts. One row may be changed for two accounts.
fn write_rows(
    reports: &dyn WriteReports,
    tried: &mut BTreeMap<&AccountId, Result<&ReportWork, ReportsError>>,
) {
    let mut changes = Vec::new();
    for (account, work) in tried.iter() {
        let Ok(work) = work else { continue };
        changes.extend(work.changes.iter().map(|(place, change)| (*place, *account, change)));
    }
    changes.sort_by_key(|(place, ..)| *place);
    for (_, account, change) in changes {
        if let Err(why) = reports.change(change)
            && let Some(outcome @ Ok(_)) = tried.get_mut(account)
        {
            *outcome = Err(why);
        }
    }
}

/// Records one outcome in one transaction.
fn record(
    memory: &mut Tables,
    decided: &Decided,
    debts: &[&ReportDebt],
    outcome: Result<&ReportWork, ReportsError>,
    reported: &mut Reported,
) -> Result<(), ApplyError> {
    let Some(first) = debts.first() else { return Ok(()) };
    let now = decided.clock.moment;
    let tx = memory.connection_mut().begin()?;
    let (keys, mut over) = (Keys::new(&tx), Asked::default());
    let person = match &first.owed.person {
        Some(person) => Some(keys.key(person)?),
        None => None,
    };
    let operations: Vec<u64> = debts.iter().filter_map(|debt| debt.owed.entry).collect();
    let mut body = keys.bound(
        serde_json::json!({ "account": first.owed.account, "person": person, "operations": operations }),
    );
    let mut say = |name: &str, value: serde_json::Value| {
        if let serde_json::Value::Object(body) = &mut body {
            body.insert(name.to_owned(), value);
        }
    };
    match outcome {
        Ok(work) => {
            let (mut ends, mut takes): (BTreeSet<&str>, BTreeSet<&str>) = Default::default();
            for debt in debts {
                ends.extend(debt.ends.iter().map(String::as_str));
                takes.extend(debt.takes.iter().map(String::as_str));
                memory::reports_done(&tx, debt)?;
                over.is_over(memory::owed_name(debt.owed.seq));
            }
            for (_, change) in &work.changes {
                ends.extend(change.ends().then(|| change.before.name()));
                takes.extend(change.takes_out().then(|| change.before.name()));
            }
            say("ended", ends.len().into());
            say("addresses", takes.len().into());
            ledger::append(&tx, now, EntryKind::Reports, &body)?;
            over.record(&tx, now)?;
            tx.commit()?;
            reported.accounts += 1;
            reported.ended += ends.len();
            reported.addresses += takes.len();
        }
        Err(why) => {
            let kind = why.kind();
            // The failure is reported once for each kind of failure, not for each try.
            if debts.iter().any(|debt| debt.failed.as_deref() != Some(kind)) {
                say("failed", kind.into());
                ledger::append(&tx, now, EntryKind::ReportsFailed, &body)?;
            }
            // If the database does not answer, its client makes no more tries for now. When it answers, the work is due
            // at once.
            let again = decided.plan.reports_known.is_ok().then_some(now);
            for debt in debts {
                memory::reports_failed(&tx, debt, again, kind)?;
            }
            tx.commit()?;
            reported.failed.extend(unreported(debts, why.words()));
        }
    }
    Ok(())
}

fn unreported(debts: &[&ReportDebt], why: Text) -> Option<Unreported> {
    let first = debts.first()?;
    let since = debts.iter().map(|debt| debt.since).min()?;
    Some(Unreported { account: first.owed.account.clone(), person: first.owed.person.clone(), since, why })
}
