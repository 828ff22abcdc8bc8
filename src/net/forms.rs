//! The forms in which the same text can be written: the percent signs of an address, the escapes of JSON and HTML, and
//! base64, also if it is broken up. Here they are undone, so that a secret is found in each of them.

/// The most forms, one inside another, that are undone.
const DEEPEST: usize = 3;

/// The fewest characters of a word that is read as base64.
const SHORTEST_CODED: usize = 8;

/// Returns a text without the percent signs of an address (`%3A` is `:`).
pub(super) fn percent_undone(text: &str) -> String {
    repeated(text, percent_undone_once)
}

/// Returns a text without percent signs, and without the escapes of JSON (`\u003a`) and HTML (`&#58;`).
pub(super) fn escapes_undone(text: &str) -> String {
    repeated(text, |text| escapes_undone_once(&percent_undone_once(text)))
}

fn repeated(text: &str, undo: impl Fn(&str) -> String) -> String {
    let mut plain = text.to_owned();
    for _ in 0..DEEPEST {
        let next = undo(&plain);
        if next == plain {
            break;
        }
        plain = next;
    }
    plain
}

fn percent_undone_once(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn escapes_undone_once(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let plain = (first, rest.get(first.len_utf8()..).unwrap_or_default());
        let (letter, behind) = escape(rest).unwrap_or(plain);
        out.push(letter);
        rest = behind;
    }
    out
}

/// Reads the escape at the beginning of a text. Returns its character, and the text behind it.
fn escape(text: &str) -> Option<(char, &str)> {
    if let Some(coded) = text.strip_prefix("\\u") {
        let (digits, behind) = coded.split_at_checked(4)?;
        return Some((char::from_u32(number(digits, 16)?)?, behind));
    }
    if let Some(coded) = text.strip_prefix('\\') {
        let (letter, behind) = coded.split_at_checked(1)?;
        let plain = match letter {
            "n" => '\n',
            "r" => '\r',
            "t" => '\t',
            "/" => '/',
            "\\" => '\\',
            _ => return None,
        };
        return Some((plain, behind));
    }
    let (digits, behind) = text.strip_prefix("&#")?.split_once(';')?;
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => number(digits, 16)?,
        None => number(digits, 10)?,
    };
    Some((char::from_u32(code)?, behind))
}

fn number(digits: &str, radix: u32) -> Option<u32> {
    let are_digits = digits.chars().all(|c| c.is_digit(radix));
    if are_digits { u32::from_str_radix(digits, radix).ok() } else { None }
}

/// Returns what the words of a text are in base64, one below another. The coded text may begin at any character of a
/// word, so each word is read from its first four. It may also be broken up, by the lines of a mail for example. So the
/// whole text is read as one word too, once without what is not of base64, and once without any other sign.
pub(super) fn base64_undone(text: &str) -> String {
    let is_coded = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
    let unbroken: String = text.chars().filter(|c| is_coded(*c)).collect();
    let letters: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let words = text.split(|c: char| !is_coded(c)).chain([unbroken.as_str(), letters.as_str()]);
    let words = words.filter(|word| word.len() >= SHORTEST_CODED);
    let read = words.flat_map(|word| (0..4).filter_map(move |from| word.get(from..)).map(base64_read));
    read.collect::<Vec<_>>().join("\n")
}

/// Reads what there is. A library refuses a word that was cut, and a part of a secret is not to be said either.
fn base64_read(word: &str) -> String {
    let (mut held, mut bits, mut out) = (0_u32, 0_u32, Vec::with_capacity(word.len()));
    for byte in word.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        held = ((held << 6) | u32::from(six)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((held >> bits) & 0xff).unwrap_or_default());
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_undone_and_what_is_none_stays() {
        for (written, plain) in [
            ("u%3AS", "u:S"),
            ("u%253aS", "u:S"),
            ("%C3%B8", "ø"),
            ("100 %, %zz %+f %", "100 %, %zz %+f %"),
            ("\\u0061\\u0062", "ab"),
            ("&#43;&#x2F;&#X2f;", "+//"),
            ("\\u00 &#; &#x;&#9", "\\u00 &#; &#x;&#9"),
            ("&#37;41", "A"),
            ("a\\/b\\r\\n\\tc\\\\d\\x", "a/b\r\n\tc\\d\\x"),
            ("ø\\uø000", "ø\\uø000"),
        ] {
            assert_eq!(escapes_undone(written), plain);
        }
        assert_eq!(percent_undone("&#43;%2B"), "&#43;+");
    }

    #[test]
    fn base64_is_read_wherever_it_begins() {
        for coded in ["QmVhcmVyIGFiYw==", "xQmVhcmVyIGFiYw", "at/xQmVhcmVyIGFiYw"] {
            assert!(base64_undone(coded).contains("Bearer abc"), "{coded}");
        }
        for coded in [
            "QmVh cmVyIGFiYw==",
            "QmVh=\r\ncmVyI=\r\nGFiYw==",
            "Q.m.V.h.c.m.V.y.I.G.F.i.Y.w",
            "QmVh-cmVy-IGFi-Yw",
        ] {
            assert!(base64_undone(coded).contains("Bearer abc"), "{coded}");
        }
        assert_eq!(base64_undone("short a b"), "");
    }
}
