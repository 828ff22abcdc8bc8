//! Turns Cedar's errors into findings that underline the words in the file and say what to do.

use std::collections::BTreeSet;

use miette::Diagnostic;

use super::words;
use crate::characters::{put_in_here, type_anew};
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::FilePath;
use crate::parse::reading::nearest;

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

    /// Does the same, without findings at a place that has one already. For example, Cedar cannot read an invisible
    /// character either.
    pub(super) fn reported_beside(&self, diagnostic: &dyn Diagnostic, told: &[Finding]) -> Vec<Finding> {
        let begins =
            |finding: &Finding| finding.place.as_ref().map(|at| (at.file.clone(), at.line, at.column));
        let mut found = self.reported(diagnostic);
        found.retain(|finding| {
            let place = begins(finding).filter(|(_, line, _)| *line > 0);
            place.is_none() || !told.iter().any(|earlier| begins(earlier) == place)
        });
        found
    }

    fn one(&self, diagnostic: &dyn Diagnostic) -> Finding {
        let label = diagnostic.labels().into_iter().flatten().next();
        let more = label.as_ref().and_then(|label| label.label());
        let mut message = words::message(&diagnostic.to_string(), more);
        let underlined = label.as_ref().and_then(|label| {
            // If Cedar cannot read a character, it only says where the character begins.
            let from = self.words.get(label.offset()..)?;
            let first = from.chars().next().map_or(0, char::len_utf8);
            from.get(..label.len().max(first)).filter(|words| !words.contains('\n'))
        });
        let put_in = underlined.and_then(put_in_here);
        if let Some(here) = &put_in {
            message = text!(with message, here; en: "{message}: {here}", nb: "{message}: {here}");
        }
        let mut finding = match label {
            Some(label) => self.finding(message, label.offset(), label.offset() + label.len()),
            None => self.about(message),
        };
        if let Some(help) = diagnostic.help() {
            let help = help.to_string();
            finding.way_out = words::advice(&help, &way_out());
            if let Some(near) = underlined.and_then(|words| nearest_value(words, &help)) {
                let meant = text!(en: "Did you mean `\"{near}\"`?", nb: "Mente du `\"{near}\"`?");
                finding.way_out = meant.and(finding.way_out);
            }
        }
        if put_in.is_some() {
            finding.way_out = type_anew().and(finding.way_out);
        }
        finding
    }
}

/// The findings in order, without those that say the same at the same place for another action.
pub(super) fn once_for_all_actions(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    findings.sort();
    findings.retain(|finding| {
        let said = without_action(finding.message.en()).to_owned();
        told.insert((finding.place.clone(), said))
    });
    findings
}

/// Cedar's words without the action that they name at the end.
fn without_action(words: &str) -> &str {
    words.split_once(" for Action::").map_or(words, |(before, _)| before)
}

/// The value that `Office::"register–leader"` means, among those that Cedar lists as possible.
fn nearest_value<'h>(written: &str, help: &'h str) -> Option<&'h str> {
    let possible = help.strip_prefix("valid entity eids: ")?.split('"').skip(1).step_by(2);
    let (_, value) = written.split_once('"')?;
    nearest(value.trim_end_matches('"'), possible)
}

/// Makes a finding about a file, which may be missing.
pub(super) fn about(path: &FilePath, message: impl Into<Text>) -> Finding {
    Finding::new(Code::PoliciesInvalid, message, way_out()).at(Place::file(path))
}

/// Makes a text of Cedar's words without a place.
pub(super) fn cedars(words: &str) -> Text {
    words::message(words, None)
}
