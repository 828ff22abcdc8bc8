//! What is said where the tables, read back, are not as they were written.

use portvakt_core::model::AccountId;
use portvakt_core::store::StoreError;

/// The account is not there.
pub(super) fn gone(id: &AccountId) -> StoreError {
    not_written(format!("the account `{id}` is not in the register"))
}

/// It says something else.
pub(super) fn not_written(what: String) -> StoreError {
    StoreError::NotWritten(what)
}
