//! Writes results to standard output, and everything else to standard error.
//!
//! If a result cannot be written, the run ends with exit code 5 and says why. A closed pipe is the exception, because
//! its reader has all it wants. Then the run says nothing, and the exit code is that of the verdict. Text that cannot
//! be written to standard error is dropped.
//!
//! A user who only wants the exit code writes `>/dev/null`. With a closed output (`>&-`) the result is lost, which is
//! an error.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Mutex, PoisonError};

use clap::builder::StyledStr;
use portvakt_core::diag;
use portvakt_core::diag::inert::plain;
use portvakt_core::diag::{Code, Colour, Exit, Finding, Lang, Looked, Noun, Text, text};
use portvakt_core::invisible::is_invisible;
use portvakt_core::system::said;
use rustix::fs::{OFlags, fcntl_getfl};
use serde_json::{Value, json};

use crate::config::{Format, Global, plain_text};

/// The noun for accesses, with its plural. Several commands count accesses.
pub(super) const ACCESSES: Noun = Noun::new(["access", "accesses"], ["tilgang", "tilganger"]);
/// The noun for the steps of a plan, with its plural.
pub(super) const STEPS: Noun = Noun::new(["step", "steps"], ["steg", "steg"]);

/// The reason why the first result of this run was lost.
static LOST: Mutex<Option<Text>> = Mutex::new(None);

/// Writes to standard output. If this fails, the run ends as [`end`] says.
pub(super) fn out(text: &str) {
    match standard_output() {
        Ok(output) if was_closed(&output) => lost_to(text!(
            en: "it was closed when the program was started, or is `/dev/null` for reading and writing; whoever wants the exit code alone says `>/dev/null`",
            nb: "den var lukket da programmet ble startet, eller er `/dev/null` for både lesing og skriving; den som bare vil ha exit-koden, sier `>/dev/null`"
        )),
        Ok(mut output) => output.write_all(text.as_bytes()).unwrap_or_else(note_unwritten),
        Err(error) => note_unwritten(error),
    }
}

/// Writes text of a program without a result that could be lost. Such a program is the demo, or it runs until it is
/// stopped. It may be started with a `/dev/null` that is open for reading and writing.
pub(super) fn mention(text: &str) {
    match standard_output() {
        Ok(mut output) => output.write_all(text.as_bytes()).unwrap_or_else(note_unwritten),
        Err(error) => note_unwritten(error),
    }
}

/// Writes the help text or the version.
pub(super) fn help(text: &StyledStr) {
    match colour() {
        Colour::Always => out(&text.ansi().to_string()),
        Colour::Never => out(&text.to_string()),
    }
}

/// Notes that a result could not be written.
pub(super) fn note_unwritten(error: io::Error) {
    if error.kind() != io::ErrorKind::BrokenPipe {
        lost_to(said(&error));
    }
}

fn lost_to(why: Text) {
    LOST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
}

/// Returns standard output without the standard library's own writer. That writer treats a closed output as one that
/// accepts everything.
fn standard_output() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Returns whether standard output was closed when the program was started. The language's runtime has then opened
/// `/dev/null` in its place, for reading and writing, before the program can look. With a shell's `>/dev/null` and
/// systemd's `StandardOutput=null` it is only open for writing.
fn was_closed(output: &File) -> bool {
    let null = std::fs::metadata("/dev/null").map(|null| null.rdev());
    let is_null = matches!((output.metadata(), null), (Ok(output), Ok(null)) if output.rdev() == null);
    is_null && fcntl_getfl(output).is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDWR)
}

/// Returns the exit code of a run that would end with `exit`. If a result was lost, the exit code and a message say so.
pub(super) fn end(lang: Lang, exit: Exit) -> Exit {
    let Some(why) = LOST.lock().unwrap_or_else(PoisonError::into_inner).take() else { return exit };
    let told = text!(
        with why;
        en: "stopped: the result could not be written to standard output: {why}",
        nb: "stanset: resultatet kunne ikke skrives til standard ut: {why}"
    );
    err(told.get(lang));
    exit.worst(Exit::Failed)
}

/// Writes a line to standard error.
pub(super) fn err(text: &str) {
    let mut stderr = io::stderr().lock();
    let _gone = writeln!(stderr, "{text}");
}

/// Standard error for a program that outlives the reader of its log. Text that cannot be written is dropped.
#[derive(Debug)]
pub(super) struct Dropping;

impl Write for Dropping {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _gone = io::stderr().lock().write_all(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
    if io::stdout().is_terminal() && !plain_text() { Colour::Always } else { Colour::Never }
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
        Format::Sarif => {
            let run = diag::sarif(findings, lang);
            json_out(&run);
            let note = "/runs/0/invocations/0/toolExecutionNotifications/0/message/text";
            run.pointer(note).and_then(Value::as_str).into_iter().for_each(err);
        }
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

/// Writes one finding that ends a command. If it is about a value on the command line, the command line makes no sense.
pub(super) fn stop_for_arguments(global: &Global, finding: Finding) -> Exit {
    let own = if finding.code == Code::BadValue { Exit::Usage } else { Exit::Ok };
    findings_and(global, Looked::Elsewhere, &[finding], json!({}), own)
}

/// Writes one JSON value. Invisible characters are written by their numbers, which mean the same in JSON.
pub(super) fn json_out(value: &Value) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => out(&format!("{}\n", numbered(&text))),
        Err(why) => note_unwritten(why.into()),
    }
}

/// Writes the invisible characters of a JSON text as escapes. They can only be in its strings, because between strings
/// JSON has only spaces and line ends besides its marks.
fn numbered(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !is_invisible(c) {
            text.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    }
    text
}

/// Formats rows as columns below a line of headings. A cell may hold the words of a store, which nobody has checked. So
/// its invisible characters never reach a terminal.
pub(super) fn aligned_table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let width = |text: &str| text.chars().count();
    let mut widths: Vec<usize> = headings.iter().map(|heading| width(heading)).collect();
    for row in &rows {
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
    for row in &rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_reaches_no_terminal_and_is_the_same_in_json() {
        let hidden = "a\u{202e}b\u{1b}[31m\u{200b}\u{e0041}\u{7f}ø";
        let shown = aligned_table(&["NAME", "LOGIN"], &[vec![hidden.to_owned(), "b".to_owned()]]);
        assert_eq!(shown, "NAME          LOGIN\na\u{fffd}b\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}ø  b\n");
        let value = json!({ "name": hidden });
        let written = numbered(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!written.chars().any(|c| c != '\n' && is_invisible(c)), "{written:?}");
        assert!(written.contains("a\\u202eb\\u001b[31m\\u200b\\udb40\\udc41\\u007fø"), "{written}");
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value);
    }
}
