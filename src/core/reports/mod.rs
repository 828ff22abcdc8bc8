//! Rapporteket's report subscriptions. They send reports by mail from a table, and nothing checks the recipients'
//! access.
//!
//! The job that sends reports reads the table `autoreport` and asks no register. A former user therefore keeps
//! receiving reports until the rows are ended in that table too. This module tells what each row means, and what a row
//! becomes when a recipient leaves. It knows nothing of the register, of passes or of the ledger.
//!
//! The rows are read and written elsewhere (`portvakt_stores::rapporteket`), behind two traits. Code that prints a plan
//! holds only a [`ReadReports`]. A table that cannot be read is an error and never an empty list, because unknown does
//! not mean none.
//!
//! The files, in reading order:
//!
//! ```text
//!  row         one row of `autoreport`, as it is and as it should become
//!  recipients  the recipients of a report, in all forms found in the table
//!  meaning     the meaning of a row: its owner, its application, its role and its unit
//! ```

use std::fmt;

use jiff::civil::Date;

use crate::diag::{Text, text};

mod meaning;
mod recipients;
mod row;

pub use meaning::{Fit, Meaning, Owner};
pub use row::{ReportRow, ReportRowChange};

/// The reason why the table could not be read, or a row could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportsError {
    /// A needed file cannot be read.
    File {
        /// The path of the file.
        place: String,
        /// The operating system's reason.
        why: Text,
    },
    /// The database gave no answer, or the connection broke.
    Unreachable {
        /// The address of the database.
        place: String,
        /// The reason for the failure.
        why: Text,
    },
    /// The database answered and refused the request.
    Refused {
        /// The address of the database.
        place: String,
        /// The message that the database gave.
        why: Text,
    },
    /// The content of the table makes no sense as a whole.
    Table(Text),
    /// Somebody else changed the row after it was read. Nothing was overwritten.
    Conflict(String),
    /// The database reported success, but the row was not changed.
    NotWritten(String),
}

impl std::fmt::Display for ReportsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

impl ReportsError {
    /// Says what went wrong, in English and Norwegian. What the database has said itself is quoted in Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::File { place, why } => text!(
                with why;
                en: "`{place}` cannot be read: {why}",
                nb: "`{place}` kan ikke leses: {why}"
            ),
            Self::Unreachable { place, why } => text!(
                with why;
                en: "the database at `{place}` cannot be reached: {why}",
                nb: "databasen på `{place}` kan ikke nås: {why}"
            ),
            Self::Refused { place, why } => text!(
                with why;
                en: "the database at `{place}` says no: {why}",
                nb: "databasen på `{place}` sier nei: {why}"
            ),
            Self::Table(what) => what.clone(),
            Self::Conflict(row) => text!(
                en: "the row `{row}` was changed by somebody else meanwhile; nothing was overwritten, the next pass looks again",
                nb: "raden `{row}` ble endret av noen andre imens; ingenting ble overskrevet, og neste gjennomgang ser på nytt"
            ),
            Self::NotWritten(row) => text!(
                en: "read back after writing, the row `{row}` is not as it was asked to be",
                nb: "lest tilbake etter skrivingen er raden `{row}` ikke slik det var bedt om"
            ),
        }
    }

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
    fn rows(&self, today: Date) -> Result<Vec<ReportRow>, ReportsError>;
}

/// Writes the table of report subscriptions.
pub trait WriteReports: ReadReports + Send {
    /// Changes one row, if it still is as it was read, and reads it back. Doing it twice has the same result as doing
    /// it once.
    ///
    /// # Errors
    /// It fails with [`ReportsError::Conflict`] if the row is no longer as it was read. Nothing is written then. Other
    /// errors come from the database.
    fn change(&self, change: &ReportRowChange) -> Result<(), ReportsError>;
}
