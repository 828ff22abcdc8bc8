//! The errors for tables that do not hold what was written when they are read back.

use portvakt_core::model::AccountId;
use portvakt_core::store::StoreError;

/// The error for an account that is not in the register.
pub(super) fn gone(id: &AccountId) -> StoreError {
    not_written(format!("the account `{id}` is not in the register"))
}

/// The error for a row that does not hold what was written.
pub(super) fn not_written(what: String) -> StoreError {
    StoreError::NotWritten(what)
}
