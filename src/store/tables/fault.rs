//! What the database says, in the words of [`StoreError`].

use crate::database::{Error, Fault};
use crate::store::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error.fault() {
            Fault::Locked => Self::Locked,
            Fault::ReadOnly => Self::ReadOnly,
            Fault::Full => Self::Full,
            Fault::LeaseLost => Self::LeaseLost,
            Fault::Other => Self::Database(error),
        }
    }
}

/// A row that holds what no register can mean: an id outside its alphabet, a date that is none.
#[derive(Debug, thiserror::Error)]
#[error("{row} has a {column} that cannot be read: `{value}`")]
pub(super) struct OddRow {
    /// Which row, for people.
    pub row: String,
    /// Which column.
    pub column: &'static str,
    /// What stands there.
    pub value: String,
}

impl From<OddRow> for StoreError {
    fn from(odd: OddRow) -> Self {
        Self::Database(Error::Odd(Box::new(odd)))
    }
}
