//! The error for a row of the tables with a value that means nothing in a register.

use portvakt_core::diag::Text;
use portvakt_core::store::StoreError;
use portvakt_database::Error;

/// A row with a value that means nothing in a register, such as an invalid id or date.
#[derive(Debug, thiserror::Error)]
#[error("{row} has a {column} that cannot be read: `{value}`")]
pub(super) struct OddRow {
    /// A description of the row, for people.
    pub row: String,
    /// The column with the value.
    pub column: &'static str,
    /// The value in it.
    pub value: String,
}

impl OddRow {
    /// The error as a text. It names tables and columns, so in bokmål it is quoted.
    pub fn words(&self) -> Text {
        Text::said(self.to_string())
    }
}

impl From<OddRow> for StoreError {
    fn from(odd: OddRow) -> Self {
        Error::Odd(odd.words()).into()
    }
}
