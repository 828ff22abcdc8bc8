//! The reasons why the ledger could not be written, read or found whole.

use portvakt_core::decide::Broken;
use portvakt_core::diag::{Text, text};
use portvakt_core::model::IdError;
use portvakt_core::store::StoreError;

/// The reason why the chain was not found to hold.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The ledger was changed, or the file is damaged.
    Broken(#[from] Broken),
    /// The ledger could not be read.
    Store(#[from] StoreError),
}

impl VerifyError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Broken(broken) => broken.words(),
            Self::Store(error) => error.words(),
        }
    }
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
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
    Broken(#[from] Broken),
    /// A person key belongs to an id that no person can have.
    OddPerson {
        /// The person key.
        key: String,
        /// The error that says what is wrong with the person's id.
        #[source]
        source: IdError,
    },
    /// The database reported an error.
    Store(#[from] StoreError),
}

impl LedgerError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Broken(broken) => broken.words(),
            Self::OddPerson { key, source } => {
                let why = source.words();
                text!(
                    with why;
                    en: "the key `{key}` stands for no possible person: {why}",
                    nb: "nøkkelen `{key}` står for ingen mulig person: {why}"
                )
            }
            Self::Store(error) => error.words(),
        }
    }
}

impl std::fmt::Display for LedgerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

impl From<portvakt_database::Error> for LedgerError {
    fn from(error: portvakt_database::Error) -> Self {
        Self::Store(error.into())
    }
}
