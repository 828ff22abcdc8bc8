//! Where a finding points: one line of one file, with the words underlined.

use serde::Serialize;

use crate::model::FilePath;

/// A span in one line of a file. Holds the line, so that it can be shown after the file has changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The file, relative to the root.
    pub file: FilePath,
    /// Line, from 1; 0 where the finding is about the whole file.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Last column in characters, inclusive.
    pub end_column: usize,
    /// The line as it stands in the file, without its end.
    pub text: String,
}

impl Place {
    /// The whole file.
    #[must_use]
    pub fn file(path: &FilePath) -> Self {
        Self { file: path.clone(), line: 0, column: 0, end_column: 0, text: String::new() }
    }

    /// The bytes `start..end` of `source`; what goes past the first line is cut off there.
    #[must_use]
    pub fn span(path: &FilePath, source: &str, start: usize, end: usize) -> Self {
        let start = floor(source, start.min(source.len()));
        let before = source.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = source.get(line_start..).unwrap_or_default();
        let text = rest.split(['\n', '\r']).next().unwrap_or_default();
        let line_end = line_start + text.len();
        let start = start.min(line_end);
        let end = floor(source, end.clamp(start, line_end));
        let column = source.get(line_start..start).unwrap_or_default().chars().count() + 1;
        let width = source.get(start..end).unwrap_or_default().chars().count().max(1);
        Self {
            file: path.clone(),
            line: before.matches('\n').count() + 1,
            column,
            end_column: column + width - 1,
            text: without_long_numbers(text),
        }
    }

    /// The same place with its digits covered.
    #[must_use]
    pub fn covered(mut self) -> Self {
        let span = self.column..=self.end_column;
        let cover =
            |(at, c): (usize, char)| if span.contains(&(at + 1)) && c.is_ascii_digit() { '*' } else { c };
        self.text = self.text.chars().enumerate().map(cover).collect();
        self
    }
}

/// Digits in a national identity number.
const IDENTITY: usize = 11;

/// The text with every run of as many digits as a national identity number has covered: a finding about something
/// else in the line must not carry it into logs.
fn without_long_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let (digits, after) = from.split_at(from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len()));
        out.push_str(before);
        if digits.len() == IDENTITY {
            out.push_str(&"*".repeat(IDENTITY))
        } else {
            out.push_str(digits)
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn floor(source: &str, mut at: usize) -> usize {
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_national_identity_number_is_covered_and_other_numbers_are_not() {
        let place = Place::span(&FilePath::new("f"), "unit: 900000001 # 41019900123 x", 0, 4);
        assert_eq!(place.text, "unit: 900000001 # *********** x");
        let place = Place::span(&FilePath::new("f"), "# ring 900 00 000, 100082", 7, 17);
        assert_eq!(place.covered().text, "# ring *** ** ***, 100082");
    }

    #[test]
    fn columns_count_characters_and_stay_in_the_line() {
        let source = "a: 1\nnavn: Åse Øl\nb: 2\n";
        let start = source.find("Åse").unwrap();
        let place = Place::span(&FilePath::new("f"), source, start, source.len());
        assert_eq!((place.line, place.column, place.end_column), (2, 7, 12));
        assert_eq!(place.text, "navn: Åse Øl");
        let end = Place::span(&FilePath::new("f"), source, 999, 999);
        assert_eq!((end.line, end.column, end.text.as_str()), (4, 1, ""));
    }
}
