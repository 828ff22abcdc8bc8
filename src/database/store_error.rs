//! Turns errors of the databases into errors of the store, because the code that decides knows stores and no database.

use portvakt_core::store::StoreError;

use super::{ConnectError, Error, Fault, LeaseError};

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error.fault() {
            Fault::Locked => Self::Locked,
            Fault::ReadOnly => Self::ReadOnly,
            Fault::Full => Self::Full,
            Fault::LeaseLost => Self::LeaseLost,
            Fault::Other => Self::Database(Box::new(error)),
        }
    }
}

impl From<ConnectError> for StoreError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Database(error) => error.into(),
            file => Self::Open { place: "the database".to_owned(), why: file.to_string() },
        }
    }
}

impl From<LeaseError> for StoreError {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Connect(error) => error.into(),
            other => Self::Open { place: "the database".to_owned(), why: other.to_string() },
        }
    }
}
