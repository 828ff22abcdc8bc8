//! Finds invisible characters, and characters that turn the text around them, anywhere in a file. Comments are searched
//! too. With such a character a reviewer may see other text than the program reads, so the file is not used.

use super::page::FilePage;
use super::span::Span;
use crate::characters::named;
use crate::diag::{Code, Finding, text};
use crate::invisible::hidden_in;
use crate::model::FilePath;

/// The largest number of findings for one file. When the first lines are corrected, the next findings appear.
const MOST: usize = 10;

/// Finds such characters in a protected file. Bytes that are not text are reported elsewhere.
#[must_use]
pub fn hidden(path: &FilePath, bytes: &[u8]) -> Vec<Finding> {
    std::str::from_utf8(bytes).map_or_else(|_| Vec::new(), |text| untold(FilePage { path, text }, &[]))
}

/// Makes one finding for each line with such a character that no earlier finding underlines.
pub(super) fn untold(page: FilePage<'_>, told: &[Finding]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut start = 0;
    for (number, line) in page.text.split_inclusive('\n').enumerate() {
        if let Some((at, c)) = in_line(line, number + 1, told) {
            let span = Span::new(start + at, start + at + c.len_utf8());
            let what = named(c);
            let message = text!(
                with what;
                en: "Here stands {what}: what people read in this line is not what is written in it.",
                nb: "Her står {what}: det folk leser i denne linjen, er ikke det som er skrevet i den."
            );
            let way_out = text!(
                en: "Delete the line and write it anew by hand.",
                nb: "Slett linjen og skriv den på nytt for hånd."
            );
            found.push(page.finding(Code::NotYaml, span, message, way_out));
            if found.len() == MOST {
                break;
            }
        }
        start += line.len();
    }
    found
}

/// The first such character of a line that none of the findings underlines. A file may begin with a byte order mark.
fn in_line(line: &str, number: usize, told: &[Finding]) -> Option<(usize, char)> {
    let mark = |at: usize, c: char| number == 1 && at == 0 && c == '\u{feff}';
    let hidden: Vec<usize> = hidden_in(line)
        .filter(|(at, c)| !matches!(c, '\n' | '\r' | '\t') && !mark(*at, *c))
        .map(|(at, _)| at)
        .collect();
    if hidden.is_empty() {
        return None;
    }
    let places = told.iter().filter_map(|finding| Some((finding.code, finding.place.as_ref()?)));
    let underlined: Vec<_> = places
        .filter(|(_, place)| place.line == number)
        .map(|(code, place)| match code {
            // This finding underlines the first words of a value that may go over the whole line.
            Code::RevocationUnread => 1..=usize::MAX,
            _ => place.column..=place.end_column,
        })
        .collect();
    line.char_indices()
        .enumerate()
        .filter(|(_, (at, _))| hidden.binary_search(at).is_ok())
        .find(|(column, _)| !underlined.iter().any(|columns| columns.contains(&(column + 1))))
        .map(|(_, place)| place)
}
