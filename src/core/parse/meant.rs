//! Guesses the value that a text in another form means. This can be a name in the place of an id, a day that is written
//! with the day first, a number with a name after it, or a value that was pasted. A guess is never used as the value.
//! The finding shows the value to write.

use std::fmt::Display;

pub(crate) use self::days::day;
pub use self::days::weekday_of;
pub(super) use self::days::{Day, days};
pub(crate) use self::people::id;
pub(super) use self::people::{copy_of, several};
use crate::characters::as_typed;
use crate::diag::{Text, text};

mod days;
mod people;

/// The next step if only one value can be meant.
#[must_use]
pub(crate) fn write_instead(meant: impl Display) -> Text {
    text!(en: "Write `{meant}`.", nb: "Skriv `{meant}`.")
}

/// The next step if a known value is similar to the one that was written. `near` has its own quotation marks, if it
/// needs any.
#[must_use]
pub fn did_you_mean(near: impl Display) -> Text {
    text!(en: "Did you mean {near}?", nb: "Mente du {near}?")
}

/// The words as a person would type them, without space or quotation marks around them.
pub(super) fn bare(words: &str) -> String {
    as_typed(words).trim().trim_matches(['"', '\'']).trim().to_owned()
}

/// Returns the number in a text that `known` accepts, if it is the only one: `100083` in `100083 Stavanger`,
/// `RESH 100083` and `100 083`.
pub(super) fn number(text: &str, known: impl Fn(u32) -> bool) -> Option<u32> {
    let bare = bare(text);
    let joined: String = bare.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(one) = digits(&joined).filter(|number| known(*number)) {
        return Some(one);
    }
    let mut found = bare.split(|c: char| !c.is_ascii_digit()).filter_map(digits).filter(|one| known(*one));
    match (found.next(), found.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

/// The word of a file that a Norwegian word means, for values that are one of a few words.
pub(super) fn in_norwegian(text: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 30] = [
        ("helse", "health"),
        ("helsepersonell", "health"),
        ("ikt", "ict"),
        ("it", "ict"),
        ("annet", "other"),
        ("annen", "other"),
        ("andre", "other"),
        ("kjent", "known"),
        ("ja", "known"),
        ("yes", "known"),
        ("kontaktet", "contacted"),
        ("ringt", "contacted"),
        ("usikker", "uncertain"),
        ("usikkert", "uncertain"),
        ("ukjent", "uncertain"),
        ("nei", "uncertain"),
        ("nasjonal", "national"),
        ("nasjonalt", "national"),
        ("helseforetak", "trust"),
        ("signatur", "signature"),
        ("erklært", "declared"),
        ("påkrevd", "required"),
        ("behold", "keep"),
        ("beholdes", "keep"),
        ("beholde", "keep"),
        ("endre", "change"),
        ("endres", "change"),
        ("avslutt", "end"),
        ("avsluttes", "end"),
        ("slutt", "end"),
    ];
    let bare = bare(text).to_lowercase();
    WORDS.iter().find(|(word, _)| *word == bare).map(|(_, meant)| *meant)
}

/// Returns the organisation number in a text with spaces, dots or letters: `983 974 724`, `NO983974724MVA`.
pub(super) fn nine_digits(text: &str) -> Option<String> {
    let found: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c.is_whitespace() || "-.–".contains(c);
    (found.len() == 9 && bare(text).chars().all(is_plain)).then_some(found)
}

/// Returns the time zone that a text means. Other characters may replace those of the zone's name: `Europe–Oslo`,
/// `Oslo`.
pub(super) fn zone(text: &str, is_zone: impl Fn(&str) -> bool) -> Option<String> {
    let bare = bare(text);
    let joined = bare.replace(' ', "_");
    let readings =
        [bare.clone(), joined.clone(), joined.replace(['-', '\\'], "/"), format!("Europe/{joined}")];
    readings.into_iter().find(|reading| reading != text && is_zone(reading))
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
