//! What the databases say, in one enum.

use rusqlite::ErrorCode;
use tokio_postgres::error::SqlState;

/// Why a statement was not carried out, or what it gave could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What SQLite says.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// What PostgreSQL says.
    #[error("PostgreSQL says: {}", words(.0))]
    Postgres(#[source] tokio_postgres::Error),
    /// A row was needed and there is none.
    #[error("there is no such row")]
    NoRow,
    /// A column holds another kind of value than this program writes.
    #[error("column {at} holds {found}, and {wanted} was expected")]
    Column {
        /// Its place, from 0.
        at: usize,
        /// What stands there.
        found: &'static str,
        /// What should.
        wanted: &'static str,
    },
    /// Another program writes now: the lease this one wrote under has moved on.
    #[error("another portvakt writes to this register now; nothing more was written here")]
    LeaseLost,
    /// There is no more to wait with for an answer: too many open files.
    #[error("a connection to the database cannot be waited for")]
    Thread(#[source] std::io::Error),
    /// The connection has ended.
    #[error("the connection to the database has ended")]
    Closed,
    /// A row that holds what no register can mean.
    #[error(transparent)]
    Odd(Box<dyn std::error::Error + Send + Sync>),
}

/// The faults that people can mend without knowing databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Somebody else is writing.
    Locked,
    /// It can be read and not written.
    ReadOnly,
    /// No room left.
    Full,
    /// Another program has taken over the writing.
    LeaseLost,
    /// Anything else.
    Other,
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl Error {
    /// Which kind of fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
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
            Self::Thread(_) | Self::Closed | Self::NoRow | Self::Column { .. } | Self::Odd(_) => Fault::Other,
        }
    }
}

impl Error {
    /// Whether a server has answered, and said no. It says the same the next time; what gives no answer may.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Postgres(error) => error.code().is_some_and(|code| {
                ![SqlState::CANNOT_CONNECT_NOW, SqlState::TOO_MANY_CONNECTIONS, SqlState::ADMIN_SHUTDOWN]
                    .contains(code)
            }),
            _ => true,
        }
    }
}

/// The server's own sentence where there is one: the driver's says only that there was an error.
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
    /// The row, or `None`.
    ///
    /// # Errors
    /// Every other error.
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
