//! Findings for a person at a terminal: the line, the underlined words, the rule and the next step.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Finding, Lang, Severity};
use crate::invisible::is_invisible;

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
    let (message, way_out) = (seen(finding.message.get(lang)), seen(finding.way_out.get(lang)));
    let title = level.primary_title(&message).id(finding.code.as_str());
    let decided = decided(finding, lang);
    let (path, line) = match &finding.place {
        Some(place) => (seen(place.file.as_str()), seen(&place.text)),
        None => Default::default(),
    };
    let mut group = match &finding.place {
        Some(place) if place.line > 0 => {
            let start = byte_at(&line, place.column);
            let end = byte_at(&line, place.end_column + 1).max(start);
            title.element(
                Snippet::source(line.as_str())
                    .path(path.as_str())
                    .line_start(place.line)
                    .annotation(AnnotationKind::Primary.span(start..end)),
            )
        }
        Some(_) => title.element(annotate_snippets::Origin::path(path.as_str())),
        None => Group::with_title(title),
    };
    let (note, help) = match lang {
        Lang::En => ("note", "help"),
        Lang::Nb => ("merknad", "hjelp"),
    };
    if !decided.is_empty() {
        group = group.element(Level::NOTE.with_name(note).message(&decided));
    }
    if !way_out.is_empty() {
        group = group.element(Level::HELP.with_name(help).message(&way_out));
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

/// Puts a replacement character in the place of each character that a terminal would not show, or that would turn the
/// text around it. The renderer itself shows the control characters of ASCII.
fn seen(words: &str) -> String {
    let hidden = |c: char| !c.is_ascii() && is_invisible(c);
    words.chars().map(|c| if hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn byte_at(text: &str, column: usize) -> usize {
    text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| at)
}
