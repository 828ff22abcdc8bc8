//! Names the characters that nobody types and that programs put in: the dashes, spaces and quotation marks of word
//! processors, and characters that cannot be seen. Such a character looks like the right one, so a finding names it and
//! says which one was meant.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

use crate::invisible::{is_invisible, is_odd_space};
use crate::text::{Text, text};

/// Says that the bytes of a file are not in UTF-8.
#[must_use]
pub fn not_text() -> Text {
    text!(en: "this file is not UTF-8 text", nb: "denne filen er ikke UTF-8-tekst")
}

/// Returns a text with each letter and its accents as one character (NFC), as names are in the files. Some systems
/// paste or return them as two.
#[must_use]
pub fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// Returns whether the bytes are text in UTF-16, with or without a byte order mark. In such a text most letters have an
/// empty byte.
#[must_use]
pub fn is_utf16(bytes: &[u8]) -> bool {
    let empty = bytes.iter().filter(|byte| **byte == 0).count();
    bytes.len() > 3 && empty > bytes.len() / 3
}

/// Returns the text of bytes in UTF-8, UTF-16 or UTF-32, so that a word can be looked for in it. Nothing else that is
/// read so counts. What is no character is replaced.
#[must_use]
pub fn of_any_encoding(bytes: &[u8]) -> Cow<'_, str> {
    if !is_utf16(bytes) {
        return String::from_utf8_lossy(bytes);
    }
    // In UTF-32 two bytes of each letter are empty, and a third one of most. The first byte is that of the byte order
    // mark or of a plain letter.
    let empty = bytes.iter().filter(|byte| **byte == 0).count();
    let width = if empty > bytes.len() / 2 { 4 } else { 2 };
    let is_big_endian = matches!(bytes.first(), Some(0 | 0xfe));
    let add = |code: u32, byte: &u8| (code << 8) | u32::from(*byte);
    let codes = bytes
        .chunks_exact(width)
        .map(|unit| if is_big_endian { unit.iter().fold(0, add) } else { unit.iter().rev().fold(0, add) });
    let text: String = if width == 4 {
        codes.map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    } else {
        let units = codes.map(|code| u16::try_from(code).unwrap_or_default());
        char::decode_utf16(units).map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    Cow::Owned(text)
}

/// The name of a character for a finding, with its number if it looks like another character.
#[must_use]
pub fn named(c: char) -> Text {
    let code = u32::from(c);
    let (en, nb) = match c {
        '\u{a0}' => ("a no-break space", "et hardt mellomrom"),
        '\u{202f}' => ("a narrow no-break space", "et smalt hardt mellomrom"),
        '\u{ad}' => ("a soft hyphen", "en myk bindestrek"),
        '\u{200b}' => ("a zero-width space", "et mellomrom uten bredde"),
        '\u{feff}' => ("a byte order mark", "et merke for byterekkefølge"),
        '\u{2010}' | '\u{2011}' => ("a hyphen of print", "en typografisk bindestrek"),
        '\u{2012}' => ("a figure dash", "en tallstrek"),
        '\u{2013}' => ("an en dash", "en tankestrek"),
        '\u{2014}' | '\u{2015}' => ("an em dash", "en lang tankestrek"),
        '\u{2212}' => ("a minus sign", "et minustegn"),
        '\u{2022}' => ("a bullet", "et kulepunkt"),
        '\u{2026}' => ("an ellipsis", "en ellipse"),
        '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' => {
            ("a quotation mark of print", "et typografisk anførselstegn")
        }
        '\u{2018}'..='\u{201b}' => ("an apostrophe of print", "en typografisk apostrof"),
        '\u{ff01}'..='\u{ff5e}' => ("a character of full width", "et tegn i full bredde"),
        c if is_odd_space(c) => ("a space of another kind", "et mellomrom av et annet slag"),
        c if is_invisible(c) => ("a character that cannot be seen", "et tegn som ikke synes"),
        // People can distinguish the letters of Norwegian and similar languages by eye.
        c if c.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&c) => return Text::same(format!("`{c}`")),
        c => return Text::same(format!("`{c}` (U+{code:04X})")),
    };
    if is_invisible(c) || is_odd_space(c) {
        text!(en: "{en} (U+{code:04X})", nb: "{nb} (U+{code:04X})")
    } else {
        text!(en: "{en} (`{c}`, U+{code:04X})", nb: "{nb} (`{c}`, U+{code:04X})")
    }
}

/// Returns what people would type in place of a character that a program put in. It is empty for a character that shows
/// nothing, and `None` for all other characters.
fn instead(c: char) -> Option<&'static str> {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => Some("-"),
        '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2033}' => Some("\""),
        '\u{2018}'..='\u{201b}' | '\u{2032}' => Some("'"),
        '\u{2026}' => Some("..."),
        '\u{2236}' | '\u{a789}' => Some(":"),
        '\n' | '\r' | '\t' => None,
        c if is_odd_space(c) => Some(" "),
        c if is_invisible(c) => Some(""),
        _ => None,
    }
}

/// The character of the keyboard that a character of full width shows.
fn narrow(c: char) -> Option<char> {
    ('\u{ff01}'..='\u{ff5e}').contains(&c).then(|| char::from_u32(u32::from(c) - 0xfee0)).flatten()
}

/// Returns whether a character replaces one that the keyboard has, or shows nothing.
#[must_use]
pub fn is_put_in(c: char) -> bool {
    instead(c).is_some() || narrow(c).is_some()
}

/// Returns the words about the first character of a text that a program inserted. Nobody sees that it is not the one of
/// the keyboard. It is `None` if there is no such character.
#[must_use]
pub fn put_in_here(words: &str) -> Option<Text> {
    let what = words.chars().find(|c| is_put_in(*c)).map(named)?;
    Some(text!(
        with what;
        en: "here stands {what}, which word processors and mail programs put in",
        nb: "her står {what}, som tekstbehandlere og e-postprogrammer setter inn"
    ))
}

