//! Findings for a person at a terminal: the line, the underlined words, the rule and the next step.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Finding, Lang, Severity};

/// Renders all findings, each as one block.
#[must_use]
pub fn human(findings: &[Finding], colour: Colour, lang: Lang) -> String {
    let mut text = String::new();
    for finding in findings {
        text.push_str(&human_one(finding, colour, lang));
        text.push_str("\n\n");
    }
    text
}

/// Whether the output may have escape codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// The output is plain text.
    Never,
    /// The output is for a terminal.
    Always,
}

/// Renders one finding as a block of lines. There is no line end after the last line.
#[must_use]
pub fn human_one(finding: &Finding, colour: Colour, lang: Lang) -> String {
    let level = match finding.severity {
        Severity::Fatal | Severity::Error => Level::ERROR,
        Severity::Held => Level::WARNING,
        Severity::Advice => Level::INFO,
    }
    .with_name(finding.severity.word(lang));
    let title = level.primary_title(finding.message.get(lang)).id(finding.code.as_str());
    let decided = decided(finding, lang);
    let mut group = match &finding.place {
        Some(place) if place.line > 0 => {
            let start = byte_at(&place.text, place.column);
            let end = byte_at(&place.text, place.end_column + 1).max(start);
            title.element(
                Snippet::source(place.text.as_str())
                    .path(place.file.as_str())
                    .line_start(place.line)
                    .annotation(AnnotationKind::Primary.span(start..end)),
            )
        }
        Some(place) => title.element(annotate_snippets::Origin::path(place.file.as_str())),
        None => Group::with_title(title),
    };
    let (note, help) = match lang {
        Lang::En => ("note", "help"),
        Lang::Nb => ("merknad", "hjelp"),
    };
    if !decided.is_empty() {
        group = group.element(Level::NOTE.with_name(note).message(&decided));
    }
    if !finding.way_out.is_empty() {
        group = group.element(Level::HELP.with_name(help).message(finding.way_out.get(lang)));
    }
    let renderer = match colour {
        Colour::Never => Renderer::plain(),
        Colour::Always => Renderer::styled(),
    };
    renderer.render(&[group])
}

fn decided(finding: &Finding, lang: Lang) -> String {
    let (rule, policy) = match lang {
        Lang::En => ("rule", "policy"),
        Lang::Nb => ("regel", "tilgangsregel"),
    };
    let mut parts = Vec::new();
    if !finding.rules.is_empty() {
        parts.push(format!("{rule} {}", finding.rules.join(", ")));
    }
    if !finding.policies.is_empty() {
        parts.push(format!("{policy} {}", finding.policies.join(", ")));
    }
    parts.join("; ")
}

fn byte_at(text: &str, column: usize) -> usize {
    text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| at)
}
