//! Turns bytes into a tree. Only this file and those below it use the YAML library. The input may be hostile, so
//! everything ambiguous is refused: tags, anchors, aliases, several documents, and `yes` and `no` as booleans. A file
//! may have at most 64 KiB and 8 levels. Errors of the library are rewritten for the people who maintain access
//! lists.

use serde_yaml::budget::BudgetBreach;
use serde_yaml::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_yaml::{Error, Options};

use self::tags::Tags;
pub(super) use self::told::yaml_error_in_bokmal;
use self::told::{TAG, words};
use super::absent::together;
use super::node::Node;
use super::page::FilePage;
use super::slip;
use super::span::Span;
use crate::characters::is_utf16;
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::FilePath;

mod tags;
mod told;

/// The size of the largest file that is read, in bytes.
pub const LARGEST: usize = 64 * 1024;

const DEEPEST: usize = 8;

/// Returns the text of a file.
///
/// # Errors
/// The file is larger than [`LARGEST`], or it is not UTF-8 text.
pub fn text<'a>(path: &FilePath, bytes: &'a [u8]) -> Result<&'a str, Vec<Finding>> {
    text_up_to(path, bytes, LARGEST)
}

/// The text of a file that may be larger than a person's file: a list that holds a whole trust.
pub(super) fn text_up_to<'a>(path: &FilePath, bytes: &'a [u8], most: usize) -> Result<&'a str, Vec<Finding>> {
    if bytes.len() > most {
        let message = text!(
            en: "The file is {size} KiB; at most {most} KiB are read.",
            nb: "Filen er på {size} KiB; høyst {most} KiB leses.";
            size = bytes.len().div_ceil(1024), most = most / 1024
        );
        let way_out = text!(
            en: "Look whether something else was saved under this name, and put the right file back.",
            nb: "Se etter om noe annet er lagret under dette navnet, og legg riktig fil tilbake."
        );
        return Err(vec![Finding::new(Code::FileTooLarge, message, way_out).at(Place::file(path))]);
    }
    if is_utf16(bytes) {
        let message = text!(
            en: "The file is saved as UTF-16: every other byte of it is empty.",
            nb: "Filen er lagret som UTF-16: annenhver byte i den er tom."
        );
        return Err(vec![Finding::new(Code::NotText, message, save_as_utf8()).at(Place::file(path))]);
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let shown = String::from_utf8_lossy(bytes);
        let wrong = error.valid_up_to();
        let message = text!(
            en: "The file is not UTF-8 text; the first character that cannot be read is marked.",
            nb: "Filen er ikke UTF-8-tekst; det første tegnet som ikke kan leses, er markert."
        );
        let place = Span::new(wrong, wrong + 1).place(path, &shown);
        vec![Finding::new(Code::NotText, message, save_as_utf8()).at(place)]
    })
}

fn save_as_utf8() -> Text {
    text!(
        en: "Open the file in an editor and save it again with the encoding UTF-8.",
        nb: "Åpne filen i et redigeringsprogram og lagre den på nytt med tegnkodingen UTF-8."
    )
}

/// Reads the text of a file into a tree.
///
/// # Errors
/// The text is not one plain YAML document.
pub(crate) fn read<'a>(path: &FilePath, text: &'a str) -> Result<Node<'a>, Vec<Finding>> {
    // The library accepts core tags (`!!str`) silently. Most files have no `!` and need no second read.
    if text.contains('!')
        && let Ok(Tags(tags)) = serde_yaml::from_str_with_options(text, options())
        && !tags.is_empty()
    {
        let finding = |span: Span| TAG.finding().at(before(text, span).place(path, text));
        return Err(in_order(tags.into_iter().map(finding).collect()));
    }
    serde_yaml::from_str_with_options(text, options()).map_err(|error| vec![yaml_finding(path, text, &error)])
}

fn options() -> Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_depth: DEEPEST,
            flow_nesting_limit: 4 * DEEPEST,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 1,
        },
        emit_comments: false,
        // Repeated keys and merge keys are found later in the tree, where each of them can be reported.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        strict_booleans: true,
        // Scalars are kept as they are written. Their numeric value is never used.
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

/// The word before a value on its line, which is its tag or anchor. The library points at the value itself.
fn before(text: &str, value: Span) -> Span {
    let until = text.get(..value.start as usize).unwrap_or_default().trim_end();
    let start = until.rfind([' ', '\t', '\n', '[', '{', ',']).map_or(0, |at| at + 1);
    if until.get(start..).is_some_and(|word| word.starts_with(['!', '&'])) {
        Span::new(start, until.len())
    } else {
        value
    }
}

/// A finding for an error of the library, at its place and in words for people.
fn yaml_finding(path: &FilePath, text: &str, error: &Error) -> Finding {
    let span = error.location().map_or_else(
        || Span::new(text.len(), text.len()),
        |at| {
            let found = at.span();
            match (found.byte_offset(), found.byte_len()) {
                (Some(start), Some(len)) => {
                    let start = usize::try_from(start).unwrap_or(usize::MAX);
                    Span::new(start, start.saturating_add(usize::try_from(len).unwrap_or_default()))
                }
                _ => at_line(text, at.line(), at.column()),
            }
        },
    );
    let span = match error.without_snippet() {
        Error::Budget { breach: BudgetBreach::Anchors { .. }, .. } => before(text, span),
        // The library reports a tab at the value before it.
        Error::Message { msg, .. } | Error::ExternalMessage { msg, .. } if msg.contains("found a tab") => {
            text.get(span.start as usize..)
                .and_then(|rest| rest.find('\t'))
                .map_or(span, |at| Span::new(span.start as usize + at, span.start as usize + at + 1))
        }
        _ => span,
    };
    let place = span.place(path, text);
    slip::before(FilePage { path, text }, place.line).unwrap_or_else(|| words(error).finding().at(place))
}

fn at_line(text: &str, line: u64, column: u64) -> Span {
    let skip = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(skip).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let nth = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let within = rest.char_indices().nth(nth).map_or(rest.len(), |(at, _)| at);
    Span::new(start + within, start + within + 1)
}

/// Sorts findings by line and column. Findings about the whole file come first. The keys that one place lacks are one
/// finding.
pub(super) fn in_order(findings: Vec<Finding>) -> Vec<Finding> {
    let mut findings = together(findings);
    findings.sort_by_key(|finding| finding.place.as_ref().map_or((0, 0), |place| (place.line, place.column)));
    findings
}
