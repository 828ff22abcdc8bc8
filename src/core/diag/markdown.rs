//! Findings as Markdown, for a comment on a proposed change. Text from a file stays plain text: it makes no markup and
//! no link, `@` mentions nobody, and `#` refers to no issue.
//!
//! Forges refuse a comment of more than 65,536 characters, and then nobody would see any of it. The gravest findings
//! are kept, and the rest are counted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::capped::left_out_words;
use super::inert::{inert, prose};
use super::{Finding, Lang, Severity, more};

/// The largest size of a comment in bytes.
pub const LARGEST_COMMENT: usize = 60_000;

/// The bytes that are kept for the line about what is left out.
const LAST_LINE: usize = 1000;

/// Writes the findings as a list, with the most serious first, at most [`LARGEST_COMMENT`] bytes.
#[must_use]
pub fn markdown(findings: &[Finding], lang: Lang) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.severity);
    let mut text = String::new();
    let mut left_out: BTreeMap<Severity, usize> = BTreeMap::new();
    for finding in sorted {
        if left_out.is_empty() {
            let told = item(finding, lang);
            if text.len() + told.len() <= LARGEST_COMMENT - LAST_LINE {
                text.push_str(&told);
                continue;
            }
        }
        // A graver one is never left out for a lesser one.
        *left_out.entry(finding.severity).or_default() += 1;
    }
    if let Some(told) = left_out_words(&left_out) {
        let _ = writeln!(text, "\n{}", prose(told.get(lang)));
    }
    text
}

/// Writes one finding.
fn item(finding: &Finding, lang: Lang) -> String {
    let mark = match finding.severity {
        Severity::Fatal | Severity::Error => "❌",
        Severity::Held => "⏸️",
        Severity::Advice => "💡",
    };
    let mut text = String::new();
    let (word, code) = (finding.severity.word(lang), finding.code);
    let _ = write!(text, "- {mark} **{word}** `{code}`");
    if let Some(place) = &finding.place {
        let _ = write!(text, " {}", inert(place.file.as_str()));
        if place.line > 0 {
            let _ = write!(text, " ({}:{})", place.line, place.column);
        }
    }
    let _ = writeln!(text, "\n  {}", inert(finding.message.get(lang)));
    let decided: Vec<&String> = finding.rules.iter().chain(&finding.policies).collect();
    if !decided.is_empty() {
        let ids: Vec<String> = decided.into_iter().map(|id| inert(id)).collect();
        let _ = writeln!(text, "  *{}*", ids.join(", "));
    }
    if !finding.way_out.is_empty() {
        let _ = writeln!(text, "  → {}", inert(finding.way_out.get(lang)));
    }
    let _ = writeln!(text, "  `{}`", more(code));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, text};

    #[test]
    fn a_comment_holds_no_more_than_a_forge_takes_and_counts_the_rest() {
        let message = text!(en: "no role `LX`", nb: "ingen rolle `LX`");
        let one = Finding::new(Code::BadValue, message, text!(en: "Write one.", nb: "Skriv en."));
        let advice = Finding { severity: Severity::Advice, ..one.clone() };
        let few = markdown(&[advice.clone(), one.clone()], Lang::En);
        assert!(few.starts_with("- ❌") && !few.contains("left out"), "{few}");
        let mut findings = vec![advice; 52_000];
        findings.push(one);
        for (lang, said) in [(Lang::En, "left out here: "), (Lang::Nb, "utelatt her: ")] {
            let comment = markdown(&findings, lang);
            assert!(comment.len() <= LARGEST_COMMENT && comment.len() > LARGEST_COMMENT / 2);
            assert!(comment.starts_with("- ❌"), "the gravest is first");
            let shown = comment.lines().filter(|line| line.starts_with("- ")).count();
            let last =
                comment.lines().next_back().unwrap_or_default().replace('\\', "").replace("&#8203;", "");
            assert!(last.starts_with(&format!("{said}{} ", 52_001 - shown)), "{last}");
        }
    }
}
