//! The keys of a person's file whose values a change of an entry can change.

use portvakt_core::diag::{Text, text};
use portvakt_core::model::{GrantField, VouchedFact};
use serde::{Serialize, Serializer};

/// A key of a person's file under which a changed entry says something else than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangedKey {
    /// A value of the entry.
    Entry(GrantField),
    /// A fact that the approval vouches for.
    Vouched(VouchedFact),
    /// The approval.
    Approved,
}

impl ChangedKey {
    /// Returns the key as it is written in the file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Entry(field) => field.key(),
            Self::Vouched(fact) => fact.key(),
            Self::Approved => "approved",
        }
    }

    /// Returns what people call the value.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Entry(field) => field.words(),
            Self::Vouched(fact) => fact.words(),
            Self::Approved => text!(en: "approved", nb: "godkjent"),
        }
    }
}

impl Serialize for ChangedKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use portvakt_core::diag::Lang;

    use super::*;

    #[test]
    fn a_key_is_the_word_of_the_file_in_json_and_has_words_for_people() {
        for (key, word, en, nb) in [
            (ChangedKey::Entry(GrantField::Until), "until", "to", "til"),
            (ChangedKey::Entry(GrantField::Request), "request", "request", "søknad"),
            (ChangedKey::Vouched(VouchedFact::Staff), "staff", "kind of staff", "personellgruppe"),
            (ChangedKey::Approved, "approved", "approved", "godkjent"),
        ] {
            let words = key.words();
            assert_eq!((words.en(), words.get(Lang::Nb)), (en, nb));
            assert_eq!(serde_json::to_value(key).unwrap(), word);
        }
    }
}
