//! The choices of a map: how writes are made, and the form of addresses and roles.

use serde::Deserialize;

/// Whether writes name the version that they change (If-Match).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preconditions {
    /// They do if the service says that it keeps versions.
    Offered,
    /// They never do. This is for a service whose versions change by themselves.
    Never,
}

/// The method that changes accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writes {
    /// PATCH is used if the service offers it, otherwise PUT.
    Offered,
    /// PUT of the whole account is used, even if the service announces PATCH.
    Put,
}

/// A part that is written beside the value of an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmailPart {
    /// The part `primary: true`. The account has no other address.
    Primary,
    /// The part `type: work`.
    Type,
}

impl EmailPart {
    /// Returns the name of the part in the map's file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Type => "type",
        }
    }
}

/// The form in which one value of the list of roles is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleValues {
    /// The form that the service announces, or in which it was seen to keep other values.
    Offered,
    /// Each value is an object with a `value` (RFC 7643 section 4.1.2).
    Objects,
    /// Each value is plain text.
    Texts,
}
