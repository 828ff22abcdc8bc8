//! Finds people, units and trusts by a part of their name, as people type it: without capitals, and with or without the
//! letters that a keyboard may lack.

use portvakt_core::characters::composed;

/// Returns a text in the form in which names are compared. It has small letters and no accents: `å` is `a`, `ø` is `o`,
/// `æ` is `ae`.
#[must_use]
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in composed(text).to_lowercase().chars() {
        match c {
            'å' | 'ä' | 'á' | 'à' | 'â' | 'ã' => folded.push('a'),
            'æ' => folded.push_str("ae"),
            'ø' | 'ö' | 'ó' | 'ò' | 'ô' | 'õ' => folded.push('o'),
            'é' | 'è' | 'ê' | 'ë' => folded.push('e'),
            'í' | 'ì' | 'î' | 'ï' => folded.push('i'),
            'ü' | 'ú' | 'ù' | 'û' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'ñ' => folded.push('n'),
            'ç' | 'č' => folded.push('c'),
            'š' => folded.push('s'),
            'ž' => folded.push('z'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ß' => folded.push_str("ss"),
            other => folded.push(other),
        }
    }
    folded
}

/// The fit of a text that is inside of a name. It is the worst.
const INSIDE: u8 = 3;

/// Returns how well the typed text fits one of the names of a thing. A smaller number is a better fit. `None` means
/// that it does not fit.
fn fit(typed: &str, names: &[&str]) -> Option<u8> {
    let typed = folded(typed.trim());
    if typed.is_empty() {
        return None;
    }
    let names: Vec<String> = names.iter().map(|name| folded(name)).collect();
    if names.contains(&typed) {
        return Some(0);
    }
    // A number alone may be the position in a list that the user remembers. So it only matches a name that is this
    // number.
    if typed.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let all: Vec<&str> = names.iter().flat_map(|name| name.split([' ', '.', '-', ',', '(', ')'])).collect();
    let words: Vec<&str> = typed.split([' ', '.']).filter(|word| !word.is_empty()).collect();
    if words.iter().all(|word| all.contains(word)) {
        return Some(1);
    }
    if words.iter().all(|word| all.iter().any(|name| name.starts_with(word))) {
        return Some(2);
    }
    names.iter().any(|name| name.contains(&typed)).then_some(INSIDE)
}

/// Returns whether the typed text is one of these names, or its words are words of one or begin them. A text inside of a
/// word is not enough.
#[must_use]
pub fn fits_a_word(typed: &str, names: &[&str]) -> bool {
    fit(typed, names).is_some_and(|fit| fit < INSIDE)
}

/// Returns the things that the typed text fits in any way, each with how well it fits.
fn with_their_fit<'a, T>(
    typed: &str,
    things: impl IntoIterator<Item = &'a T>,
    names: impl Fn(&'a T) -> Vec<&'a str>,
) -> Vec<(u8, &'a T)> {
    things.into_iter().filter_map(|thing| Some((fit(typed, &names(thing))?, thing))).collect()
}

/// Returns the things that the typed text means. These are the ones that fit best, in their order. `names` gives the
/// names of one thing.
pub fn fits<'a, T>(
    typed: &str,
    things: impl IntoIterator<Item = &'a T>,
    names: impl Fn(&'a T) -> Vec<&'a str>,
) -> Vec<&'a T> {
    let mut found = with_their_fit(typed, things, names);
    let best = found.iter().map(|(fit, _)| *fit).min();
    found.retain(|(fit, _)| Some(*fit) == best);
    found.into_iter().map(|(_, thing)| thing).collect()
}

/// Returns all things that the typed text may mean. They are the things that are called exactly so, or else all that it
/// fits in any way. Where nobody can be asked, only one such thing may be taken.
pub(super) fn may_mean<'a, T>(
    typed: &str,
    things: impl IntoIterator<Item = &'a T>,
    names: impl Fn(&'a T) -> Vec<&'a str>,
) -> Vec<&'a T> {
    let mut found = with_their_fit(typed, things, names);
    if found.iter().any(|(fit, _)| *fit == 0) {
        found.retain(|(fit, _)| *fit == 0);
    }
    found.into_iter().map(|(_, thing)| thing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_one_name_and_the_beginning_of_another_may_mean_both() {
        let things = ["smerteregisteret", "rapporteket-smerte"];
        let found = |typed: &str| may_mean(typed, &things, |name| vec![*name]);
        assert_eq!(found("smerte"), [&"smerteregisteret", &"rapporteket-smerte"]);
        assert_eq!(
            found("Smerteregisteret"),
            [&"smerteregisteret"],
            "what is called exactly so is meant alone"
        );
        assert_eq!(found("rapporteket"), [&"rapporteket-smerte"]);
        assert!(found("begge").is_empty());
    }

    #[test]
    fn a_text_inside_of_a_word_is_no_word_of_a_name() {
        for name in ["Siv Nyansatt", "Ylva Ny", "Kari Ny-Hansen"] {
            assert!(fits_a_word("ny", &[name]), "{name}");
        }
        for name in ["Dagny Prøvedal", "Ronny Testesen"] {
            assert!(!fits_a_word("Ny", &[name]), "{name}");
        }
        assert_eq!(fits("ny", &["Dagny"], |name| vec![*name]), [&"Dagny"], "typed, it finds her");
    }

    #[test]
    fn a_part_of_a_name_finds_those_whom_it_fits_best() {
        let people = [
            ("ase.liksomdal", "Åse Liksomdal"),
            ("aslaug.monsterud", "Aslaug Mønsterud"),
            ("hedda.monsterud", "Hedda Mønsterud"),
            ("as.as", "As As"),
        ];
        let found = |typed: &str| -> Vec<&str> {
            fits(typed, &people, |(id, name)| vec![*id, *name]).into_iter().map(|(id, _)| *id).collect()
        };
        assert_eq!(found("ase.liksomdal"), ["ase.liksomdal"]);
        assert_eq!(found("Åse"), ["ase.liksomdal"]);
        assert_eq!(found("åse liks"), ["ase.liksomdal"]);
        assert_eq!(found("as"), ["as.as"], "a whole word fits better than a beginning");
        assert_eq!(found("MØNST"), ["aslaug.monsterud", "hedda.monsterud"]);
        assert_eq!(found("liks ase"), ["ase.liksomdal"]);
        assert_eq!(found("somdal"), ["ase.liksomdal"], "the middle of a name counts when nothing else fits");
        assert_eq!(found("A\u{30a}se"), ["ase.liksomdal"], "letters and accents apart");
        assert!(found("nobody").is_empty() && found(" ").is_empty());
    }

    #[test]
    fn a_number_alone_means_only_what_is_called_so() {
        let things =
            [("100083", "Stavanger"), ("4207789", "Sengepost 3"), ("kari.testesen2", "Kari Testesen")];
        let found = |typed: &str| -> Vec<&str> {
            fits(typed, &things, |(id, name)| vec![*id, *name]).into_iter().map(|(id, _)| *id).collect()
        };
        for typed in ["1", "2", "3", "4", "420778", "10008"] {
            assert!(found(typed).is_empty(), "{typed}");
        }
        assert_eq!(found("100083"), ["100083"]);
        assert_eq!(found("post 3"), ["4207789"]);
        assert_eq!(found("testesen2"), ["kari.testesen2"]);
    }
}
