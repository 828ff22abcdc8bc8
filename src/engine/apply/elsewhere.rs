//! This module carries out steps in an external store, which shares no transaction with the record. The order is
//! intent, effect, read back, outcome.
//!
//! The intents of a plan, and the names of the accounts to open, are on disk before the store is told anything, and the
//! ledger binds them. The store reports each step when it has read it back. The outcome, its ledger entry and the end of
//! its intent are one local transaction. A step without an outcome (a crash, a lost answer) keeps its intent. It is
//! settled before the next pass decides anything: by reading the store, never by guessing.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use jiff::Timestamp;
use portvakt_core::decide::Decided;
use portvakt_core::model::{AccountId, PersonId};
use portvakt_core::plan::{Step, StepSubject, StepTurn};
use portvakt_core::store::{
    EarlierAttempt, Opening, Performed, StoreError, StoreTask, TaskOutcome, WriteStore,
};
use portvakt_database::Connection;
use portvakt_stores::tables::Tables;

use super::bind::Asked;
use super::earlier::closed_accounts;
use super::outcome::{outcome, outcomes, uses};
use super::{ApplyError, Carried, Port, bodies};
use crate::ledger::EntryKind;
use crate::{ledger, memory};

/// An external store, which has the accounts.
pub(super) struct ExternalStore<'s> {
    pub store: &'s mut dyn WriteStore,
}

impl Port for ExternalStore<'_> {
    fn together(&self, steps: &[Step]) -> usize {
        // Steps of another turn are sent to the store at another time.
        let turn = steps.first().map(|step| step.effect.turn());
        steps.iter().take_while(|step| Some(step.effect.turn()) == turn).count()
    }

    fn perform(
        &mut self,
        register: &mut Tables,
        decided: &Decided,
        steps: &[Step],
        carried: &mut Carried,
        told: &mut dyn FnMut(&Carried),
    ) -> Result<(), ApplyError> {
        if steps.first().is_some_and(|step| step.effect.turn() == StepTurn::Settles) {
            carried.done += settle_quietly(register, self.store, decided, steps)?;
            return Ok(());
        }
        carry_out_steps(register, self.store, decided, steps, carried, told)
    }
}

/// Writes the intents, makes the store do the steps, and records each outcome when it comes.
fn carry_out_steps(
    memory: &mut Tables,
    store: &mut dyn WriteStore,
    decided: &Decided,
    steps: &[Step],
    carried: &mut Carried,
    told: &mut dyn FnMut(&Carried),
) -> Result<(), ApplyError> {
    let mut tasks = Vec::with_capacity(steps.len());
    let mut intents = Vec::with_capacity(steps.len());
    let tx = memory.connection_mut().begin()?;
    memory::salt_asked(&tx)?;
    let mut asked = Asked::default();
    let mut closed = closed_accounts(&tx, steps)?;
    for step in steps {
        let opening: Option<Opening> = match &step.subject {
            StepSubject::New(new) => {
                let opening = memory::opening_for(&tx, &new.person, decided.clock.moment)?;
                Some(Opening { earlier: closed.remove(&new.person).unwrap_or_default(), ..opening })
            }
            StepSubject::Account(_) | StepSubject::Nobody => None,
        };
        // An opening of an earlier pass is bound already.
        if let Some(Opening { id, tried: EarlierAttempt::Never, .. }) = &opening {
            asked.begins(memory::opening_name(id));
        }
        let named = opening.as_ref().map(|opening| &opening.id);
        let intent = memory::intend(&tx, (decided.clock.moment, decided.clock.day), step, named)?;
        asked.begins(memory::intent_name(intent));
        intents.push(intent);
        tasks.push(StoreTask { step, opening });
    }
    asked.record(&tx, decided.clock.shown)?;
    tx.commit()?;
    let mut failure = None;
    store.perform(&tasks, decided.clock.day, &mut |outcomes| match recorded(
        memory, decided, &tasks, &intents, outcomes, carried,
    ) {
        Ok(()) => {
            told(carried);
            ControlFlow::Continue(())
        }
        Err(why) => {
            failure = Some(why);
            ControlFlow::Break(())
        }
    });
    failure.map_or(Ok(()), Err)
}

