//! Compares the transcripts of the guide in `docs/nb` with what the tests of this folder saw, word for word.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::bench::Session;
use crate::house::sources;

/// One page at a time is written.
static WRITING: Mutex<()> = Mutex::new(());

fn page(name: &str) -> PathBuf {
    Path::new(crate::ROOT).join("docs/nb").join(format!("{name}.md"))
}

/// Returns the place of a transcript in the text of a page, which is between its two marks.
fn place(text: &str, mark: &str) -> Option<std::ops::Range<usize>> {
    let begins = format!("<!-- transcript:{mark} -->\n");
    let start = text.find(&begins)? + begins.len();
    let end = start + text[start..].find("<!-- /transcript -->")?;
    Some(start..end)
}

/// Compares the transcript of a page, and the number of keystrokes, with what was seen. With `UPDATE_DOCS` it writes
/// both there.
#[track_caller]
pub fn shows(name: &str, mark: &str, session: &Session) {
    let _one = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let path = page(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|why| panic!("docs/nb/{name}.md: {why}"));
    let place = place(&text, mark).unwrap_or_else(|| panic!("docs/nb/{name}.md has no marks for {mark}"));
    let seen = format!("```console\n{}```\n\n{} tastetrykk.\n", session.transcript, session.keys);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let mut new = text.clone();
        new.replace_range(place, &seen);
        fs::write(&path, new).unwrap();
        return;
    }
    assert_eq!(text[place], seen, "write it anew: UPDATE_DOCS=1 cargo test --test program everyday");
}

#[test]
fn the_guide_says_as_the_program_does_to_call_a_number_from_elsewhere_than_the_application() {
    for name in ["gi-tilgang", "soknader"] {
        let text = fs::read_to_string(page(name)).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("et nummer du har fra et annet sted enn søknaden"), "{name}");
        assert!(!text.contains("mobilnummeret i søknaden"), "{name}");
    }
}

#[test]
fn every_page_of_the_guide_is_in_its_list_and_every_transcript_in_a_test() {
    let folder = Path::new(crate::ROOT).join("docs/nb");
    let list = fs::read_to_string(folder.join("README.md")).unwrap();
    let mut tests = Vec::new();
    sources(&Path::new(crate::ROOT).join("tests/program/everyday"), &mut tests);
    let tests: String = tests.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let mut marks = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(name == "README" || list.contains(&format!("({name}.md)")), "{name} is not in the list");
        let text = fs::read_to_string(&path).unwrap();
        for mark in text.split("<!-- transcript:").skip(1).filter_map(|rest| rest.split(' ').next()) {
            marks += 1;
            assert!(tests.contains(&format!("\"{name}\", \"{mark}\"")), "{name}: no test shows {mark}");
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let is_file = !link.is_empty() && !link.contains("://");
            assert!(!is_file || folder.join(link).exists(), "{name}: {link}");
        }
    }
    assert!(marks > 10, "the transcripts were not found");
}
