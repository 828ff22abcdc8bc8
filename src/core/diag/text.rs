//! Words people read, in both languages. A finding carries both until it is shown, since who reads it may not be
//! who ran the program: what is stored keeps both.

use serde::{Deserialize, Serialize};

/// A language people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lang {
    /// English; the language of the ledger, of logs and of JSON keys too.
    En,
    /// Norwegian, bokmål.
    Nb,
}

impl Lang {
    /// The code of the language (ISO 639-1).
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Nb => "nb",
        }
    }
}

/// The same words in both languages. Made with [`text!`](crate::diag::text).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(Box<Words>);

/// Boxed, so that a finding, which holds two, stays small in the results it travels in.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Words {
    en: String,
    nb: String,
}

impl Text {
    /// The words in English and in bokmål.
    #[must_use]
    pub fn new(en: impl Into<String>, nb: impl Into<String>) -> Self {
        Self(Box::new(Words { en: en.into(), nb: nb.into() }))
    }

    /// What is written the same way in both: a name, a list of ids, the words of a library.
    #[must_use]
    pub fn same(words: impl Into<String>) -> Self {
        let words = words.into();
        Self::new(words.clone(), words)
    }

    /// The words in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.0.en,
            Lang::Nb => &self.0.nb,
        }
    }

    /// The words in English: what the ledger, the logs and the program's own errors say.
    #[must_use]
    pub fn en(&self) -> &str {
        self.get(Lang::En)
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.en().is_empty()
    }

    /// Several in a row, with something between them.
    #[must_use]
    pub fn joined(parts: impl IntoIterator<Item = Self>, between: &str) -> Self {
        let parts: Vec<Self> = parts.into_iter().collect();
        let row = |lang| parts.iter().map(|part| part.get(lang)).collect::<Vec<_>>().join(between);
        Self::new(row(Lang::En), row(Lang::Nb))
    }

    /// One more sentence after these, with a space between.
    #[must_use]
    pub fn and(self, more: impl Into<Self>) -> Self {
        let all = [self, more.into()];
        Self::joined(all.into_iter().filter(|part| !part.is_empty()), " ")
    }
}

/// A thing that is counted, in the singular and the plural of both languages.
#[derive(Debug, Clone, Copy)]
pub struct Noun {
    en: [&'static str; 2],
    nb: [&'static str; 2],
}

impl Noun {
    /// The word for one and the word for several, in English and in bokmål.
    #[must_use]
    pub const fn new(en: [&'static str; 2], nb: [&'static str; 2]) -> Self {
        Self { en, nb }
    }

    /// A number with its word.
    #[must_use]
    pub fn count(&self, number: usize) -> Text {
        let ([en_one, en_many], [nb_one, nb_many]) = (self.en, self.nb);
        let (en, nb) = if number == 1 { (en_one, nb_one) } else { (en_many, nb_many) };
        text!(en: "{number} {en}", nb: "{number} {nb}")
    }
}

impl From<&Self> for Text {
    fn from(text: &Self) -> Self {
        text.clone()
    }
}

/// Words in both languages, each a format string: `text!(en: "`{name}` is missing", nb: "`{name}` mangler")`.
///
/// What differs between the languages itself is put in with `with`, by name; what is no plain name is named after
/// a semicolon, and must be used in both:
///
/// ```
/// use portvakt::diag::{Lang, text};
/// let what = text!(en: "the unit", nb: "enheten");
/// let told = text!(with what; en: "{what} is unknown ({n})", nb: "{what} er ukjent ({n})"; n = 1 + 1);
/// assert_eq!(told.get(Lang::Nb), "enheten er ukjent (2)");
/// ```
#[macro_export]
#[doc(hidden)]
macro_rules! __text {
    ($(with $($part:ident),+;)? en: $en:literal, nb: $nb:literal $(; $($name:ident = $value:expr),+ $(,)?)? $(,)?) => {
        $crate::diag::Text::new(
            {
                $($(let $part = $crate::diag::Text::get(&$part, $crate::diag::Lang::En);)+)?
                ::std::format!($en $($(, $name = $value)+)?)
            },
            {
                $($(let $part = $crate::diag::Text::get(&$part, $crate::diag::Lang::Nb);)+)?
                ::std::format!($nb $($(, $name = $value)+)?)
            },
        )
    };
}
pub use crate::__text as text;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_differ_are_put_in_by_language() {
        let (what, name) = (text!(en: "the unit", nb: "enheten"), "x");
        let told = text!(with what; en: "{what} `{name}`, {n}", nb: "{what} «{name}», {n}"; n = 1 + 1);
        assert_eq!((told.get(Lang::En), told.get(Lang::Nb)), ("the unit `x`, 2", "enheten «x», 2"));
    }

    #[test]
    fn sentences_follow_each_other_in_both() {
        let told = text!(en: "One.", nb: "En.").and(text!(en: "Two.", nb: "To."));
        assert_eq!((told.get(Lang::En), told.get(Lang::Nb)), ("One. Two.", "En. To."));
        assert_eq!(Text::default().and(told.clone()), told);
    }

    #[test]
    fn what_is_stored_keeps_both() {
        let told = text!(en: "yes", nb: "ja");
        let stored = serde_json::to_string(&told).unwrap();
        assert_eq!(stored, r#"{"en":"yes","nb":"ja"}"#);
        assert_eq!(serde_json::from_str::<Text>(&stored).unwrap(), told);
    }
}
