//! Turns Cedar's errors into findings that underline the words in the file and say what to do.

use miette::Diagnostic;

use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::FilePath;

fn way_out() -> Text {
    text!(
        en: "Correct the file; until then the policies accepted last stay in force.",
        nb: "Rett filen; inntil da gjelder tilgangsreglene som sist ble godtatt."
    )
}

/// A policy file with its text.
#[derive(Debug, Clone)]
pub(super) struct PolicyText {
    pub(super) path: FilePath,
    pub(super) words: String,
}

impl PolicyText {
    /// Makes a finding about the bytes `start..end`.
    pub(super) fn finding(&self, message: impl Into<Text>, start: usize, end: usize) -> Finding {
        let place = Place::span(&self.path, &self.words, start, end);
        Finding::new(Code::PoliciesInvalid, message, way_out()).at(place)
    }

    /// Makes a finding about the whole file.
    pub(super) fn about(&self, message: impl Into<Text>) -> Finding {
        about(&self.path, message)
    }

    /// Turns Cedar's report, and all reports related to it, into findings.
    pub(super) fn reported(&self, diagnostic: &dyn Diagnostic) -> Vec<Finding> {
        let mut findings = vec![self.one(diagnostic)];
        for related in diagnostic.related().into_iter().flatten() {
            findings.extend(self.reported(related));
        }
        findings
    }

    fn one(&self, diagnostic: &dyn Diagnostic) -> Finding {
        let label = diagnostic.labels().into_iter().flatten().next();
        let mut message = diagnostic.to_string();
        if let Some(more) = label.as_ref().and_then(|label| label.label()) {
            message = format!("{message}: {more}");
        }
        let message = cedars(message);
        let mut finding = match label {
            Some(label) => self.finding(message, label.offset(), label.offset() + label.len()),
            None => self.about(message),
        };
        if let Some(help) = diagnostic.help() {
            finding.way_out = {
                let help = sentence(&help.to_string());
                text!(en: "{help}", nb: "Cedar sier: {help}").and(way_out())
            };
        }
        finding
    }
}

/// Makes a finding about a file, which may be missing.
pub(super) fn about(path: &FilePath, message: impl Into<Text>) -> Finding {
    Finding::new(Code::PoliciesInvalid, message, way_out()).at(Place::file(path))
}

/// Makes a text of Cedar's own words, which are English.
pub(super) fn cedars(words: String) -> Text {
    text!(en: "{words}", nb: "Cedar godtar ikke dette: {words}")
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let mut text: String = first.chain(letters).collect();
    if !text.ends_with(['.', '?', '!']) {
        text.push('.');
    }
    text
}
