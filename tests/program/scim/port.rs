//! Puts the register in this program's own tables behind the same port as other stores, so that it gets the same story.
//! The program itself writes such a register in another way, together with its record.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use jiff::civil::Date;
use portvakt_core::model::{Account, AccountId, GrantKey, PersonId};
use portvakt_core::plan::{Effect, StepSubject};
use portvakt_core::store::{Listing, OpeningId, ReadStore, StoreError, StoreTask, TaskOutcome, WriteStore};
use portvakt_database::Site;
use portvakt_stores::tables::write::perform;
use portvakt_stores::tables::{Create, Tables};

#[derive(Debug)]
pub struct Port(RefCell<Tables>);

impl Port {
    pub fn open(site: impl Into<Site>) -> Self {
        Self(RefCell::new(Tables::open(site, Create::IfMissing).unwrap()))
    }
}

impl ReadStore for Port {
    fn list(&self) -> Result<Listing, StoreError> {
        self.0.borrow().list()
    }

    fn accounts(
        &self,
        people: &BTreeSet<PersonId>,
        ids: &BTreeSet<AccountId>,
    ) -> Result<Vec<Account>, StoreError> {
        self.0.borrow().accounts(people, ids)
    }

    fn spent(&self) -> Result<BTreeSet<GrantKey>, StoreError> {
        self.0.borrow().spent()
    }
}

impl WriteStore for Port {
    fn perform(
        &mut self,
        tasks: &[StoreTask<'_>],
        today: Date,
        told: &mut dyn FnMut(Vec<TaskOutcome>) -> ControlFlow<()>,
    ) {
        let takes =
            |at: &usize| matches!(tasks[*at].step.effect, Effect::Lower { .. } | Effect::Sweep { .. });
        let (first, second): (Vec<usize>, Vec<usize>) = (0..tasks.len()).partition(takes);
        let tx = self.0.get_mut().connection_mut().begin().unwrap();
        let mut outcomes = Vec::new();
        for at in first.into_iter().chain(second) {
            let task = &tasks[at];
            // The name of the opening is the id: the register lets the program choose it.
            let mut id = || AccountId::new(task.opening.as_ref().unwrap().id.as_str());
            tx.execute_batch("SAVEPOINT step").unwrap();
            let done = perform(&tx, task.step, today, &mut id);
            tx.execute_batch(if done.is_ok() { "RELEASE step" } else { "ROLLBACK TO step; RELEASE step" })
                .unwrap();
            let opened = done.as_ref().ok().and_then(|done| done.account.clone());
            let opened = opened.filter(|_| matches!(task.step.subject, StepSubject::New(_)));
            outcomes.push(TaskOutcome { at, opened, done });
        }
        tx.commit().unwrap();
        assert!(told(outcomes).is_continue());
    }

    fn opened(&self, openings: &BTreeSet<OpeningId>) -> Result<BTreeMap<OpeningId, Account>, StoreError> {
        let ids = openings.iter().map(|opening| AccountId::new(opening.as_str())).collect();
        let found = self.accounts(&BTreeSet::new(), &ids)?;
        Ok(found.into_iter().map(|account| (OpeningId::new(account.id.as_str()), account)).collect())
    }
}
