//! Rapporteket's report subscriptions. They send reports by mail from a table, and nothing checks the recipients'
//! access.
//!
//! The job that sends reports reads the table `autoreport` and asks no register (domain.md section 4). A former user
//! therefore keeps receiving reports until the rows are ended in that table too. This module reads the rows, tells
//! what each of them means, and writes one row at a time. It knows nothing of the register, of passes or of the
//! ledger.
//!
//! Reading and writing are two traits. Code that prints a plan holds only a [`ReadReports`]. A table that cannot be
//! read is an error and never an empty list, because unknown does not mean none.

use std::fmt;

use jiff::civil::Date;

mod meaning;
mod recipients;
mod row;

pub use meaning::{Fit, Meaning, Owner};
pub use row::{Change, Row};

/// The reason why the table could not be read, or a row could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportsError {
    /// A needed file cannot be read.
    #[error("`{place}` cannot be read: {why}")]
    File {
        /// The path of the file.
        place: String,
        /// The operating system's reason.
        why: String,
    },
    /// The database gave no answer, or the connection broke.
    #[error("the database at `{place}` cannot be reached: {why}")]
    Unreachable {
        /// The address of the database.
        place: String,
        /// The reason for the failure.
        why: String,
    },
    /// The database answered and refused the request.
    #[error("the database at `{place}` says no: {why}")]
    Refused {
        /// The address of the database.
        place: String,
        /// The message that the database gave.
        why: String,
    },
    /// The content of the table makes no sense as a whole.
    #[error("{0}")]
    Table(String),
    /// Somebody else changed the row after it was read. Nothing was overwritten.
    #[error(
        "the row `{0}` was changed by somebody else meanwhile; nothing was overwritten, the next pass looks again"
    )]
    Conflict(String),
    /// The database reported success, but the row was not changed.
    #[error("read back after writing, the row `{0}` is not as it was asked to be")]
    NotWritten(String),
}

impl ReportsError {
    /// Returns the kind of failure. It contains no words of the database, because those may quote the data.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::Unreachable { .. } => "unreachable",
            Self::Refused { .. } => "refused",
            Self::Table(_) => "table",
            Self::Conflict(_) => "conflict",
            Self::NotWritten(_) => "not-written",
        }
    }
}

/// Reads the table of report subscriptions.
pub trait ReadReports: fmt::Debug {
    /// Returns the address of the table, without any secret.
    fn place(&self) -> String;

    /// Returns the configured meaning of the rows.
    fn meaning(&self) -> &Meaning;

    /// Returns the rows of this register whose last day is `today` or later, or that have no readable last day.
    ///
    /// # Errors
    /// It fails when the table cannot be read, or when it is not clear which rows belong to this register.
    fn rows(&self, today: Date) -> Result<Vec<Row>, ReportsError>;
}

/// Writes the table of report subscriptions.
pub trait WriteReports: ReadReports + Send {
    /// Changes one row, if it still is as it was read, and reads it back. Doing it twice has the same result as doing
    /// it once.
    ///
    /// # Errors
    /// It gives [`ReportsError::Conflict`] when the row is no longer as it was read; nothing is written then. Other
    /// errors come from the database.
    fn change(&self, change: &Change) -> Result<(), ReportsError>;
}
