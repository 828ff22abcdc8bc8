//! This module carries out what a pass decided. It writes intent, effect and outcome to the ledger and to the register.
//!
//! This module makes no decisions. Decisions are recorded first, with the plan that follows from them. That is the
//! durable intent. Each step and its ledger entry are one transaction. A failed step leaves nothing behind, is recorded
//! as failed and does not stop the others. If a crash leaves something undone, the next pass finds it: it compares the
//! store with the decisions.
//!
//! All this is for the embedded register. An external store shares no transaction with the record: see `elsewhere`.

mod acceptable;
mod adopt;
mod again;
mod baseline;
mod bind;
mod bodies;
mod elsewhere;
mod id_changes;
mod interrupted;
mod outcome;
mod record;
mod release;
mod reports;
mod settle;
mod trusts;

use std::collections::BTreeSet;

use portvakt_core::decide::Decided;
use portvakt_core::model::AccountId;
use portvakt_core::plan::{Effect, Step, Subject};
use portvakt_core::store::{Performed, StoreError};
use portvakt_database::Transaction;
use portvakt_stores::tables::Tables;
use portvakt_stores::tables::write::perform_all;

use crate::ledger;
use crate::ledger::{Kind, LedgerError};
use crate::memory::MemoryError;
use outcome::outcomes;

pub use acceptable::Acceptable;
pub use adopt::adopt_memory;
pub use baseline::accept as accept_baseline;
pub use elsewhere::carry_out_elsewhere;
pub use interrupted::settle_intents;
pub use release::{confirm_date, release, release_set};
pub use reports::{Reported, Unreported, carry_out_reports};

/// The largest number of steps in one transaction. Removals come first and in small batches, so that each takes effect
/// soon.
const BATCH: usize = 256;

/// The reason why the decisions could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The register's database reported an error.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The memory could not be read or written.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The ledger could not be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Somebody accepted another commit while the pass was being made.
    #[error("another commit was accepted while this pass was being made")]
    Overtaken,
}

impl From<portvakt_database::Error> for ApplyError {
    fn from(error: portvakt_database::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}

/// The result of carrying out a plan.
#[derive(Debug, Default)]
pub struct Carried {
    /// The number of steps that were done.
    pub done: usize,
    /// The steps that failed, each with its reason.
    pub failed: Vec<(Step, StoreError)>,
    /// The result of the reports in Rapporteket.
    pub reports: Reported,
}

/// Records the decisions and does the steps.
///
/// # Errors
/// When the decisions cannot be recorded. Then nothing has been done. A step that fails is no error here.
pub fn carry_out(
    register: &mut Tables,
    decided: &Decided,
    mut told: impl FnMut(usize, usize),
) -> Result<Carried, ApplyError> {
    let mut carried = Carried::default();
    record::begin(register, decided)?;
    if decided.steps.is_empty() {
        return Ok(carried);
    }
    let mut at = 0;
    while at < decided.steps.len() {
        let rest = decided.steps.get(at..).unwrap_or_default();
        let first_raise = rest.iter().position(|step| !matches!(step.effect, Effect::Lower { .. }));
        // One transaction never mixes removals with additions.
        let size = match first_raise {
            Some(0) => rest.len().min(BATCH),
            Some(lowering) => lowering.min(BATCH),
            None => rest.len().min(BATCH),
        };
        batch(register, decided, rest.get(..size).unwrap_or_default(), &mut carried)?;
        at += size;
        told(at, decided.steps.len());
    }
    record::finish(register, decided, &carried)?;
    Ok(carried)
}

/// Does some steps and records their outcomes in one transaction. If a step of a group fails, the whole group is
/// undone, and each step is then done alone. So a step is done completely or not at all, and does not stop the others.
fn batch(
    register: &mut Tables,
    decided: &Decided,
    steps: &[Step],
    carried: &mut Carried,
) -> Result<(), ApplyError> {
    let mut tx = register.connection_mut().begin()?;
    for group in groups(steps) {
        if group.len() > 1 && together(&mut tx, decided, &group)?.is_ok() {
            carried.done += group.len();
            continue;
        }
        for step in group {
            match together(&mut tx, decided, &[step])? {
                Ok(()) => carried.done += 1,
                Err(why) => {
                    let body = bodies::failed(&tx, step, None, &why)?;
                    ledger::append(&tx, decided.now, Kind::StepFailed, &body)?;
                    carried.failed.push((step.clone(), why));
                }
            }
        }
    }
    Ok(tx.commit()?)
}

/// Groups steps that follow each other and are independent: they are of one kind, and for different people and
/// accounts.
fn groups(steps: &[Step]) -> Vec<Vec<&Step>> {
    let mut groups: Vec<Vec<&Step>> = Vec::new();
    let (mut people, mut accounts) = (BTreeSet::new(), BTreeSet::new());
    for step in steps {
        let (account, person) = match &step.subject {
            Subject::Account(id) => (Some(id), step.person.as_ref()),
            Subject::New(new) => (None, Some(&new.person)),
            Subject::Nobody => (None, step.person.as_ref()),
        };
        let same = groups
            .last()
            .and_then(|group| group.last())
            .is_some_and(|last| std::mem::discriminant(&last.effect) == std::mem::discriminant(&step.effect));
        let apart = person.is_none_or(|person| !people.contains(person))
            && account.is_none_or(|account| !accounts.contains(account));
        if !(same && apart) {
            people.clear();
            accounts.clear();
            groups.push(Vec::new());
        }
        people.extend(person);
        accounts.extend(account);
        if let Some(group) = groups.last_mut() {
            group.push(step);
        }
    }
    groups
}

/// Does a whole group and records it, or undoes all of it. In that case the inner error gives the reason.
fn together(
    tx: &mut Transaction<'_>,
    decided: &Decided,
    group: &[&Step],
) -> Result<Result<(), StoreError>, ApplyError> {
    let point = tx.savepoint()?;
    let mut new_id = || AccountId::new(&uuid::Uuid::new_v4().to_string());
    let done = match perform_all(&point, group, decided.today, &mut new_id) {
        Ok(done) => done,
        Err(why) => return Ok(Err(why)),
    };
    let done: Vec<(&Step, &Performed)> = group.iter().copied().zip(&done).collect();
    match outcomes(&point, (decided.now, decided.today), &done) {
        Ok(()) => Ok(Ok(point.commit()?)),
        Err(ApplyError::Store(why)) => Ok(Err(why)),
        Err(other) => Err(other),
    }
}
