//! The error for a row of the tables with a value that means nothing in a register.

use std::fmt;

use portvakt_core::diag::{Text, text};
use portvakt_core::store::StoreError;
use portvakt_database::Error;

/// A row with a value that means nothing in a register, such as an invalid id or date.
#[derive(Debug, thiserror::Error)]
pub(super) struct OddRow {
    /// The kind of row.
    pub row: RowKind,
    /// The id of the account that the row belongs to.
    pub account: String,
    /// The part of the row with the value.
    pub part: RowPart,
    /// The value in it.
    pub value: String,
}

/// The kinds of rows that belong to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    /// The account itself.
    Account,
    /// A right that the account has or had.
    Right,
    /// A subscription of the account.
    Subscription,
    /// A course or a form that the account has made.
    Work,
}

/// The parts of a row that can hold a value without a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowPart {
    Person,
    Application,
    Unit,
    Role,
    Request,
    LastDay,
    Day,
}

impl RowPart {
    fn words(self) -> Text {
        match self {
            Self::Person => text!(en: "a person", nb: "en person"),
            Self::Application => text!(en: "an application", nb: "en applikasjon"),
            Self::Unit => text!(en: "a unit", nb: "en enhet"),
            Self::Role => text!(en: "a role", nb: "en rolle"),
            Self::Request => text!(en: "a request", nb: "en søknad"),
            Self::LastDay => text!(en: "a last day", nb: "en siste dag"),
            Self::Day => text!(en: "a day", nb: "en dag"),
        }
    }
}

impl OddRow {
    /// Says which value cannot be read, and where it is.
    pub fn words(&self) -> Text {
        let Self { account, value, .. } = self;
        let row = match self.row {
            RowKind::Account => text!(en: "the account `{account}`", nb: "kontoen `{account}`"),
            RowKind::Right => {
                text!(en: "a right of the account `{account}`", nb: "en rettighet til kontoen `{account}`")
            }
            RowKind::Subscription => text!(
                en: "a subscription of the account `{account}`",
                nb: "et abonnement til kontoen `{account}`"
            ),
            RowKind::Work => text!(
                en: "something made by the account `{account}`",
                nb: "noe som kontoen `{account}` har laget"
            ),
        };
        let part = self.part.words();
        text!(
            with row, part;
            en: "{row} has {part} that cannot be read: `{value}`",
            nb: "{row} har {part} som ikke kan leses: `{value}`"
        )
    }
}

impl fmt::Display for OddRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

impl From<OddRow> for StoreError {
    fn from(odd: OddRow) -> Self {
        Error::Odd(odd.words()).into()
    }
}
