//! A row of the tables that holds what no register can mean.

use portvakt_core::store::StoreError;
use portvakt_database::Error;

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
        Error::Odd(Box::new(odd)).into()
    }
}
