//! Texts for people, in both languages. A finding keeps both until it is shown, because the reader may not be the
//! person who ran the program. A stored text keeps both too.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

/// A language for the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lang {
    /// English. It is also the language of the ledger, of logs and of JSON keys.
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

/// The same text in both languages. Make one with [`text!`](crate::text::text).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(Box<Words>);

/// The two texts. They are boxed to keep a finding, which holds two texts, small inside a `Result`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Words {
    en: String,
    nb: String,
}

impl Text {
    /// Makes a text from the English words and the words in bokmål.
    #[must_use]
    pub fn new(en: impl Into<String>, nb: impl Into<String>) -> Self {
        Self(Box::new(Words { en: en.into(), nb: nb.into() }))
    }

    /// Makes a text that is the same in both languages: a name, a list of ids, or a command to type. For the English
    /// words of a library, see [`Text::said`].
    #[must_use]
    pub fn same(words: impl Into<String>) -> Self {
        let words = words.into();
        Self::new(words.clone(), words)
    }

    /// Makes a text of what another program or a library has said in English. In bokmål it is quoted, so that nobody takes
    /// it for words of this program.
    #[must_use]
    pub fn said(words: impl Into<String>) -> Self {
        let en = words.into();
        let nb = format!("«{en}»");
        Self::new(en, nb)
    }

    /// Makes the same change to both languages, such as the blanking of a secret.
    #[must_use]
    pub fn changed(&self, change: impl Fn(&str) -> String) -> Self {
        Self::new(change(&self.0.en), change(&self.0.nb))
    }

    /// The text in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.0.en,
            Lang::Nb => &self.0.nb,
        }
    }

    /// The English text. The ledger, the logs and the program's own errors use it.
    #[must_use]
    pub fn en(&self) -> &str {
        self.get(Lang::En)
    }

    /// Whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.en().is_empty()
    }

    /// Joins several texts, with a separator between them.
    #[must_use]
    pub fn joined(parts: impl IntoIterator<Item = Self>, between: &str) -> Self {
        let parts: Vec<Self> = parts.into_iter().collect();
        let row = |lang| parts.iter().map(|part| part.get(lang)).collect::<Vec<_>>().join(between);
        Self::new(row(Lang::En), row(Lang::Nb))
    }

    /// Names the first `most` of a list, and says how many more there are.
    #[must_use]
    pub fn first_of(names: impl IntoIterator<Item = String>, most: usize) -> Self {
        let mut names = names.into_iter();
        let named = names.by_ref().take(most).collect::<Vec<_>>().join(", ");
        match names.count() {
            0 => Self::same(named),
            more => Self::new(format!("{named} and {more} more"), format!("{named} og {more} til")),
        }
    }

    /// Appends one more sentence, with a space between.
    #[must_use]
    pub fn and(self, more: impl Into<Self>) -> Self {
        let all = [self, more.into()];
        Self::joined(all.into_iter().filter(|part| !part.is_empty()), " ")
    }
}

