//! Turns errors of the databases into errors of the store, because the code that decides knows stores, but not
//! databases.

use portvakt_core::store::StoreError;

use super::{ConnectError, DatabaseFault, Error, LeaseError};

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error.fault() {
            DatabaseFault::Locked => Self::Locked,
            DatabaseFault::ReadOnly
                if matches!(error, Error::Postgres(_) | Error::TakesNoWrites | Error::Blanked { .. }) =>
            {
                Self::ReadOnlyServer
            }
            DatabaseFault::ReadOnly => Self::ReadOnly,
            DatabaseFault::Full => Self::Full,
            DatabaseFault::LeaseLost => Self::LeaseLost,
            DatabaseFault::Other => Self::Database(error.words(), Box::new(error)),
        }
    }
}

impl From<ConnectError> for StoreError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Database(error) => error.into(),
            ConnectError::File { .. } => Self::Open { place: HERE.to_owned(), why: error.words() },
        }
    }
}

impl From<LeaseError> for StoreError {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Connect(error) => error.into(),
            LeaseError::Taken(_) | LeaseError::TakenOver | LeaseError::Unknown(_) | LeaseError::Thread(_) => {
                Self::Open { place: HERE.to_owned(), why: error.words() }
            }
        }
    }
}

/// The text in place of the address, which is not known here.
const HERE: &str = "postgres://…";
