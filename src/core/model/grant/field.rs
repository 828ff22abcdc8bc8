//! The values of an entry beside its approval.

use crate::text::{Text, text};

/// A value of an entry. The approval and the revocation are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantField {
    /// The application that the access is for.
    Application,
    /// The unit that the access is for.
    Unit,
    /// The role in the application.
    Role,
    /// The first day.
    From,
    /// The last day, if there is one.
    Until,
    /// The application request that the access rests on.
    Request,
}

impl GrantField {
    /// Returns the key of the value in a person's file. Statements name it by the same word.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Unit => "unit",
            Self::Role => "role",
            Self::From => "from",
            Self::Until => "until",
            Self::Request => "request",
        }
    }

    /// Returns what people call the value.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Application => text!(en: "application", nb: "applikasjon"),
            Self::Unit => text!(en: "unit", nb: "enhet"),
            Self::Role => text!(en: "role", nb: "rolle"),
            Self::From => text!(en: "from", nb: "fra"),
            Self::Until => text!(en: "to", nb: "til"),
            Self::Request => text!(en: "request", nb: "søknad"),
        }
    }
}
