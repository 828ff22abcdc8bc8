//! Half a file, bytes that are no text, and YAML with more than one reading. No sequence of bytes can crash the reader.

use portvakt_core::diag::{Colour, Finding, Lang, human};
use portvakt_core::model::FilePath;
use portvakt_core::parse::{self, Entry, ParsedFile};
use proptest::prelude::*;

use super::{KARI, READ, REGISTER, SECOND, held, kari_path, read, with};

#[test]
fn half_written() {
    for cut in ["    role", "      by: bj"] {
        let end = KARI.find(cut).unwrap() + cut.len();
        assert!(
            read(&KARI[..end]).is_err()
                || matches!(read(&KARI[..end]).unwrap().entries[0], Entry::Invalid { .. })
        );
    }
    snapshot!("half-written", held(&KARI[..KARI.find("    role").unwrap() + 8]));
    snapshot!("half-written-person", held("person: kari.testesen\nname: Kari"));
    snapshot!("empty", held(""));
}

#[test]
fn a_file_without_an_employer_is_told_that_of_its_own_folder() {
    for (folder, line) in [
        ("helse-stavanger", "Add the line `employer: helse-stavanger`."),
        ("unn", "Add the line `employer: unn`."),
        ("nasjonal", "Add the line `employer:` with the trust or the ICT body"),
    ] {
        let path = FilePath::new(&format!("desired-state/{folder}/kari.testesen.yaml"));
        let found = parse::person(&path, b"person: kari.testesen\nname: Kari\n", &READ).unwrap_err();
        let told = human(&found, Colour::Never, Lang::En);
        assert!(told.contains(line) && !told.contains("helse-bergen`"), "{told}");
    }
}

#[test]
fn what_is_no_text() {
    let findings = |bytes: &[u8]| {
        human(&parse::person(&kari_path(), bytes, &READ).unwrap_err(), Colour::Never, Lang::En)
    };
    let latin = with("Kari", "K?ri").replace('?', "\u{1}").into_bytes();
    let latin: Vec<u8> = latin.into_iter().map(|byte| if byte == 1 { 0xe5 } else { byte }).collect();
    snapshot!("not-utf8", findings(&latin));
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(KARI.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    snapshot!("utf16", findings(&utf16));
    snapshot!("huge", findings(&vec![b'x'; 200_000]));
}

#[test]
fn yaml_with_more_than_one_reading() {
    snapshot!("depth", held(&format!("{KARI}email: {}\n", "[".repeat(5000))));
    snapshot!("depth-closed", held(&format!("{KARI}email: {}{}\n", "[".repeat(12), "]".repeat(12))));
    snapshot!("anchor", held(&with("unit: 100082", "unit: &here 100082")));
    snapshot!("alias", held(&with("unit: 100082", "unit: *here")));
    snapshot!("tag", held(&with("unit: 100082", "unit: !!str 100082").replace("role: LU", "role: !role LU")));
    snapshot!("merge", held(&with("    role: LU", "    <<: {role: LU}")));
    snapshot!("documents", held(&format!("{KARI}---\n{KARI}")));
    snapshot!("tab", held(&with("    role: LU", "\trole: LU")));
    snapshot!("indent", held(&with("    role: LU", "   role: LU")));
    snapshot!("colon", held(&with("name: Kari Testesen", "name: Kari: Testesen")));
    snapshot!("quote", held(&with("name: Kari Testesen", "name: \"Kari Testesen")));
    snapshot!("key-is-list", held(&with("name: Kari", "[name]: Kari")));
}

pub(super) fn inside(findings: &[Finding], text: &str) {
    for finding in findings {
        assert!(!finding.message.is_empty() && !finding.way_out.is_empty(), "{finding:?}");
        let Some(place) = finding.place.as_ref().filter(|place| place.line > 0) else { continue };
        let line = text.split('\n').nth(place.line - 1).expect("the line is in the file");
        // Digits that look like a person's number are covered, and so is what may be a password in an address. Everything else is
        // shown as it is in the file.
        let has_address = line.contains("://") || line.contains(':') && line.contains('@');
        let same = |(shown, there): (char, char)| {
            shown == there || shown == '*' && (there.is_ascii_digit() || has_address)
        };
        let whole = place.text.chars().count() <= line.chars().count();
        assert!(whole && place.text.chars().zip(line.chars()).all(same), "{place:?}");
        assert!(place.column <= place.text.chars().count() + 1, "{place:?}");
    }
}

fn spans(file: &ParsedFile, text: &str) {
    for entry in &file.entries {
        match entry {
            Entry::Valid { places, .. } => {
                for span in [places.entry, places.by, places.role, places.unit, places.request, places.from] {
                    assert!(!span.of(text).is_empty(), "{places:?}");
                }
            }
            Entry::Invalid { findings, place, .. } => {
                assert!(place.end as usize <= text.len());
                inside(findings, text);
            }
        }
    }
}

fn holds_up(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    match parse::person(&kari_path(), bytes, &READ) {
        Ok(file) => spans(&file, &text),
        Err(findings) => {
            assert!(!findings.is_empty());
            inside(&findings, &text);
        }
    }
    if let Err(findings) = parse::register(&FilePath::new("desired-state/register.yaml"), bytes) {
        assert!(!findings.is_empty());
        inside(&findings, &text);
    }
}

/// Pieces that mean something to YAML, so that mutations reach more than the first error.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~æøå\n]{0,6}",
        prop::sample::select(vec![
            "\n",
            "\r\n",
            "\r",
            ": ",
            "- ",
            "  ",
            "\t",
            "\"",
            "'",
            "[",
            "]",
            "{",
            "}",
            "&a ",
            "*a",
            "!!str ",
            "!x ",
            "#",
            "|\n",
            ">\n",
            "---\n",
            "...\n",
            "? ",
            "<<: ",
            "~",
            "null",
            "no",
            "\u{feff}",
            "\u{202e}",
            "\u{0}",
            "\u{85}",
            "%Y 1\n",
            "unit: 7\n",
            "access:\n",
            "revoked: ",
            "9999999999999999999",
            "1e999",
            ".nan",
            "😀",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        holds_up(&bytes);
    }

    #[test]
    fn no_mutation_brings_the_reader_down(
        whole in prop::bool::ANY,
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, piece()), 1..5),
    ) {
        let mut text = if whole { format!("{KARI}{SECOND}") } else { REGISTER.to_owned() };
        for (at, remove, insert) in edits {
            let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = at.index(starts.len());
            let to = (from + remove).min(starts.len() - 1);
            text.replace_range(starts[from]..starts[to], &insert);
        }
        holds_up(text.as_bytes());
    }
}
