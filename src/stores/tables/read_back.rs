//! The errors for tables that, when they are read back, do not hold what was written.

use portvakt_core::diag::Text;
use portvakt_core::model::AccountId;
use portvakt_core::store::{Shortfall, StoreError};

/// Returns the error for an account that is not as it was written.
pub(super) fn short(id: &AccountId, shortfall: &Shortfall) -> StoreError {
    not_written(shortfall.sentence(id))
}

/// Returns the error for anything else that could not be written.
pub(super) fn not_written(what: Text) -> StoreError {
    StoreError::NotWritten(what)
}