/// Names, ids or words of a file, each in grave accents and with commas between.
#[must_use]
pub fn quoted(names: impl IntoIterator<Item = impl Display>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Ends a sentence with a full stop, so that another can follow. A sentence that has an end of its own stays as it is.
#[must_use]
pub fn with_full_stop(sentence: &str) -> String {
    let end = if sentence.ends_with(['.', '?', '!', '…']) { "" } else { "." };
    format!("{sentence}{end}")
}

/// A noun that is counted, in the singular and the plural of both languages.
#[derive(Debug, Clone, Copy)]
pub struct Noun {
    en: [&'static str; 2],
    nb: [&'static str; 2],
}

impl Noun {
    /// Makes a noun from its singular and plural, in English and in bokmål.
    #[must_use]
    pub const fn new(en: [&'static str; 2], nb: [&'static str; 2]) -> Self {
        Self { en, nb }
    }

    /// The noun for a number of people.
    pub const PEOPLE: Self = Self::new(["person", "people"], ["person", "personer"]);
    /// The noun for a number of accounts.
    pub const ACCOUNTS: Self = Self::new(["account", "accounts"], ["konto", "kontoer"]);
    /// The noun for a number of entries in people's files.
    pub const ENTRIES: Self = Self::new(["entry", "entries"], ["oppføring", "oppføringer"]);
    /// The noun for a number of reports in Rapporteket.
    pub const REPORTS: Self = Self::new(["report", "reports"], ["rapport", "rapporter"]);

    /// The number with the right form of the noun. A number that is too large is shown as the largest number that can
    /// be counted.
    #[must_use]
    pub fn count(&self, number: impl TryInto<usize>) -> Text {
        let number = number.try_into().unwrap_or(usize::MAX);
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

/// Makes a text in both languages, each from a format string:
/// `text!(en: "`{name}` is missing", nb: "`{name}` mangler")`.
///
/// `with` inserts a variable that is itself a text, in the matching language. An argument that is not a variable gets
/// a name after a semicolon, and both format strings must use it:
///
/// ```
/// use portvakt_core::diag::{Lang, text};
/// let what = text!(en: "the unit", nb: "enheten");
/// let told = text!(with what; en: "{what} is unknown ({n})", nb: "{what} er ukjent ({n})"; n = 1 + 1);
/// assert_eq!(told.get(Lang::Nb), "enheten er ukjent (2)");
/// ```
#[macro_export]
#[doc(hidden)]
macro_rules! __text {
    ($(with $($part:ident),+;)? en: $en:literal, nb: $nb:literal $(; $($name:ident = $value:expr),+ $(,)?)? $(,)?) => {
        $crate::text::Text::new(
            {
                $($(let $part = $crate::text::Text::get(&$part, $crate::text::Lang::En);)+)?
                ::std::format!($en $($(, $name = $value)+)?)
            },
            {
                $($(let $part = $crate::text::Text::get(&$part, $crate::text::Lang::Nb);)+)?
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
    fn a_sentence_has_one_end() {
        for (sentence, ended) in
            [("Ja", "Ja."), ("Ja.", "Ja."), ("Ja?", "Ja?"), ("Ja …", "Ja …"), ("Ja!", "Ja!")]
        {
            assert_eq!(with_full_stop(sentence), ended);
        }
    }

    #[test]
    fn the_first_of_a_list_are_named_and_the_rest_is_counted() {
        let names = |number: usize| (1..=number).map(|at| format!("n{at}"));
        let told = Text::first_of(names(5), 2);
        assert_eq!((told.get(Lang::En), told.get(Lang::Nb)), ("n1, n2 and 3 more", "n1, n2 og 3 til"));
        assert_eq!(Text::first_of(names(2), 2), Text::same("n1, n2"));
    }

    #[test]
    fn each_name_is_quoted() {
        assert_eq!(quoted(["kari.testesen", "ola.liksomdal"]), "`kari.testesen`, `ola.liksomdal`");
        assert_eq!((quoted(["one"]), quoted([""; 0])), ("`one`".to_owned(), String::new()));
    }

    #[test]
    fn one_is_not_many() {
        let said = |number: u64| Noun::PEOPLE.count(number);
        assert_eq!(
            (said(1).en().to_owned(), said(1).get(Lang::Nb).to_owned()),
            ("1 person".to_owned(), "1 person".to_owned())
        );
        assert_eq!(
            (said(2).en().to_owned(), said(0).get(Lang::Nb).to_owned()),
            ("2 people".to_owned(), "0 personer".to_owned())
        );
    }

    #[test]
    fn what_is_stored_keeps_both() {
        let told = text!(en: "yes", nb: "ja");
        let stored = serde_json::to_string(&told).unwrap();
        assert_eq!(stored, r#"{"en":"yes","nb":"ja"}"#);
        assert_eq!(serde_json::from_str::<Text>(&stored).unwrap(), told);
    }
}
