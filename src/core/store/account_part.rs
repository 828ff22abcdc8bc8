//! The parts of an account, as sentences about it name them.

use crate::diag::{Text, text};

/// A part of an account that a sentence names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountPart {
    /// The display name.
    Name,
    /// The name that the person logs in with.
    Login,
    /// The e-mail address.
    Email,
    /// The display name, the login or the address. The sentence does not say which of them.
    NameLoginOrEmail,
    /// The list of its rights.
    Rights,
    /// The id that a client of the SCIM service has given it.
    ExternalId,
    /// The reference by which a client looks up its last change.
    Reference,
    /// Whether it is prepared, open or closed.
    State,
}

impl AccountPart {
    /// Names the part within a sentence. In bokmål it has the definite form.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Name => text!(en: "name", nb: "navnet"),
            Self::Login => text!(en: "login", nb: "innloggingen"),
            Self::Email => text!(en: "e-mail address", nb: "e-postadressen"),
            Self::NameLoginOrEmail => {
                text!(en: "name, login or e-mail", nb: "navnet, innloggingen eller e-postadressen")
            }
            Self::Rights => text!(en: "list of rights", nb: "rettighetslisten"),
            Self::ExternalId => text!(en: "external id", nb: "den eksterne id-en"),
            Self::Reference => text!(en: "reference", nb: "referansen"),
            Self::State => text!(en: "state", nb: "tilstanden"),
        }
    }
}
