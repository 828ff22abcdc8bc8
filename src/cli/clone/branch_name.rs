//! Shows the name of a branch. The author of the branch chose its name, so it may deceive. Invisible characters, and
//! letters that only look like others, are shown by their numbers, and the user is warned.

use portvakt_core::diag::{Text, text};
use portvakt_core::invisible::is_invisible;
use portvakt_core::parse::confusable::mixes_scripts;

/// The longest name that is shown, in characters.
const LONGEST: usize = 200;

/// Returns the name with some characters replaced by their numbers. These are invisible characters, and letters beside
/// Latin ones that are not Latin.
pub(in crate::cli) fn shown(name: &str) -> String {
    let is_mixed = mixes_scripts(name);
    let mut shown = String::new();
    for c in name.chars().take(LONGEST) {
        if is_invisible(c) || (is_mixed && !may_stand(c)) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Returns a warning if the name can be taken for another one.
pub(in crate::cli) fn warning(name: &str) -> Option<Text> {
    mixes_scripts(name).then(|| {
        text!(
            en: "The name of this branch has letters of more than one script, so it may look like another. Those that are not Latin are shown by their numbers.",
            nb: "Navnet på denne grenen har bokstaver fra mer enn ett alfabet, så det kan ligne et annet. De som ikke er latinske, vises med nummeret sitt."
        )
    })
}

/// Returns whether a character cannot be mistaken beside Latin letters.
fn may_stand(c: char) -> bool {
    c.is_ascii() || !c.is_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_look_like_others_and_signs_that_turn_the_text_are_shown_by_their_numbers() {
        for plain in ["access/grant-kari.testesen", "access/søknad-å#1", "доступ"] {
            assert_eq!(shown(plain), plain);
            assert!(warning(plain).is_none(), "{plain}");
        }
        assert_eq!(shown("access/k\u{430}ri-ø"), "access/k\\u{430}ri-ø");
        assert!(warning("access/k\u{430}ri").is_some());
        assert_eq!(shown("access/\u{202e}irak"), "access/\\u{202e}irak");
        assert_eq!(shown(&"a".repeat(300)).len(), LONGEST);
    }
}
