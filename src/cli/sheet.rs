//! Writes rows for a spreadsheet: comma-separated values (RFC 4180) in UTF-8. No cell can become a formula. If a cell
//! begins like one, an apostrophe is put before it. Spreadsheets read that as the mark of a text.

use std::borrow::Cow;
use std::io;

use portvakt_core::diag::{Exit, Lang, text};

use super::output;
use crate::config::{Format, Global};

/// Refuses rows for a spreadsheet together with a result for programs.
///
/// # Errors
/// With the exit code of a command line that makes no sense.
pub(super) fn check_alone(global: &Global, csv: bool) -> Result<(), Exit> {
    if !csv || global.format == Format::Human {
        return Ok(());
    }
    output::tell(
        global,
        &text!(
            en: "error: `--csv` is a form of its own and goes with no other `--format`; see --help",
            nb: "feil: `--csv` er en form for seg og går ikke sammen med en annen `--format`; se --help"
        ),
    );
    Err(Exit::Usage)
}

/// Writes rows below a line of headings to standard output.
pub(super) fn out(headings: &[&str], rows: &[Vec<String>]) {
    match csv_text(headings, rows, b',') {
        Ok(text) => output::out(&text),
        Err(why) => output::note_unwritten(why),
    }
}

/// Writes a table that people fill in. A Norwegian spreadsheet separates cells at semicolons, and reads a file as UTF-8
/// only if it begins with the byte order mark.
pub(super) fn to_fill_in(headings: &[&str], rows: &[Vec<String>], lang: Lang) {
    let (start, mark) = match lang {
        Lang::En => ("", b','),
        Lang::Nb => ("\u{feff}", b';'),
    };
    match csv_text(headings, rows, mark) {
        Ok(text) => output::out(&format!("{start}{text}")),
        Err(why) => output::note_unwritten(why),
    }
}

/// Returns the cell as it is written. It is unchanged, unless a spreadsheet would take it for a formula.
fn inert(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

fn csv_text(headings: &[&str], rows: &[Vec<String>], mark: u8) -> io::Result<String> {
    let mut builder = csv::WriterBuilder::new();
    let mut writer = builder.delimiter(mark).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(headings)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| inert(cell).into_owned()))?;
    }
    let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_begins_like_a_formula_is_a_text() {
        for (cell, inert_cell) in [
            ("=HYPERLINK(\"https://example.org\")", "'=HYPERLINK(\"https://example.org\")"),
            ("+47", "'+47"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("Åse-Marie = Liksomdal", "Åse-Marie = Liksomdal"),
            ("2026-01-31", "2026-01-31"),
            ("", ""),
        ] {
            assert_eq!(inert(cell), inert_cell, "{cell:?}");
        }
    }

    #[test]
    fn commas_quotes_and_line_ends_stay_in_their_cell() {
        let rows = [
            vec!["Liksomdal, Åse".to_owned(), "«Å» \"x\"".to_owned()],
            vec!["=1+1".to_owned(), "a\nb".to_owned()],
        ];
        let text = csv_text(&["navn", "enhet"], &rows, b',').unwrap();
        assert_eq!(text, "navn,enhet\r\n\"Liksomdal, Åse\",\"«Å» \"\"x\"\"\"\r\n'=1+1,\"a\nb\"\r\n");
    }
}
