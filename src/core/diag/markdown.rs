//! Findings as Markdown, for a comment on a proposed change. Text from a file stays plain text: it makes no markup and
//! no link, `@` mentions nobody, and `#` refers to no issue.

use std::fmt::Write as _;

use super::inert::inert;
use super::{Finding, Lang, Severity, more};

/// Writes the findings as a list, with the most serious first.
#[must_use]
pub fn markdown(findings: &[Finding], lang: Lang) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.severity);
    let mut text = String::new();
    for finding in sorted {
        let mark = match finding.severity {
            Severity::Fatal | Severity::Error => "❌",
            Severity::Held => "⏸️",
            Severity::Advice => "💡",
        };
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
    }
    text
}
