//! The errors of both databases, in one enum.

use rusqlite::{ErrorCode, ffi};
use tokio_postgres::error::SqlState;

/// The reason why a statement failed, or why its answer could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An error of SQLite.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// An error of PostgreSQL.
    #[error("PostgreSQL says: {}", words(.0))]
    Postgres(#[source] tokio_postgres::Error),
    /// A row was needed and none was found.
    #[error("there is no such row")]
    NoRow,
    /// A column holds another kind of value than this program writes.
    #[error("column {at} holds {found}, and {wanted} was expected")]
    Column {
        /// The position of the column, counted from 0.
        at: usize,
        /// The kind of value in the column.
        found: &'static str,
        /// The kind of value that was expected.
        wanted: &'static str,
    },
    /// Another program writes now. The lease that this program wrote under has a new epoch.
    #[error("another portvakt writes to this register now; nothing more was written here")]
    LeaseLost,
    /// The runtime that waits for answers cannot be started, for example because too many files are open.
    #[error("a connection to the database cannot be waited for")]
    Thread(#[source] std::io::Error),
    /// The name of the server leads nowhere, or to an address that is not contacted.
    #[error("the database's host cannot be reached: {0}")]
    Lookup(#[from] portvakt_net::LookupError),
    /// The connection has ended.
    #[error("the connection to the database has ended")]
    Closed,
    /// A row holds a value that means nothing in a register.
    #[error(transparent)]
    Odd(Box<dyn std::error::Error + Send + Sync>),
}

/// The faults that people can repair without knowing databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Somebody else is writing.
    Locked,
    /// The database can be read but not written.
    ReadOnly,
    /// There is no room left on the disk.
    Full,
    /// Another program has taken over the writing.
    LeaseLost,
    /// Any other fault.
    Other,
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl Error {
    /// Tells the kind of fault.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            // On a full disk SQLite cannot make room for the file that its readers and writers share beside the log.
            Self::Sqlite(rusqlite::Error::SqliteFailure(error, _))
                if error.extended_code == ffi::SQLITE_IOERR_SHMSIZE =>
            {
                Fault::Full
            }
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Fault::Locked,
                Some(ErrorCode::ReadOnly) => Fault::ReadOnly,
                Some(ErrorCode::DiskFull) => Fault::Full,
                _ => Fault::Other,
            },
            Self::Postgres(error) => match error.code() {
                Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => Fault::Locked,
                Some(code) if *code == SqlState::READ_ONLY_SQL_TRANSACTION => Fault::ReadOnly,
                Some(code) if *code == SqlState::DISK_FULL => Fault::Full,
                _ => Fault::Other,
            },
            Self::LeaseLost => Fault::LeaseLost,
            Self::Thread(_)
            | Self::Lookup(_)
            | Self::Closed
            | Self::NoRow
            | Self::Column { .. }
            | Self::Odd(_) => Fault::Other,
        }
    }
}

impl Error {
    /// Whether the answer will be the same next time. It is `false` if a server gave no answer or is unavailable for a
    /// while.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Postgres(error) => error.code().is_some_and(|code| {
                ![SqlState::CANNOT_CONNECT_NOW, SqlState::TOO_MANY_CONNECTIONS, SqlState::ADMIN_SHUTDOWN]
                    .contains(code)
            }),
            // A name server may be away for a while, as the database's server may.
            Self::Lookup(error) => matches!(error, portvakt_net::LookupError::Refused(_)),
            _ => true,
        }
    }
}

/// Gives the server's own message if there is one, because the driver says only that there was an error.
fn words(error: &tokio_postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = cause.source();
    }
    text
}

/// Turns "there is no such row" into `None`.
pub trait OptionalRow<T> {
    /// Gives the row, or `None` if there is no such row.
    ///
    /// # Errors
    /// Fails with every other error.
    fn optional(self) -> Result<Option<T>, Error>;
}

impl<T> OptionalRow<T> for Result<T, Error> {
    fn optional(self) -> Result<Option<T>, Error> {
        match self {
            Ok(row) => Ok(Some(row)),
            Err(Error::NoRow | Error::Sqlite(rusqlite::Error::QueryReturnedNoRows)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
