//! Does steps in the program's own tables together with their record, so that both stand or neither does.

use portvakt_core::decide::Decided;
use portvakt_core::model::AccountId;
use portvakt_core::plan::Step;
use portvakt_core::store::{Performed, StoreError};
use portvakt_database::{Connection, Transaction};

use super::ApplyError;
use super::outcome::outcomes;

/// Does these steps as `perform` does them and records them, or undoes all of it.
pub(super) fn recorded_as_one(
    tx: &mut Transaction<'_>,
    decided: &Decided,
    steps: &[&Step],
    perform: impl FnOnce(&Connection) -> Result<Vec<Performed>, StoreError>,
) -> Result<Result<(), StoreError>, ApplyError> {
    let point = tx.savepoint()?;
    let done = match perform(&point) {
        Ok(done) => done,
        Err(why) => return Ok(Err(why)),
    };
    let done: Vec<(&Step, &Performed)> = steps.iter().copied().zip(&done).collect();
    match outcomes(&point, (decided.clock.shown, decided.clock.day), &done) {
        Ok(()) => Ok(Ok(point.commit()?)),
        Err(ApplyError::Store(why)) => Ok(Err(why)),
        Err(other) => Err(other),
    }
}

/// Makes an id for a new account. It is random and was never used before.
pub(super) fn new_account_id() -> AccountId {
    AccountId::new(&uuid::Uuid::new_v4().to_string())
}
