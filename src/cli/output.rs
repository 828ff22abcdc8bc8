//! Writes results to standard output, and everything else to standard error.

use std::io::{IsTerminal, Write};

use portvakt_core::diag;
use portvakt_core::diag::{Colour, Exit, Finding, Looked, Noun, Text};
use serde_json::{Value, json};

use crate::config::{Format, Global, plain_text};

/// The noun for accesses, with its plural. Several commands count accesses.
pub(super) const ACCESSES: Noun = Noun::new(["access", "accesses"], ["tilgang", "tilganger"]);
/// The noun for the steps of a plan, with its plural.
pub(super) const STEPS: Noun = Noun::new(["step", "steps"], ["steg", "steg"]);

/// Writes to standard output. An error is ignored here, because the reader may close the pipe once it has enough.
pub(super) fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _gone = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// Writes a line to standard error.
pub(super) fn err(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _gone = writeln!(stderr, "{text}");
}

/// Writes to standard output in the chosen language.
pub(super) fn say(global: &Global, text: &Text) {
    out(text.get(global.lang()));
}

/// Writes a line to standard error in the chosen language.
pub(super) fn tell(global: &Global, text: &Text) {
    err(text.get(global.lang()));
}

fn colour() -> Colour {
    if std::io::stdout().is_terminal() && !plain_text() { Colour::Always } else { Colour::Never }
}

/// Writes findings in the chosen format and returns the exit code that follows from them. In JSON the fields of `more`
/// are added.
pub(super) fn findings(global: &Global, findings: &[Finding], more: Value) -> Exit {
    findings_and(global, Looked::Elsewhere, findings, more, Exit::Ok)
}

/// Writes findings like `findings`, for a run that looked at files or has an exit code of its own.
pub(super) fn findings_and(
    global: &Global,
    looked: Looked<'_>,
    findings: &[Finding],
    more: Value,
    own: Exit,
) -> Exit {
    let (exit, lang) = (Finding::exit_of(findings).worst(own), global.lang());
    match global.format {
        Format::Human => out(&diag::human(findings, colour(), lang)),
        Format::Github => out(&diag::github(findings, lang)),
        Format::Sarif => json_out(&diag::sarif(findings, lang)),
        Format::Junit => out(&diag::junit(looked, findings, lang)),
        Format::Markdown => out(&diag::markdown(findings, lang)),
        Format::Json => {
            let mut value =
                json!({ "findings": diag::json(findings, lang), "exit": exit.code(), "lang": lang });
            if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
                value.extend(more);
            }
            json_out(&value);
        }
    }
    exit
}

/// Writes one finding that ends a command.
pub(super) fn stop(global: &Global, finding: Finding) -> Exit {
    findings(global, &[finding], json!({}))
}

/// Writes one JSON value.
pub(super) fn json_out(value: &Value) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => out(&format!("{text}\n")),
        Err(why) => err(&format!("the result could not be written as JSON: {why}")),
    }
}

/// Formats rows as columns below a line of headings.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |text: &str| text.chars().count();
    let mut widths: Vec<usize> = headings.iter().map(|heading| width(heading)).collect();
    for row in rows {
        for (wide, cell) in widths.iter_mut().zip(row) {
            *wide = (*wide).max(width(cell));
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, wide) in cells.zip(&widths) {
            text.push_str(cell);
            text.push_str(&" ".repeat(wide.saturating_sub(width(cell)) + 2));
        }
        format!("{}\n", text.trim_end())
    };
    let mut text = line(&mut headings.iter().copied());
    for row in rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    text
}