/// The next step for text with such a character.
#[must_use]
pub fn type_anew() -> Text {
    text!(
        en: "Delete it, and type what belongs there on the keyboard.",
        nb: "Slett det, og skriv det som hører hjemme der, på tastaturet."
    )
}

/// The text as it would be typed: with the characters of the keyboard in place of those that programs put in.
#[must_use]
pub fn as_typed(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match (instead(c), narrow(c)) {
            (Some(typed), _) => out.push_str(typed),
            (None, Some(typed)) => out.push(typed),
            (None, None) => out.push(c),
        }
    }
    out
}

/// Returns the first part of a name that replaces a letter which was lost on the way. It is the sign for an unreadable
/// character, a letter that was read in another encoding (`Ã¸`), a letter as HTML writes it (`&oslash;`), or a stroke
/// laid over another letter. The lost letter is not guessed.
#[must_use]
pub fn lost_letter(words: &str) -> Option<&str> {
    let part = |at: usize, width: usize| words.get(at..at + width);
    for (at, c) in words.char_indices() {
        let rest = words.get(at..).unwrap_or_default();
        let next = rest.chars().nth(1);
        match c {
            '\u{fffd}' | '\u{334}'..='\u{338}' => return part(at, c.len_utf8()),
            'Ã' | 'Â' => {
                if let Some(next) = next.filter(|next| is_second_byte(*next)) {
                    return part(at, c.len_utf8() + next.len_utf8());
                }
            }
            '&' => {
                if let Some(width) = html_letter(rest) {
                    return part(at, width);
                }
            }
            _ => {}
        }
    }
    None
}

/// Returns whether the second byte of a letter is shown as this character in the encoding of old Windows. No such
/// character belongs inside a name.
fn is_second_byte(c: char) -> bool {
    matches!(
        c,
        '\u{80}'
            ..='\u{bf}' | '\u{152}' | '\u{153}' | '\u{160}' | '\u{161}' | '\u{178}' | '\u{17d}' | '\u{17e}'
    ) || matches!(c, '\u{192}' | '\u{2c6}' | '\u{2dc}' | '\u{2013}'..='\u{203a}' | '\u{20ac}' | '\u{2122}')
}

/// The number of bytes of a letter as HTML writes it, if these words begin with one.
fn html_letter(words: &str) -> Option<usize> {
    let inner = words.strip_prefix('&')?.split_once(';').map(|(inner, _)| inner)?;
    let number = inner.strip_prefix('#').map(|digits| digits.trim_start_matches(['x', 'X']));
    let is_one = match number {
        Some(digits) => !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => inner.len() > 1 && inner.bytes().all(|byte| byte.is_ascii_alphabetic()),
    };
    is_one.then_some(inner.len() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn what_looks_like_another_is_named_with_its_number() {
        let both = |c| (named(c).get(Lang::En).to_owned(), named(c).get(Lang::Nb).to_owned());
        let of = |en: &str, nb: &str| (en.to_owned(), nb.to_owned());
        assert_eq!(both('–'), of("an en dash (`–`, U+2013)", "en tankestrek (`–`, U+2013)"));
        assert_eq!(both('\u{a0}'), of("a no-break space (U+00A0)", "et hardt mellomrom (U+00A0)"));
        let hidden = of("a character that cannot be seen (U+202E)", "et tegn som ikke synes (U+202E)");
        assert_eq!(both('\u{202e}'), hidden);
        assert_eq!(both('K'), of("`K`", "`K`"));
        assert_eq!(both('ø'), of("`ø`", "`ø`"));
        assert_eq!(both('о'), of("`о` (U+043E)", "`о` (U+043E)"));
    }

    #[test]
    fn a_letter_that_was_lost_on_the_way_is_found() {
        for (name, lost) in [
            ("Kari TÃ¸sen", "Ã¸"),
            ("TÃ¥ge Testesen", "Ã¥"),
            ("Ã…se Testesen", "Ã…"),
            ("Ã˜yvind Testesen", "Ã˜"),
            ("Kari T&oslash;sen", "&oslash;"),
            ("Kari T&#248;sen", "&#248;"),
            ("Kari T&#xf8;sen", "&#xf8;"),
            ("Kari T\u{fffd}sen", "\u{fffd}"),
            ("Kari To\u{338}sen", "\u{338}"),
            ("Kari To\u{335}sen", "\u{335}"),
        ] {
            assert_eq!(lost_letter(name), Some(lost), "{name}");
        }
        for name in [
            "Kari Tøsen",
            "JOÃO Testesen",
            "João Â. Testesen",
            "Å. Ærlig",
            "Kari & Co; Testesen",
            "Liv & Testesen",
        ] {
            assert_eq!(lost_letter(name), None, "{name}");
        }
    }

    #[test]
    fn no_name_shows_what_cannot_be_seen() {
        for c in (0..=0x1_ffff).filter_map(char::from_u32).filter(|c| is_invisible(*c)) {
            let told = named(c);
            assert!(!told.en().chars().any(is_invisible), "U+{:04X}", u32::from(c));
            assert!(!told.get(Lang::Nb).chars().any(is_invisible), "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn what_programs_put_in_is_typed_as_on_a_keyboard() {
        assert_eq!(as_typed("2026–09−01"), "2026-09-01");
        assert_eq!(as_typed("“Kari\u{a0}Testesen”\u{200b}"), "\"Kari Testesen\"");
        assert_eq!(as_typed("ｒｏｌｅ：LU"), "role:LU");
        assert_eq!(as_typed("Åse Øl\tx\n"), "Åse Øl\tx\n");
    }
}
