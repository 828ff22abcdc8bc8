//! Rapporteket's subscriptions: who still gets reports by mail, in a table that checks nobody's access.
//!
//! The job that sends reports reads the table `autoreport` and asks no register (domain.md section 4). So a former
//! user goes on receiving reports until the rows are ended there too. This room reads the rows, says what each of them
//! means, and writes one row at a time; it knows nothing of the register, of passes or of the ledger.
//!
//! Reading and writing are two traits: what prints a plan holds a [`ReadReports`] and nothing else. That the table
//! cannot be read is an error and never an empty list: unknown is not none.

use std::fmt;

use jiff::civil::Date;

mod meaning;
mod recipients;
mod row;

pub use meaning::{Fit, Meaning, Owner};
pub use row::{Change, Row};

/// Why the table could not be read, or a row not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportsError {
    /// A file that is needed cannot be read.
    #[error("`{place}` cannot be read: {why}")]
    File {
        /// The file.
        place: String,
        /// The system's reason.
        why: String,
    },
    /// No answer, or a connection that broke.
    #[error("the database at `{place}` cannot be reached: {why}")]
    Unreachable {
        /// Its address.
        place: String,
        /// The reason.
        why: String,
    },
    /// It answers, and says no.
    #[error("the database at `{place}` says no: {why}")]
    Refused {
        /// Its address.
        place: String,
        /// Its own words.
        why: String,
    },
    /// What is in the table makes no sense as a whole.
    #[error("{0}")]
    Table(String),
    /// Somebody else has changed the row since it was read; nothing was written over that.
    #[error(
        "the row `{0}` was changed by somebody else meanwhile; nothing was overwritten, the next pass looks again"
    )]
    Conflict(String),
    /// A yes that changed nothing.
    #[error("read back after writing, the row `{0}` is not as it was asked to be")]
    NotWritten(String),
}

impl ReportsError {
    /// The kind of failure, without any words of the database's: those may quote what is in it.
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

/// Reads the table.
pub trait ReadReports: fmt::Debug {
    /// Its address, without any secret.
    fn place(&self) -> String;

    /// What its rows mean.
    fn meaning(&self) -> &Meaning;

    /// The rows of this register that have not ended by the day before `today`.
    ///
    /// # Errors
    /// When the table cannot be read, or it is not clear which of its rows are this register's.
    fn rows(&self, today: Date) -> Result<Vec<Row>, ReportsError>;
}

/// Writes it.
pub trait WriteReports: ReadReports + Send {
    /// Makes one row another, where it still is as it was read, and reads it back. Doing it twice is doing it once.
    ///
    /// # Errors
    /// [`ReportsError::Conflict`] when the row is no longer as it was read: nothing is written then. Otherwise what
    /// the database says.
    fn change(&self, change: &Change) -> Result<(), ReportsError>;
}
