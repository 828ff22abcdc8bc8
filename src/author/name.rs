//! Reads the name of a person as people type it and as a portal gives it. A name that is typed is written into a file
//! only if it looks like one.

use portvakt_core::characters::composed;

/// The characters of ASCII that may stand in a name beside letters.
const IN_NAMES: &str = " -'.";

/// Returns a name on one line and without double spaces. Each letter is joined with its accents into one character, as
/// files have it. If a comma shows which name is the last name, that name comes last.
#[must_use]
pub fn given_name_first(name: &str) -> String {
    let words = |text: &str| composed(text).split_whitespace().collect::<Vec<_>>().join(" ");
    match name.split_once(',') {
        Some((last, first)) => words(&format!("{first} {last}")),
        None => words(name),
    }
}

/// Returns a character that stands in no person's name, such as a digit or a bracket, if there is one.
#[must_use]
pub fn sign_of_no_name(name: &str) -> Option<char> {
    let is_in_none =
        |c: &char| c.is_numeric() || (c.is_ascii() && !c.is_ascii_alphabetic() && !IN_NAMES.contains(*c));
    name.chars().find(is_in_none)
}

/// Titles that people write before a name with a point behind. `Chr.` and `Th.` are names.
const TITLES: [&str; 12] =
    ["dr", "prof", "mr", "mrs", "ms", "hr", "fr", "frk", "avd", "overl", "spl", "stud"];

/// Returns the title that a name begins with, such as `Dr.`.
#[must_use]
pub fn title_of(name: &str) -> Option<&str> {
    let first = name.split_whitespace().next()?;
    let title = first.strip_suffix('.')?.to_lowercase();
    TITLES.contains(&title.as_str()).then_some(first)
}

/// Words inside a name that stay small.
const PARTICLES: [&str; 8] = ["van", "von", "der", "den", "de", "av", "af", "zu"];

/// Returns a name of several words with capital letters, if it has none. Some scripts have none at all, so a name is
/// only changed if every letter is a small one.
#[must_use]
pub fn with_capitals(name: &str) -> Option<String> {
    let letters = || name.chars().filter(|c| c.is_alphabetic());
    if letters().next().is_none() || !letters().all(char::is_lowercase) || name.split_whitespace().count() < 2
    {
        return None;
    }
    let mut written = String::with_capacity(name.len());
    for (at, word) in name.split_inclusive(char::is_whitespace).enumerate() {
        let is_small = at > 0 && PARTICLES.contains(&word.trim_end());
        let mut begins = !is_small;
        for c in word.chars() {
            if begins {
                written.extend(c.to_uppercase());
            } else {
                written.push(c);
            }
            begins = !is_small && !c.is_alphabetic();
        }
    }
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_name_before_a_comma_comes_last() {
        for (typed, name) in [
            ("Demostad, Aksel", "Aksel Demostad"),
            (" Nyansatt ,  Ylva  Marie", "Ylva Marie Nyansatt"),
            ("Ylva  Nyansatt", "Ylva Nyansatt"),
            ("A\u{30a}se Liksomdal", "Åse Liksomdal"),
        ] {
            assert_eq!(given_name_first(typed), name);
        }
    }

    #[test]
    fn what_stands_in_no_name_is_found() {
        for name in [
            "Anne-Lise O'Prøve",
            "Kari A. Testesen",
            "王 小明",
            "Ylva van der Nyansatt",
            "Chr. Testesen",
            "Th. Prøve",
        ] {
            assert_eq!((sign_of_no_name(name), title_of(name)), (None, None), "{name}");
        }
        for (name, sign) in [
            ("Ylva Nyansatt (LIS)", '('),
            ("Ylva: Nyansatt #3", ':'),
            ("=CMD Nyansatt", '='),
            ("Ylva Nyansatt 3", '3'),
            ("Ylva/Kari Nyansatt", '/'),
            ("Ylva\\Nyansatt Test", '\\'),
            ("Ylva, Nyansatt", ','),
        ] {
            assert_eq!(sign_of_no_name(name), Some(sign), "{name}");
        }
        assert_eq!((title_of("Dr. Ylva Nyansatt"), title_of("K.S. Nyansatt")), (Some("Dr."), None));
    }

    #[test]
    fn a_name_in_small_letters_is_written_with_capitals() {
        assert_eq!(with_capitals("ylva nyansatt").as_deref(), Some("Ylva Nyansatt"));
        assert_eq!(with_capitals("åse-marie o'prøve").as_deref(), Some("Åse-Marie O'Prøve"));
        assert_eq!(with_capitals("ylva van der nyansatt").as_deref(), Some("Ylva van der Nyansatt"));
        for name in ["Ylva Nyansatt", "ylva Nyansatt", "ylva", "王 小明", "- -"] {
            assert_eq!(with_capitals(name), None, "{name}");
        }
    }
}
