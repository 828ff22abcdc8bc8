//! Carries out what a pass decided: intent, effect and outcome, in the ledger and in the register.
//!
//! Execution chooses nothing. Decisions are recorded first, with the plan that follows from them: that is the
//! durable intent. Each step and its outcome are one transaction with the ledger entry that tells of it; a step
//! that fails leaves nothing behind, is recorded as failed and does not stop the others. What a crash leaves
//! undone is found by the next pass, which compares the store with what was decided.
//!
//! All that is for the embedded register. A store elsewhere shares no transaction with the record: see `elsewhere`.

mod baseline;
mod bodies;
mod elsewhere;
mod release;
mod reports;
mod settle;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::database::Connection;
use crate::ledger::{self, Kind, LedgerError};
use crate::memory::{self, MemoryError, Refused, Told};
use crate::model::AccountId;
use crate::pass::{Advance, Decided};
use crate::plan::{Cause, Effect, Step};
use crate::store::tables::Tables;
use crate::store::tables::write::perform;
use crate::store::{Performed, StoreError};

pub use baseline::{Acceptable, accept as accept_baseline};
pub use elsewhere::{carry_out_elsewhere, settle_intents};
pub use release::{confirm_date, release};
pub use reports::{Reported, Unreported, carry_out_reports};

/// Steps in one transaction. Removals come first and in small batches, so that each acts soon.
const BATCH: usize = 256;

/// Why what was decided could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The register's database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the program remembers.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Somebody accepted another commit while the pass was being made.
    #[error("another commit was accepted while this pass was being made")]
    Overtaken,
}

impl From<crate::database::Error> for ApplyError {
    fn from(error: crate::database::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}

/// What became of a plan.
#[derive(Debug, Default)]
pub struct Carried {
    /// How many steps were done.
    pub done: usize,
    /// The steps that failed, and why.
    pub failed: Vec<(Step, StoreError)>,
    /// What became of the reports in Rapporteket.
    pub reports: Reported,
}

/// Records what was decided and does the steps.
///
/// # Errors
/// When the decisions cannot be recorded: then nothing has been done. A step that fails is no error here.
pub fn carry_out(
    register: &mut Tables,
    decided: &Decided,
    mut told: impl FnMut(usize, usize),
) -> Result<Carried, ApplyError> {
    let mut carried = Carried::default();
    record(register, decided)?;
    if decided.steps.is_empty() {
        return Ok(carried);
    }
    let mut at = 0;
    while at < decided.steps.len() {
        let rest = decided.steps.get(at..).unwrap_or_default();
        let first_raise = rest.iter().position(|step| !matches!(step.effect, Effect::Lower { .. }));
        // One transaction never mixes what takes away with what gives.
        let size = match first_raise {
            Some(0) => rest.len().min(BATCH),
            Some(lowering) => lowering.min(BATCH),
            None => rest.len().min(BATCH),
        };
        batch(register, decided, rest.get(..size).unwrap_or_default(), &mut carried)?;
        at += size;
        told(at, decided.steps.len());
    }
    finish(register, decided, &carried)?;
    Ok(carried)
}

const OPEN_PLAN: &str = "open-plan";

/// Writes decisions, holds and the plan's intent: one transaction.
fn record(register: &mut Tables, decided: &Decided) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    let at = decided.now;
    if let Some(plan) = memory::mark(&tx, OPEN_PLAN)?.filter(|plan| !plan.is_empty()) {
        ledger::append(&tx, at, Kind::Interrupted, &serde_json::json!({ "plan": plan }))?;
        memory::set_mark(&tx, OPEN_PLAN, "")?;
    }
    if let Some(Advance { from, to }) = &decided.advance {
        // A baseline may have been accepted meanwhile: what was judged against another commit is not recorded.
        if memory::accepted_commit(&tx)?.as_ref() != Some(from) {
            return Err(ApplyError::Overtaken);
        }
        memory::set_accepted_commit(&tx, Some(to))?;
    }
    for digest in &decided.spent {
        memory::spend(&tx, digest, at)?;
    }
    if let Some((rules, tree)) = &decided.released_rules {
        let policies = (&rules.policies_digest, tree.policies());
        memory::store_rules(&tx, policies, (&rules.settings_digest, tree.settings()))?;
        memory::set_accepted_rules(&tx, &rules.policies_digest, &rules.settings_digest)?;
        let body =
            serde_json::json!({ "policies": rules.policies_digest, "settings": rules.settings_digest });
        ledger::append(&tx, at, Kind::ProtectedAccepted, &body)?;
    }
    for standing in &decided.grants {
        memory::accept_grant(&tx, standing)?;
        memory::forget_refusal(&tx, &standing.grant.key)?;
        let body = bodies::accepted(&tx, decided, standing)?;
        ledger::append(&tx, at, Kind::Accepted, &body)?;
    }
    for statement in &decided.used {
        memory::use_statement(&tx, statement)?;
    }
    for removal in &decided.cleared {
        if let Some(until) = removal.until {
            memory::shorten_grant(&tx, &removal.key, until)?;
        }
        if removal.until.is_none_or(|until| until < decided.today) {
            memory::clear_grant(&tx, &removal.key, removal.cause, removal.revocation.as_ref())?;
        }
        let body = bodies::removal(&tx, decided, removal)?;
        ledger::append(&tx, at, Kind::Accepted, &body)?;
    }
    for file in &decided.files {
        let digest = file.digest.unwrap_or(memory::UNSETTLED);
        memory::accept_file(&tx, &file.person, &file.trust, &file.facts, &digest)?;
    }
    for (person, trust) in &decided.forgotten {
        memory::forget_file(&tx, person, trust)?;
    }
    for (who, trust) in &decided.charged {
        memory::remove_count(&tx, at, who, trust.as_ref())?;
    }
    record_holds(&tx, decided)?;
    if let Some(reports) = &decided.reports {
        memory::plan_reports(&tx, at, reports)?;
    }
    if !decided.steps.is_empty() {
        let plan = decided.plan_digest();
        memory::set_mark(&tx, OPEN_PLAN, &plan.to_string())?;
        ledger::append(&tx, at, Kind::Plan, &bodies::plan(decided, &plan))?;
    }
    if let Some(mark) = decided.clock_mark {
        memory::set_clock_mark(&tx, mark)?;
    }
    Ok(tx.commit()?)
}

