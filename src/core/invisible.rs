//! Characters that cannot be seen, or that change how others are shown. A name, a path, a comment or a policy with one
//! of them reads differently from what it is. This is the only list of them: all code that reads, signs, sends or
//! prints words uses it.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// Whether a character is invisible or changes the display of others: control, format (bidi), line separator, private
/// use, and letters, marks and symbols that show nothing.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let by_category = matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
    );
    by_category || is_blank(c)
}

/// Whether a character shows nothing although its category is that of letters, marks or symbols. These are the assigned
/// characters of Unicode's `Default_Ignorable_Code_Point` that are not format characters, and the blanks of scripts
/// whose other characters have a picture.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        // The combining grapheme joiner.
        '\u{34f}'
            // The fillers of Hangul, in all their forms.
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
            // The inherent vowels of Khmer.
            | '\u{17b4}' | '\u{17b5}'
            // The variation selectors of Mongolian, and those of every script.
            | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}'
            // The blanks of Braille, of hieroglyphs and of Khitan, and a musical note without a head.
            | '\u{2800}' | '\u{13441}' | '\u{13442}' | '\u{16fe4}' | '\u{1d159}'
    )
}

/// Whether a character is a space other than the one of the keyboard, such as the no-break space. It looks like the
/// usual space, but it is a different character.
#[must_use]
pub fn is_odd_space(c: char) -> bool {
    c != ' ' && !c.is_ascii_control() && c.is_whitespace()
}

/// The hidden characters of a text, with the bytes at which they stand. Line ends and tabs are among them. The variation
/// selector right after a symbol is not: both together are one picture that people see (`⚠️`).
pub fn hidden_in(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let mut before = None;
    text.char_indices().filter(move |(_, c)| {
        let last = before.replace(*c);
        let of_a_picture = matches!(*c, '\u{fe0e}' | '\u{fe0f}') && last.is_some_and(is_symbol);
        is_invisible(*c) && !of_a_picture
    })
}

fn is_symbol(c: char) -> bool {
    !c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Symbol && !is_blank(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_or_turns_the_text_is_invisible_whatever_its_category() {
        let all = "\u{0}\u{1b}\u{7f}\u{85}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180e}\u{180b}\u{200b}\u{200d}\
                   \u{200e}\u{202e}\u{2028}\u{2060}\u{2066}\u{2800}\u{3164}\u{e000}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\
                   \u{1d159}\u{1d173}\u{16fe4}\u{e0001}\u{e0100}";
        for c in all.chars() {
            assert!(is_invisible(c), "U+{:04X}", u32::from(c));
        }
        for c in "aZ0.-_/@æøåÆØÅéßł한ㅎ⠁ \u{a0}\u{301}«–…⚠".chars() {
            assert!(!is_invisible(c), "{c:?}");
        }
    }

    #[test]
    fn a_space_of_another_kind_is_no_plain_one_and_can_be_seen() {
        for c in "\u{a0}\u{1680}\u{2002}\u{2007}\u{2009}\u{202f}\u{205f}\u{3000}".chars() {
            assert!(is_odd_space(c) && !is_invisible(c), "U+{:04X}", u32::from(c));
        }
        assert!(!" \t\n\rx\u{200b}".chars().any(is_odd_space));
    }

    #[test]
    fn a_selector_belongs_to_the_symbol_before_it_and_to_nothing_else() {
        let found = |text: &str| hidden_in(text).map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(found("⚠\u{fe0f} a"), Vec::<usize>::new());
        assert_eq!(found("a\u{fe0f}"), [1]);
        assert_eq!(found("\u{fe0f}"), [0]);
        assert_eq!(found("⚠\u{fe0f}\u{fe0f}"), [6]);
        assert_eq!(found("\u{2800}\u{fe0f}"), [0, 3]);
        assert_eq!(found("æ\u{202e}\n"), [2, 5]);
    }
}
