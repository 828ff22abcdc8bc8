//! Names the kinds of statements that people sign.

use portvakt_core::diag::{Text, text};

/// The kind of a statement that somebody signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum SignableKind {
    /// An access of a person's file.
    Access,
    /// The revocation of an access.
    Revocation,
    /// A change of a person's id.
    ChangeOfId,
    /// What identifies a person: name, login and e-mail address.
    Person,
    /// A rejected application.
    Rejection,
    /// A reviewer's answers in a list.
    Review,
    /// The settings of the tree.
    Settings,
    /// The release of something that is held.
    Release,
}

impl SignableKind {
    /// The word that JSON output has for it.
    pub(in crate::cli) fn word(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Revocation => "revocation",
            Self::ChangeOfId => "change-of-id",
            Self::Person => "person",
            Self::Rejection => "rejection",
            Self::Review => "review",
            Self::Settings => "settings",
            Self::Release => "release",
        }
    }

    /// The kind in words for people.
    pub(in crate::cli) fn words(self) -> Text {
        match self {
            Self::Access => text!(en: "access", nb: "tilgang"),
            Self::Revocation => text!(en: "revocation", nb: "tilbaketrekking"),
            Self::ChangeOfId => text!(en: "change of id", nb: "endring av id"),
            Self::Person => text!(en: "what identifies the person", nb: "det som identifiserer personen"),
            Self::Rejection => text!(en: "rejection", nb: "avvisning"),
            Self::Review => text!(en: "review", nb: "kontroll"),
            Self::Settings => text!(en: "settings", nb: "innstillinger"),
            Self::Release => text!(en: "release", nb: "frigivelse"),
        }
    }
}

#[cfg(test)]
mod tests {
    use portvakt_core::diag::Lang;

    use super::*;

    #[test]
    fn a_kind_has_a_word_for_programs_and_words_for_people() {
        for (kind, word, en, nb) in [
            (SignableKind::Access, "access", "access", "tilgang"),
            (SignableKind::Revocation, "revocation", "revocation", "tilbaketrekking"),
            (SignableKind::ChangeOfId, "change-of-id", "change of id", "endring av id"),
            (SignableKind::Rejection, "rejection", "rejection", "avvisning"),
            (SignableKind::Review, "review", "review", "kontroll"),
            (SignableKind::Settings, "settings", "settings", "innstillinger"),
            (SignableKind::Release, "release", "release", "frigivelse"),
        ] {
            let words = kind.words();
            assert_eq!((kind.word(), words.en(), words.get(Lang::Nb)), (word, en, nb));
        }
    }
}