fn record_holds(tx: &Connection, decided: &Decided) -> Result<(), ApplyError> {
    let (at, since) = (decided.now, decided.now.to_string());
    let known = memory::file_holds(tx)?;
    for (path, findings) in &decided.held_files {
        let told: Vec<Told> = findings.iter().map(Told::from).collect();
        if !known.contains_key(path) {
            ledger::append(tx, at, Kind::Held, &bodies::held_file(tx, path, &told)?)?;
        }
        memory::hold_file(tx, path, &since, &told)?;
    }
    for path in &decided.mended {
        if memory::clear_file(tx, path)? {
            ledger::append(tx, at, Kind::Mended, &bodies::held_file(tx, path, &[])?)?;
        }
    }
    let refusals = memory::refusals(tx)?;
    for (key, (path, refusal)) in &decided.refused {
        let refused = Refused {
            path: path.clone(),
            statement: refusal.statement,
            policies: refusal.rules.policies_digest,
            settings: refusal.rules.settings_digest,
            first_day: refusal.day,
            since: since.clone(),
            told: Told::from(&refusal.finding),
        };
        if refusals.get(key).is_none_or(|known| known.statement != refused.statement) {
            ledger::append(tx, at, Kind::Refused, &bodies::refused(tx, key, &refused)?)?;
        }
        memory::hold_refusal(tx, key, &refused)?;
    }
    for key in &decided.lifted {
        memory::lift_refusal(tx, key, &since)?;
    }
    let mut sets = BTreeMap::new();
    for set in &decided.held_removals {
        let summary = serde_json::json!({
            "trust": set.trust, "people": set.people, "allowed": set.allowed, "asked": set.asked,
        });
        sets.insert(set.digest, summary);
    }
    // A pass over some files sees only a part of what a scope would lose: the set that people are asked to release
    // is the one a whole pass holds, and that pass follows at once.
    if decided.whole {
        for digest in memory::set_removal_holds(tx, &since, &sets)? {
            let set = decided.held_removals.iter().find(|set| set.digest == digest);
            let body = serde_json::json!({
                "removals": digest,
                "trust": set.and_then(|set| set.trust.as_ref()),
                "people": set.map(|set| set.people.len()),
            });
            ledger::append(tx, at, Kind::Held, &body)?;
        }
    }
    Ok(())
}

/// Some steps and their outcomes: one transaction, a savepoint a step.
fn batch(
    register: &mut Tables,
    decided: &Decided,
    steps: &[Step],
    carried: &mut Carried,
) -> Result<(), ApplyError> {
    let mut tx = register.connection_mut().begin()?;
    for step in steps {
        let point = tx.savepoint()?;
        match one(&point, decided, step) {
            Ok(()) => {
                point.commit()?;
                carried.done += 1;
            }
            Err(ApplyError::Store(why)) => {
                drop(point);
                ledger::append(&tx, decided.now, Kind::StepFailed, &bodies::failed(&tx, step, None, &why)?)?;
                carried.failed.push((step.clone(), why));
            }
            Err(other) => return Err(other),
        }
    }
    Ok(tx.commit()?)
}

fn one(conn: &Connection, decided: &Decided, step: &Step) -> Result<(), ApplyError> {
    let mut new_id = || AccountId::new(&uuid::Uuid::new_v4().to_string());
    let performed: Performed = perform(conn, step, decided.today, &mut new_id)?;
    outcome(conn, (decided.now, decided.today), step, &performed)
}

/// Records what a step has done: memory and ledger, inside the caller's transaction.
fn outcome(
    conn: &Connection,
    (now, today): (Timestamp, Date),
    step: &Step,
    performed: &Performed,
) -> Result<(), ApplyError> {
    settle::settle(conn, step, performed, today)?;
    let body = bodies::step(conn, step, performed)?;
    let entry = ledger::append(conn, now, Kind::Step, &body)?;
    if let (Effect::Lower { .. } | Effect::Sweep { .. }, Some(account)) = (&step.effect, &performed.account) {
        memory::owe_reports(conn, account, entry.seq)?;
    }
    if let Effect::Lower { revoke, .. } = &step.effect
        && revoke.iter().any(|revoke| matches!(revoke.cause, Cause::Drift | Cause::UnknownAccount))
    {
        ledger::append(conn, now, Kind::Drift, &body)?;
    }
    Ok(())
}

fn finish(register: &mut Tables, decided: &Decided, carried: &Carried) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    memory::set_mark(&tx, OPEN_PLAN, "")?;
    let body = serde_json::json!({
        "snapshot": decided.snapshot,
        "plan": decided.plan_digest(),
        "done": carried.done,
        "failed": carried.failed.len(),
    });
    ledger::append(&tx, decided.now, Kind::Pass, &bodies::of_commit(decided, body))?;
    Ok(tx.commit()?)
}
