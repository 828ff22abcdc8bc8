//! Reads a table as a spreadsheet or a portal writes it (RFC 4180), row by row.
//!
//! Rows are numbered as a spreadsheet shows them. The headings are row 1, and blank rows count too. A cell must end in
//! its line. If a quotation mark is not closed there, its row is refused, because the cell would take in the rows below
//! it.

use portvakt_core::diag::{Text, text};

/// The reason why a table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.en())]
pub struct TableError(Text);

impl TableError {
    /// Returns the reason in words. They repeat nothing of the content of the table.
    #[must_use]
    pub fn words(&self) -> &Text {
        &self.0
    }
}

/// The characters of the bytes 0x80 to 0x9f in Windows-1252. The other bytes are those of Latin-1.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn of_windows(byte: u8) -> char {
    let special = byte.checked_sub(0x80).and_then(|at| WINDOWS.get(usize::from(at)));
    special.copied().unwrap_or_else(|| char::from(byte))
}

/// Decodes the text of a file that a spreadsheet wrote. It is UTF-16 if its first bytes say so ("Unicode text").
/// Otherwise it is UTF-8, or the Windows character set if it is not valid UTF-8.
///
/// # Errors
/// The bytes are not text.
pub fn table_text(bytes: Vec<u8>) -> Result<String, TableError> {
    let no_text = || {
        TableError(text!(
            en: "it is no text; save it as CSV (UTF-8)",
            nb: "den er ikke tekst; lagre den som CSV (UTF-8)"
        ))
    };
    let text = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).ok_or_else(no_text)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).ok_or_else(no_text)?,
        _ => String::from_utf8(bytes)
            .unwrap_or_else(|error| error.as_bytes().iter().map(|byte| of_windows(*byte)).collect()),
    };
    if text.contains('\0') { Err(no_text()) } else { Ok(text) }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let pairs = bytes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    let units: Vec<u16> = pairs.filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(unit).collect();
    String::from_utf16(&units).ok()
}

/// Returns the rows of a table with their cells. The first row has the headings. The separator is the one that a line
/// `sep=;` before the headings names. Without that line it is the candidate that the headings have most of. No
/// spreadsheet shows that line, so it is not counted.
///
/// # Errors
/// A quotation mark does not enclose a whole cell of its line.
pub fn table(text: &str) -> Result<Vec<Vec<String>>, TableError> {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let mut head = lines.clone().next().unwrap_or_default();
    let said = head.to_ascii_lowercase().strip_prefix("sep=").and_then(|rest| rest.chars().next());
    if said.is_some() {
        lines.next();
        head = lines.clone().next().unwrap_or_default();
    }
    let most = || [';', '\t', ','].into_iter().max_by_key(|mark| head.matches(*mark).count());
    let mark = said.or_else(most).unwrap_or(';');
    let row = |(line, at): (&str, usize)| {
        cells(line, mark).ok_or_else(|| {
            TableError(text!(
                en: "the quotation marks of row {at} do not enclose whole cells of that row",
                nb: "anførselstegnene i rad {at} omslutter ikke hele celler i den raden"
            ))
        })
    };
    lines.zip(1_usize..).map(row).collect()
}

/// Returns the cells of a line. A cell in quotation marks may contain the separator, and doubled quotation marks.
fn cells(line: &str, mark: char) -> Option<Vec<String>> {
    let (mut cells, mut cell) = (Vec::new(), String::new());
    let (mut is_quoted, mut is_closed) = (false, false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if is_quoted {
            if c != '"' {
                cell.push(c);
            } else if chars.peek() == Some(&'"') {
                chars.next();
                cell.push('"');
            } else {
                (is_quoted, is_closed) = (false, true);
            }
        } else if c == mark {
            cells.push(std::mem::take(&mut cell));
            is_closed = false;
        } else if is_closed {
            if !c.is_whitespace() {
                return None;
            }
        } else if c == '"' && cell.is_empty() {
            is_quoted = true;
        } else {
            cell.push(c);
        }
    }
    cells.push(cell);
    (!is_quoted).then_some(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Vec<String>> {
        table(text).unwrap()
    }

    #[test]
    fn the_mark_is_that_of_the_headings_or_the_one_that_is_named() {
        let expected = [["a", "b"], ["1", "x;y,z"]];
        for text in [
            "a;b\r\n1;\"x;y,z\"\r\n",
            "\u{feff}a\tb\n1\tx;y,z",
            "a,b\n1,\"x;y,z\"\n",
            "sep=|\na|b\n1|x;y,z\n",
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(
            read("a;b\n\n1;2\n"),
            [vec!["a", "b"], vec![""], vec!["1", "2"]],
            "blank rows are counted"
        );
        assert_eq!(read("a\n\"x \"\"y\"\"\" \n"), [["a"], ["x \"y\""]]);
        assert!(read("").is_empty());
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_in_its_row_is_refused_with_the_row() {
        for text in ["a;b\n1;2\n\"3;4\n5;6\n", "a;b\n1;2\n\"3;4\n5;\"6\"\n", "sep=;\na;b\n1;2\n\"x\ny\";4\n"]
        {
            let error = table(text).unwrap_err();
            assert!(error.words().en().contains("row 3"), "{text}: {error}");
        }
        let error = table("a;b\n\"1\"2;3\n").unwrap_err();
        assert!(error.words().en().contains("row 2"), "{error}");
    }

    #[test]
    fn a_text_is_read_in_each_way_that_spreadsheets_write_it() {
        let text = "navn\tÅse – Ø";
        assert_eq!(table_text(text.as_bytes().to_vec()).unwrap(), text);
        let units: Vec<u16> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        assert_eq!(table_text(little.clone()).unwrap(), text);
        assert_eq!(table_text(big).unwrap(), text);
        assert_eq!(table_text(b"navn\t\xc5se \x96 \xd8".to_vec()).unwrap(), text);
        for no_text in [&little[..little.len() - 1], &little[2..], b"PK\x03\x04\0\0"] {
            assert!(table_text(no_text.to_vec()).is_err());
        }
    }
}