/// Records outcomes that came together, in one transaction.
fn recorded(
    memory: &mut Tables,
    decided: &Decided,
    tasks: &[StoreTask<'_>],
    intents: &[i64],
    outcomes: Vec<TaskOutcome>,
    carried: &mut Carried,
) -> Result<(), ApplyError> {
    let tx = memory.connection_mut().begin()?;
    let (mut done, mut failed, mut together) = (0, Vec::new(), Together::default());
    let mut asked = Asked::default();
    for TaskOutcome { at, opened, done: result } in outcomes {
        let (Some(task), Some(&intent)) = (tasks.get(at), intents.get(at)) else { continue };
        let step = task.step;
        match result {
            Ok(performed) => {
                if !together.takes(step) {
                    together.record(&tx, decided, &mut asked)?;
                }
                together.add(step, performed, intent);
                done += 1;
            }
            Err(why) => {
                together.record(&tx, decided, &mut asked)?;
                match (&why, &opened, &task.opening) {
                    // The account may be seen later. Its opening stays open, so that nobody gets a second account.
                    (StoreError::Unfinished(account, _), _, Some(opening)) => {
                        memory::account_made(&tx, &opening.id, account, decided.clock.moment)?;
                    }
                    (_, Some(account), _) => {
                        keep_account(&tx, decided.clock.shown, (step, account), &mut asked)?;
                    }
                    (why, None, Some(opening)) if has_opened_nothing(opening.tried, why) => {
                        forget_opening(&tx, step, &mut asked)?;
                    }
                    _ => {}
                }
                let body = bodies::failed_body(&tx, step, opened.as_ref(), &why)?;
                ledger::append(&tx, decided.clock.shown, EntryKind::StepFailed, &body)?;
                // If the step may have been written, its intent stays open. The next pass looks at the store first.
                if !matches!(why, StoreError::Unknown(_)) {
                    close_intent(&tx, intent, &mut asked)?;
                }
                failed.push((step.clone(), why));
            }
        }
    }
    together.record(&tx, decided, &mut asked)?;
    asked.record(&tx, decided.clock.shown)?;
    tx.commit()?;
    carried.done += done;
    carried.failed.extend(failed);
    Ok(())
}

/// Returns whether this failure shows that there is no account under the name of an opening. What the store has refused,
/// it has looked for before. Where it was not asked this time, it must not have been asked before either.
fn has_opened_nothing(tried: EarlierAttempt, why: &StoreError) -> bool {
    match why {
        StoreError::Refused(_) | StoreError::Reserved(_) => true,
        StoreError::NotAsked(_)
        | StoreError::Unfit(_)
        | StoreError::NotLetIn { .. }
        | StoreError::Unreachable { .. } => tried == EarlierAttempt::Never,
        _ => false,
    }
}

/// Steps that were done one after the other, for different people. They are recorded together.
#[derive(Default)]
struct Together<'s> {
    done: Vec<(&'s Step, Performed, i64)>,
    people: BTreeSet<Option<&'s PersonId>>,
}

impl<'s> Together<'s> {
    /// Returns whether no collected step is for the same person. Of the steps without a person, only one is collected
    /// at a time.
    fn takes(&self, step: &Step) -> bool {
        !self.people.contains(&step.person.as_ref())
    }

    fn add(&mut self, step: &'s Step, performed: Performed, intent: i64) {
        self.people.insert(step.person.as_ref());
        self.done.push((step, performed, intent));
    }

    fn record(&mut self, tx: &Connection, decided: &Decided, asked: &mut Asked) -> Result<(), ApplyError> {
        if self.done.is_empty() {
            return Ok(());
        }
        let done: Vec<_> = self.done.iter().map(|(step, performed, _)| (*step, performed)).collect();
        outcomes(tx, (decided.clock.shown, decided.clock.day), &done)?;
        for (step, _, intent) in self.done.drain(..) {
            forget_opening(tx, step, asked)?;
            close_intent(tx, intent, asked)?;
        }
        self.people.clear();
        Ok(())
    }
}

fn close_intent(conn: &Connection, intent: i64, asked: &mut Asked) -> Result<(), ApplyError> {
    memory::close_intent(conn, intent)?;
    asked.is_over(memory::intent_name(intent));
    Ok(())
}

fn forget_opening(conn: &Connection, step: &Step, asked: &mut Asked) -> Result<(), ApplyError> {
    if let StepSubject::New(new) = &step.subject
        && let Some(opening) = memory::forget_opening(conn, &new.person)?
    {
        asked.is_over(memory::opening_name(&opening));
    }
    Ok(())
}

/// Records the new account as the person's account, even if the rest of the step failed. So nobody gets a second
/// account.
fn keep_account(
    conn: &Connection,
    now: Timestamp,
    (step, account): (&Step, &AccountId),
    asked: &mut Asked,
) -> Result<(), ApplyError> {
    if let StepSubject::New(new) = &step.subject {
        uses(conn, now, &new.person, account)?;
        forget_opening(conn, step, asked)?;
    }
    Ok(())
}

/// Records steps that tell the store nothing. If the store has closed an account by itself, the person's link to it is
/// removed.
fn settle_quietly(
    memory: &mut Tables,
    store: &dyn WriteStore,
    decided: &Decided,
    steps: &[Step],
) -> Result<usize, ApplyError> {
    let ids: BTreeSet<AccountId> = steps.iter().filter_map(|step| step.subject.account()).cloned().collect();
    let open: BTreeSet<AccountId> = if ids.is_empty() {
        BTreeSet::new()
    } else {
        let read = store.accounts(&BTreeSet::new(), &ids)?;
        read.into_iter().filter(|account| account.active).map(|account| account.id).collect()
    };
    let tx = memory.connection_mut().begin()?;
    for step in steps {
        let account = step.subject.account();
        let performed = Performed { account: account.cloned(), after: None };
        // An open account still belongs to the person. A separate step closes it.
        let kept = match (account, &step.person) {
            (Some(account), Some(person)) if open.contains(account) => Some((person, account)),
            _ => None,
        };
        outcome(&tx, (decided.clock.shown, decided.clock.day), step, &performed)?;
        if let Some((person, account)) = kept {
            uses(&tx, decided.clock.shown, person, account)?;
        }
    }
    tx.commit()?;
    Ok(steps.len())
}
