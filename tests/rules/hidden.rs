//! Characters that cannot be seen, or that turn the text around them, are told wherever they stand.

use portvakt_core::diag::{Code, Colour, Finding, Lang, human};
use portvakt_core::invisible::is_invisible;
use portvakt_core::model::FilePath;
use portvakt_core::parse::{claims, hidden};

use super::parse::{KARI, READ, REGISTER, read, register_of};

/// One character of each kind: bidi, zero width, invisible letters, marks and symbols, and those for private use.
const HIDDEN: [char; 14] = [
    '\u{202e}', '\u{2066}', '\u{200b}', '\u{200e}', '\u{feff}', '\u{ad}', '\u{34f}', '\u{115f}', '\u{1160}',
    '\u{3164}', '\u{ffa0}', '\u{2800}', '\u{fe0f}', '\u{e000}',
];

#[track_caller]
fn held(text: &str) -> Vec<Finding> {
    read(text).expect_err("the file is to be held")
}

#[test]
fn a_name_that_holds_one_is_refused_once() {
    for c in HIDDEN {
        let wrong = held(&KARI.replacen("Kari Testesen", &format!("Kari{c} Testesen"), 1));
        let [one] = wrong.as_slice() else { panic!("{wrong:?}") };
        let number = format!("(U+{:04X})", u32::from(c));
        assert!(one.message.en().contains(&number) && one.message.get(Lang::Nb).contains(&number), "{one:?}");
        assert_eq!(one.code, Code::BadValue);
    }
}

#[test]
fn a_comment_that_holds_one_holds_the_file() {
    for c in HIDDEN {
        for (text, line) in [
            (KARI.replacen("role: LU", &format!("role: LU # {c}CL"), 1), 9),
            (format!("{KARI}# x{c}\n"), 17),
            (KARI.replacen("access:", &format!("# a{c}\n# b{c}\naccess:"), 1), 6),
        ] {
            let wrong = held(&text);
            let place = wrong[0].place.as_ref().unwrap();
            assert_eq!((wrong[0].code, place.line), (Code::NotYaml, line), "U+{:04X}", u32::from(c));
            let number = format!("(U+{:04X})", u32::from(c));
            assert!(wrong[0].message.get(Lang::Nb).contains(&number), "{wrong:?}");
        }
    }
    // A byte order mark at the beginning, and a picture with its selector, are read as they are meant.
    assert!(read(&format!("\u{feff}{KARI}# ⚠\u{fe0f} æøå – «»\n")).is_ok());
    assert_eq!(held(&format!("{KARI}{}", "# \u{200b}\n".repeat(500))).len(), 10);
}

#[test]
fn what_is_told_at_a_value_is_not_told_twice_and_hides_nothing_else() {
    let wrong = held(&KARI.replacen("role: LU", "role: L\u{200b}U # \u{202e}", 1));
    let columns: Vec<_> = wrong.iter().map(|wrong| wrong.place.as_ref().unwrap().column).collect();
    assert_eq!(columns, [11, 17], "{wrong:?}");
    let mark = "    revoked: {on: 2026-11-29, by: tone.testesen, reason: \"x\u{200b}\"}\n";
    let wrong = read(&format!("{KARI}{mark}")).unwrap();
    assert_eq!(wrong.entries[0].findings()[0].code, Code::RevocationUnread);
}

#[test]
fn text_in_utf_16_is_told_once_as_that() {
    let in_order =
        |bytes: fn(u16) -> [u8; 2], text: &str| -> Vec<u8> { text.encode_utf16().flat_map(bytes).collect() };
    let path = FilePath::new("desired-state/helse-bergen/kari.testesen.yaml");
    for text in [KARI.to_owned(), KARI.replacen("Testesen", "Tøsen", 1), format!("\u{feff}{KARI}")] {
        for bytes in [in_order(u16::to_le_bytes, &text), in_order(u16::to_be_bytes, &text)] {
            let wrong = portvakt_core::parse::person(&path, &bytes, &READ).unwrap_err();
            let [one] = wrong.as_slice() else { panic!("{wrong:#?}") };
            assert_eq!(one.code, Code::NotText);
            assert!(
                one.message.en().contains("UTF-16")
                    && one.way_out.en().contains("save it again with the encoding UTF-8")
            );
            assert!(one.message.get(Lang::Nb).contains("lagret som UTF-16"), "{one:?}");
        }
    }
    // One empty byte is a character that cannot be seen.
    assert_eq!(held(&format!("{KARI}# \0\n"))[0].code, Code::NotYaml);
}

#[test]
fn what_is_revoked_acts_beside_one() {
    let mark = "    revoked: {on: 2026-11-29, by: tone.testesen, reason: has left}\n";
    let text = format!("{KARI}{mark}# \u{202e}x\n");
    assert_eq!(held(&text).len(), 1);
    let path = FilePath::new("desired-state/helse-bergen/kari.testesen.yaml");
    let claims = claims(&path, text.as_bytes(), &READ);
    assert_eq!((claims.taken_back.len(), claims.person.unwrap().as_str()), (1, "kari.testesen"));
}

#[test]
fn a_terminal_is_shown_none_of_them() {
    for c in HIDDEN {
        let text = KARI.replacen("by: bjorn", &format!("by: bj{c}orn"), 1);
        let told = match read(&format!("{text}# {c}\n")) {
            Err(wrong) => wrong,
            Ok(file) => panic!("{file:?}"),
        };
        for lang in [Lang::En, Lang::Nb] {
            let shown = human(&told, Colour::Never, lang);
            assert!(
                !shown.contains(|c: char| c != '\n' && is_invisible(c)),
                "U+{:04X}: {shown}",
                u32::from(c)
            );
        }
    }
}

#[test]
fn the_register_and_the_keys_are_searched_too_and_what_was_accepted_is_still_read() {
    let text = format!("{REGISTER}# \u{202e}x\n");
    let path = FilePath::new("desired-state/register.yaml");
    let wrong = hidden(&path, text.as_bytes());
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0].place.as_ref().unwrap().line, REGISTER.lines().count() + 1);
    // An accepted register with such a comment is read from the memory.
    assert!(register_of(&text).is_ok());
    assert_eq!(hidden(&path, REGISTER.as_bytes()), []);
    let keys = FilePath::new("desired-state/allowed_signers");
    assert_eq!(hidden(&keys, "# tone\u{2067}\n".as_bytes()).len(), 1);
    assert_eq!(hidden(&keys, b"\xff"), []);
}
