//! Carries out steps in the program's own tables. A step and its record are one transaction.
//!
//! Steps are done in batches, one transaction each. A step that fails leaves nothing behind. What a crash leaves undone is
//! found by the next pass, which compares the tables with the decisions.
//!
//! A row that refuses a part of a closing keeps nobody's access open: see `parts`.

use std::collections::BTreeSet;

use portvakt_core::decide::Decided;
use portvakt_core::plan::{Effect, Step, StepSubject};
use portvakt_core::store::StoreError;
use portvakt_database::Transaction;
use portvakt_stores::tables::Tables;
use portvakt_stores::tables::write::perform_all;

use super::parts::in_parts;
use super::recorded::{new_account_id, recorded_as_one};
use super::{ApplyError, Carried, Port, bodies};
use crate::ledger;
use crate::ledger::EntryKind;

/// The largest number of steps in one transaction. Removals come first and in small batches, so that each takes effect
/// soon.
const BATCH: usize = 256;

/// The tables that have both the accounts and the record.
pub(super) struct OwnTables;

impl Port for OwnTables {
    fn together(&self, steps: &[Step]) -> usize {
        // One transaction never mixes removals of rights with additions. A sweep removes no right (`StepTurn`).
        match steps.iter().take_while(|step| matches!(step.effect, Effect::Lower { .. })).count() {
            0 => steps.len().min(BATCH),
            lowering => lowering.min(BATCH),
        }
    }

    fn perform(
        &mut self,
        register: &mut Tables,
        decided: &Decided,
        steps: &[Step],
        carried: &mut Carried,
        told: &mut dyn FnMut(&Carried),
    ) -> Result<(), ApplyError> {
        batch(register, decided, steps, carried)?;
        told(carried);
        Ok(())
    }
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
                Err(whole) => {
                    let why = in_parts(&mut tx, decided, step, whole)?;
                    let body = bodies::failed_body(&tx, step, None, &why)?;
                    ledger::append(&tx, decided.clock.shown, EntryKind::StepFailed, &body)?;
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
            StepSubject::Account(id) => (Some(id), step.person.as_ref()),
            StepSubject::New(new) => (None, Some(&new.person)),
            StepSubject::Nobody => (None, step.person.as_ref()),
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
    recorded_as_one(tx, decided, group, |connection| {
        perform_all(connection, group, decided.clock.day, &mut new_account_id)
    })
}
