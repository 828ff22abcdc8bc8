//! Cedar's errors as findings: the words in the file underlined, with what to do.

use miette::Diagnostic;

use crate::diag::{Code, Finding, Place, Text};
use crate::model::FilePath;

const WAY_OUT: &str = "Correct the file; until then the policies accepted last stay in force.";

/// A policy file with its text.
#[derive(Debug, Clone)]
pub(super) struct PolicyText {
    pub(super) path: FilePath,
    pub(super) words: String,
}

impl PolicyText {
    /// A finding about the bytes `start..end`.
    pub(super) fn finding(&self, message: impl Into<Text>, start: usize, end: usize) -> Finding {
        let place = Place::span(&self.path, &self.words, start, end);
        Finding::new(Code::PoliciesInvalid, message, WAY_OUT).at(place)
    }

    /// A finding about the file.
    pub(super) fn about(&self, message: impl Into<Text>) -> Finding {
        about(&self.path, message)
    }

    /// What Cedar reports, and all it reports along with it.
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
        let mut finding = match label {
            Some(label) => self.finding(message, label.offset(), label.offset() + label.len()),
            None => self.about(message),
        };
        if let Some(help) = diagnostic.help() {
            finding.way_out = Text::same(sentence(&help.to_string())).and(WAY_OUT);
        }
        finding
    }
}

/// A finding about a file, or about one that is not there.
pub(super) fn about(path: &FilePath, message: impl Into<Text>) -> Finding {
    Finding::new(Code::PoliciesInvalid, message, WAY_OUT).at(Place::file(path))
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
