//! The reasons why the ledger could not be written, read or found whole.

use portvakt_core::decide::Broken;
use portvakt_core::model::IdError;
use portvakt_core::store::StoreError;

/// The reason why the chain was not found to hold.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The ledger was changed, or the file is damaged.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The ledger could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<portvakt_database::Error> for VerifyError {
    fn from(error: portvakt_database::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The reason why the ledger could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// An entry does not contain what the ledger writes.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// A person key belongs to an id that no person can have.
    #[error("the key `{key}` stands for no possible person")]
    OddPerson {
        /// The person key.
        key: String,
        /// The error that says what is wrong with the person's id.
        #[source]
        source: IdError,
    },
    /// The database reported an error.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<portvakt_database::Error> for LedgerError {
    fn from(error: portvakt_database::Error) -> Self {
        Self::Store(error.into())
    }
}
