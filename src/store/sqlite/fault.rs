//! What the database says, in the words of [`StoreError`].

use rusqlite::ErrorCode;
use rusqlite::types::FromSqlError;

use crate::store::StoreError;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Database(error),
        }
    }
}

impl From<FromSqlError> for StoreError {
    fn from(error: FromSqlError) -> Self {
        Self::Database(error.into())
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
        let kind = rusqlite::types::Type::Text;
        Self::Database(rusqlite::Error::FromSqlConversionFailure(0, kind, Box::new(odd)))
    }
}
