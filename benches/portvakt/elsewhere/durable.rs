//! The register with a clock around what is written before a request is sent.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use portvakt_core::model::{Account, AccountId, GrantKey, PersonId};
use portvakt_core::store::{Listing, OpeningId, ReadStore, StoreError, StoreTask, TaskOutcome, WriteStore};
use portvakt_stores::scim::Scim;

/// The store with the time that was spent in it.
#[derive(Debug)]
pub(super) struct Timed {
    pub(super) store: Scim,
    pub(super) spent: Arc<Mutex<Duration>>,
    /// The part of the time in which the outcomes were recorded durably.
    pub(super) recording: Arc<Mutex<Duration>>,
}

impl Timed {
    fn time<T>(&self, work: impl FnOnce(&Scim) -> T) -> T {
        let began = Instant::now();
        let done = work(&self.store);
        add(&self.spent, began.elapsed());
        done
    }
}

fn add(spent: &Mutex<Duration>, time: Duration) {
    if let Ok(mut spent) = spent.lock() {
        *spent += time;
    }
}

impl ReadStore for Timed {
    fn list(&self) -> Result<Listing, StoreError> {
        self.time(Scim::list)
    }

    fn accounts(
        &self,
        people: &BTreeSet<PersonId>,
        ids: &BTreeSet<AccountId>,
    ) -> Result<Vec<Account>, StoreError> {
        self.time(|store| store.accounts(people, ids))
    }

    fn spent(&self) -> Result<BTreeSet<GrantKey>, StoreError> {
        self.store.spent()
    }
}

impl WriteStore for Timed {
    fn perform(
        &mut self,
        tasks: &[StoreTask<'_>],
        today: Date,
        told: &mut dyn FnMut(Vec<TaskOutcome>) -> ControlFlow<()>,
    ) {
        let began = Instant::now();
        self.store.perform(tasks, today, &mut |outcomes| {
            let began = Instant::now();
            let goes_on = told(outcomes);
            add(&self.recording, began.elapsed());
            goes_on
        });
        add(&self.spent, began.elapsed());
    }

    fn opened(
        &self,
        openings: &BTreeSet<OpeningId>,
    ) -> Result<std::collections::BTreeMap<OpeningId, Account>, StoreError> {
        self.time(|store| store.opened(openings))
    }
}
