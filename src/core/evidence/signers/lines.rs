//! The lines of the lists of keys, and the findings about lines that are wrong.

use crate::characters::put_in_here;
use crate::diag::{Code, Finding, Lang, Place, Text, text};
use crate::evidence::options::Wrong;
use crate::model::FilePath;
use crate::parse::reading::put_back;
use crate::unmerged::{self, first_mark};

/// The largest size of either file, in bytes.
const LARGEST: usize = 1024 * 1024;

/// One line that is neither blank nor a comment.
#[derive(Clone, Copy)]
pub(super) struct SignerLine<'a> {
    pub(super) number: usize,
    /// The text of the line without blanks at its ends.
    pub(super) line: &'a str,
}

/// The finding about the marks of a merge. It replaces the findings for each line that is not a key.
pub(super) fn unmerged_in(path: &str, bytes: &[u8]) -> Option<Finding> {
    let words = std::str::from_utf8(bytes).ok()?;
    let mark = first_mark(words)?;
    let (message, way_out) = unmerged::message_and_way_out();
    let place = Place::span(&FilePath::new(path), words, mark.start, mark.end);
    Some(Finding::new(Code::SignersInvalid, message, way_out).at(place))
}

/// Passes each line with a key to `take`, and makes a finding about each line that it refuses.
pub(super) fn each_line(
    path: &str,
    bytes: &[u8],
    findings: &mut Vec<Finding>,
    mut take: impl FnMut(SignerLine<'_>) -> Result<(), Wrong>,
) {
    let path = FilePath::new(path);
    let whole =
        |what: Text, way_out: Text| Finding::new(Code::SignersInvalid, what, way_out).at(Place::file(&path));
    if bytes.len() > LARGEST {
        let what = text!(
            en: "The file has more than {LARGEST} bytes.",
            nb: "Filen er på mer enn {LARGEST} byte."
        );
        findings.push(whole(what, put_back()));
        return;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        let what = text!(en: "The file is no UTF-8 text.", nb: "Filen er ikke UTF-8-tekst.");
        let way_out = text!(
            en: "Write one line a key, in plain text.",
            nb: "Skriv én linje per nøkkel, i ren tekst."
        );
        findings.push(whole(what, way_out));
        return;
    };
    let mut start = 0;
    for (at, raw) in text.split('\n').enumerate() {
        let line = raw.trim_start_matches([' ', '\t']);
        let begin = start + raw.len() - line.len();
        start += raw.len() + 1;
        let line = line.trim_end_matches([' ', '\t', '\r']);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Err(wrong) = take(SignerLine { number: at + 1, line }) {
            // A comment comes after the key, and it may have any character.
            let underlined = line.get(wrong.start..wrong.end).unwrap_or_default();
            let words: Vec<&str> = underlined.split([' ', '\t']).take(2).collect();
            let what = match put_in_here(&words.join(" ")) {
                Some(here) => {
                    let what = &wrong.what;
                    text!(with what, here; en: "{what}: {here}", nb: "{what}: {here}")
                }
                None => wrong.what,
            };
            let [en, nb] = [Lang::En, Lang::Nb].map(|lang| sentence(what.get(lang)));
            let message = Text::new(en, nb);
            let place = Place::span(&path, text, begin + wrong.start, begin + wrong.end);
            findings.push(Finding::new(Code::SignersInvalid, message, wrong.way_out).at(place));
        }
    }
}

/// Makes a sentence: it begins with a capital letter and ends with a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
