//! A register's reader with the time that was spent in it.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use portvakt_core::model::{Account, AccountId, GrantKey, PersonId};
use portvakt_core::store::{Listing, ReadStore, StoreError};
use portvakt_stores::tables::Reader;

/// The reader, with a clock around each call.
pub struct Timed<'r> {
    reader: &'r Reader,
    spent: Cell<Duration>,
}

impl<'r> Timed<'r> {
    pub fn new(reader: &'r Reader) -> Self {
        Self { reader, spent: Cell::new(Duration::ZERO) }
    }

    pub fn spent(&self) -> Duration {
        self.spent.get()
    }
}

impl ReadStore for Timed<'_> {
    fn list(&self) -> Result<Listing, StoreError> {
        let began = Instant::now();
        let listed = self.reader.list();
        self.spent.set(self.spent.get() + began.elapsed());
        listed
    }

    fn accounts(
        &self,
        people: &BTreeSet<PersonId>,
        ids: &BTreeSet<AccountId>,
    ) -> Result<Vec<Account>, StoreError> {
        self.reader.accounts(people, ids)
    }

    fn spent(&self) -> Result<BTreeSet<GrantKey>, StoreError> {
        self.reader.spent()
    }

    fn lists_may_lag(&self) -> bool {
        self.reader.lists_may_lag()
    }
}
