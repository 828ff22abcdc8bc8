//! Findings as annotations of a GitHub workflow run. Text from a file cannot begin another command, because the
//! special characters are escaped in the same way as in GitHub's own toolkit.
//!
//! GitHub keeps ten annotations of each kind for a step, and drops the rest without a message ("Workflow commands", in
//! its documentation). So if there are more than ten of a kind, nine of them are annotations, and the tenth annotation
//! says how many more there are. The others are plain lines in the log of the step.

use std::fmt::Write as _;

use super::{Finding, Lang, Severity, Text, text};

/// The largest number of annotations of each kind.
const SHOWN: usize = 10;

/// The kinds of annotations, the gravest first.
const KINDS: [&str; 3] = ["error", "warning", "notice"];

fn kind(severity: Severity) -> &'static str {
    match severity {
        Severity::Fatal | Severity::Error => "error",
        Severity::Held => "warning",
        Severity::Advice => "notice",
    }
}

/// Writes one workflow command per line, and plain lines for what GitHub would drop.
#[must_use]
pub fn github(findings: &[Finding], lang: Lang) -> String {
    let (mut shown, mut rest) = (Vec::new(), String::new());
    for wanted in KINDS {
        let these: Vec<(usize, &Finding)> = Severity::ALL
            .into_iter()
            .filter(|severity| kind(*severity) == wanted)
            .flat_map(|severity| findings.iter().enumerate().filter(move |(_, it)| it.severity == severity))
            .collect();
        let room = if these.len() > SHOWN { SHOWN - 1 } else { SHOWN };
        shown.extend(these.iter().take(room).copied());
        if these.len() > SHOWN {
            let told = left_out(these.len() - room);
            let _ = writeln!(rest, "::{wanted} title=portvakt::{}", message(told.get(lang)));
            these.iter().skip(room).for_each(|(_, finding)| rest.push_str(&log_line(finding, lang)));
        }
    }
    shown.sort_unstable_by_key(|(place, _)| *place);
    annotations(shown.into_iter().map(|(_, finding)| finding), lang) + &rest
}

fn left_out(more: usize) -> Text {
    text!(
        en: "{more} more of this kind are in the log of this step; GitHub shows ten",
        nb: "{more} til av dette slaget står i loggen til dette steget; GitHub viser ti"
    )
}

/// One finding on one line of the log. Nothing in it may begin a command.
fn log_line(finding: &Finding, lang: Lang) -> String {
    let place =
        finding.place.as_ref().map_or_else(String::new, |place| format!(" {}:{}", place.file, place.line));
    let (kind, code) = (kind(finding.severity), finding.code);
    let line = format!("{kind} [{code}]{place}: {} {}", finding.message.get(lang), finding.way_out.get(lang));
    format!("{}\n", line.replace(['\r', '\n'], " ").replace("##[", "## ["))
}

fn annotations<'a>(findings: impl Iterator<Item = &'a Finding>, lang: Lang) -> String {
    let mut text = String::new();
    for finding in findings {
        let kind = kind(finding.severity);
        let mut properties = vec![format!("title={}", property(finding.code.as_str()))];
        if let Some(place) = &finding.place {
            properties.push(format!("file={}", property(place.file.as_str())));
            if place.line > 0 {
                properties.push(format!("line={}", place.line));
                properties.push(format!("col={}", place.column));
                properties.push(format!("endColumn={}", place.end_column));
            }
        }
        let mut body = finding.message.get(lang).to_owned();
        if !finding.rules.is_empty() {
            let _ = write!(body, " ({})", finding.rules.join(", "));
        }
        if !finding.way_out.is_empty() {
            let _ = write!(body, " {}", finding.way_out.get(lang));
        }
        let _ = writeln!(text, "::{kind} {}::{}", properties.join(","), message(&body));
    }
    text
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Place, Text};
    use crate::model::FilePath;

    #[test]
    fn of_many_the_gravest_are_annotations_and_the_rest_is_counted_and_logged() {
        let one = |code| Finding::new(code, Text::same("a\n::error::b ##[error]"), Text::same("Do."));
        let mut findings = vec![one(Code::BadValue); 52_000];
        findings.insert(3, one(Code::RemovalsHeld));
        findings.push(one(Code::StoreUnavailable));
        let all = github(&findings, Lang::En);
        let commands: Vec<&str> = all.lines().filter(|line| line.starts_with("::")).collect();
        assert_eq!(commands.iter().filter(|line| line.starts_with("::error ")).count(), 10);
        assert_eq!(commands.iter().filter(|line| line.starts_with("::warning ")).count(), 1);
        assert!(commands.iter().any(|line| line.contains("store-unavailable")));
        assert!(commands.iter().any(|line| line.contains("51992 more of this kind")));
        assert_eq!(
            all.lines().filter(|line| line.starts_with("error [bad-value]: a ::error::b ## [")).count(),
            51_992
        );
        let ten = github(&vec![one(Code::BadValue); 10], Lang::En);
        assert_eq!(ten.lines().filter(|line| line.starts_with("::error ")).count(), 10);
        assert!(!ten.contains("more of this kind"));
    }

    #[test]
    fn what_stands_in_a_file_begins_no_command() {
        let place = Place::span(&FilePath::new("a,b:c.yaml"), "name: x\n", 6, 7);
        let finding =
            Finding::new(Code::BadValue, Text::same("100 %\n::error::no"), Text::same("Do.")).at(place);
        assert_eq!(
            github(&[finding], Lang::En),
            "::error title=bad-value,file=a%2Cb%3Ac.yaml,line=1,col=7,endColumn=7::100 %25%0A::error::no Do.\n"
        );
    }
}
