//! The place of a finding: one line of one file, and the words to underline.

use serde::Serialize;

use super::covered::covered;
use crate::model::FilePath;

/// A span in one line of a file. It keeps a copy of the line, so that the line can be shown after the file has
/// changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The path of the file, relative to the root.
    pub file: FilePath,
    /// The line number, from 1. It is 0 if the finding is about the whole file.
    pub line: usize,
    /// The first column in characters, from 1.
    pub column: usize,
    /// The last column in characters, inclusive.
    pub end_column: usize,
    /// The text of the line in the file, without the line end.
    pub text: String,
}

impl Place {
    /// The place for a finding about the whole file.
    #[must_use]
    pub fn file(path: &FilePath) -> Self {
        Self { file: path.clone(), line: 0, column: 0, end_column: 0, text: String::new() }
    }

    /// The place of the bytes `start..end` of `source`. A span over several lines is cut at the end of the first line.
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
            text: covered(&without_long_numbers(text)),
        }
    }

    /// The same place, with the digits in the span replaced by `*`.
    #[must_use]
    pub fn covered(mut self) -> Self {
        let span = self.column..=self.end_column;
        let cover =
            |(at, c): (usize, char)| if span.contains(&(at + 1)) && c.is_ascii_digit() { '*' } else { c };
        self.text = self.text.chars().enumerate().map(cover).collect();
        self
    }

    /// The same place, with every character in the span replaced by `*`, because it may hold a secret.
    #[must_use]
    pub fn blanked(mut self) -> Self {
        let span = self.column..=self.end_column;
        let cover = |(at, c): (usize, char)| if span.contains(&(at + 1)) { '*' } else { c };
        self.text = self.text.chars().enumerate().map(cover).collect();
        self
    }
}

/// The number of digits in a national identity number.
const IDENTITY: usize = 11;

/// Replaces every run of 11 digits by `*`. A finding about another part of the line must not copy a national identity
/// number into logs.
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
    fn a_password_in_an_address_is_covered_and_the_columns_stay() {
        let covered = |line: &str| Place::span(&FilePath::new("f"), line, 0, 1).text;
        assert_eq!(
            covered("api: https://u:hemmelig@h.example/v4 # x"),
            "api: https://**********@h.example/v4 # x"
        );
        assert_eq!(
            covered("{api: \"https://h.example?token=hemm\", a: 1}"),
            "{api: \"https://h.example?**********\", a: 1}"
        );
        assert_eq!(covered("a: mysql://u:p@ss@h, https://x@y?z@"), "a: mysql://******@h, https://*****@");
        for plain in ["api: https://h.example:8443/v4", "email: kari@h.example", "a://", "https://h/?"] {
            assert_eq!(covered(plain), plain);
        }
        let place = Place::span(&FilePath::new("f"), "api: u:hemmelig@h # x", 5, 17);
        assert_eq!(place.blanked().text, "api: ************ # x");
    }

    #[test]
    fn what_is_given_to_a_name_of_a_secret_is_covered() {
        let covered = |line: &str| Place::span(&FilePath::new("f"), line, 0, 1).text;
        assert_eq!(covered("password: hemmelig x"), "password: ******** *");
        assert_eq!(covered("  \"api_token\" : hemmelig"), "  \"api_token\" : ********");
        assert_eq!(covered("# client-secret=hemmelig"), "# client-secret=********");
        for plain in ["name: Kari Testesen", "# a token", "on: 2026-01-05", "tokens", "a: {b: 1}"] {
            assert_eq!(covered(plain), plain);
        }
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
