//! An attribute of a register elsewhere that does not fit what this program would write. It is reported before anything
//! is written.

use crate::diag::{Code, Finding, Text, text};

/// A key of the attribute map that names what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapKey {
    /// The name that a person logs in with.
    Login,
    /// The name that is shown to people.
    Name,
    /// The e-mail addresses.
    Email,
    /// The list of rights.
    Roles,
    /// Whether the account can be used.
    Active,
    /// The person and the opening id.
    ExternalId,
    /// All words of the name except the last.
    GivenName,
    /// The last word of the name.
    FamilyName,
    /// The parts that are written beside an e-mail address.
    EmailParts,
}

impl MapKey {
    /// Returns the key as it is written in the file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Name => "name",
            Self::Email => "email",
            Self::Roles => "roles",
            Self::Active => "active",
            Self::ExternalId => "external-id",
            Self::GivenName => "given-name",
            Self::FamilyName => "family-name",
            Self::EmailParts => "email-parts",
        }
    }
}

/// An attribute that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Its name, as in the attribute map or in the register's schema.
    pub attribute: String,
    /// The key of the attribute map that corrects it. `None` if no key does.
    pub key: Option<MapKey>,
    /// Why it does not fit.
    pub why: Text,
}

impl Misfit {
    /// Says what does not fit, why, and what corrects it, in one sentence.
    #[must_use]
    pub fn sentence(&self) -> Text {
        let (message, way_out) = (self.message(), self.way_out());
        text!(with message, way_out; en: "{message}; {way_out}", nb: "{message}; {way_out}")
    }

    /// Makes a finding of it.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let way_out = self.way_out();
        let way_out = text!(
            with way_out;
            en: "In short: {way_out}. `portvakt store check` looks again without writing anything.",
            nb: "Kort sagt: {way_out}. `portvakt store check` ser etter på nytt uten å skrive noe."
        );
        Finding::new(Code::StoreMisfit, self.message(), way_out)
    }

    fn message(&self) -> Text {
        let (attribute, why) = (&self.attribute, &self.why);
        let left = match self.key {
            Some(MapKey::Roles) => text!(
                en: "no account is opened and no right is given",
                nb: "ingen konto åpnes, og ingen rettighet gis"
            ),
            _ => text!(en: "no account is opened", nb: "ingen konto åpnes"),
        };
        text!(
            with why, left;
            en: "the register's service does not fit the attribute map at `{attribute}`: {why}; {left}",
            nb: "tjenesten til registeret passer ikke til attributtkartet ved `{attribute}`: {why}; {left}"
        )
    }

    fn way_out(&self) -> Text {
        match self.key.map(MapKey::word) {
            Some(key) => text!(
                en: "write `{key}` in the attribute map (`--scim-map`)",
                nb: "skriv `{key}` i attributtkartet (`--scim-map`)"
            ),
            None => text!(
                en: "no key of the attribute map mends it; let the service's own people make it optional",
                nb: "ingen nøkkel i attributtkartet retter det; la de som driver tjenesten, gjøre det valgfritt"
            ),
        }
    }
}
