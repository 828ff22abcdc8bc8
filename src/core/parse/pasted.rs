//! Finds marks that came with pasted lines: those of quoted mail, of tables, of code in a message, of a diff or of
//! HTML. YAML gives some of them a meaning of its own. Usually every line of a file has the mark, so only the first is
//! reported. The lines are never read as if the mark were not there.

use super::page::{FilePage, lines};
use super::span::Span;
use crate::diag::{Code, Finding, Text, text};

/// Finds such a mark in a text that YAML cannot read, up to the line of the error.
pub(super) fn before(page: FilePage<'_>, error_line: usize) -> Option<Finding> {
    anywhere(page).or_else(|| {
        let until = lines(page.text).take_while(|(number, ..)| *number <= error_line);
        first(page, until, mark_of_a_message)
    })
}

/// Finds such a mark in a text that YAML may be able to read.
pub(super) fn anywhere(page: FilePage<'_>) -> Option<Finding> {
    let diff = || first(page, lines(page.text), mark_of_a_diff);
    diff().or_else(|| first(page, lines(page.text), html)).or_else(|| semicolons(page))
}

/// A mark in a line: its bytes, and the words about it.
struct SeenMark {
    at: usize,
    width: usize,
    said: [Text; 2],
}

fn first<'a>(
    page: FilePage<'a>,
    mut all: impl Iterator<Item = (usize, usize, &'a str)>,
    look: fn(&str) -> Option<SeenMark>,
) -> Option<Finding> {
    all.find_map(|(_, start, line)| {
        if line.trim_start().starts_with('#') {
            return None;
        }
        let SeenMark { at, width, said: [message, way_out] } = look(line)?;
        Some(page.finding(Code::NotYaml, Span::new(start + at, start + at + width), message, way_out))
    })
}

/// The mark that a program for messages puts before a line.
fn mark_of_a_message(line: &str) -> Option<SeenMark> {
    let body = line.trim_start();
    let at = line.len() - body.len();
    let whole = body.trim_end();
    let (width, said) = if whole == ">" || body.starts_with("> ") || body.starts_with(">>") {
        (1, mail())
    } else if whole.len() > 1 && body.starts_with('|') && (body.starts_with("| ") || whole.ends_with('|')) {
        (1, table())
    } else if body.starts_with("```") || body.starts_with("~~~") {
        (whole.len(), code())
    } else if body.starts_with("* ") {
        (1, bullet())
    } else {
        return None;
    };
    Some(SeenMark { at, width, said })
}

/// Finds the beginning of a line of a diff. No line of a file begins with `+` at the margin.
fn mark_of_a_diff(line: &str) -> Option<SeenMark> {
    const HEADS: [&str; 4] = ["diff --git ", "--- a/", "@@ -", "+"];
    let head = HEADS.iter().find(|head| line.starts_with(**head))?;
    let message = text!(
        en: "Here begins a diff, not a file: the marks before the lines say what was added and what was taken away.",
        nb: "Her begynner en diff, ikke en fil: merkene foran linjene sier hva som er lagt til og hva som er tatt bort."
    );
    let way_out = text!(
        en: "Put in the file itself: without the lines that begin with `-` in the diff, and without the mark before the others.",
        nb: "Legg inn selve filen: uten linjene som begynner med `-` i diffen, og uten merket foran de andre."
    );
    Some(SeenMark { at: 0, width: head.trim_end().len(), said: [message, way_out] })
}

fn html(line: &str) -> Option<SeenMark> {
    const TAGS: [&str; 4] = ["<br>", "<br/>", "<br />", "&nbsp;"];
    if !line.contains(['<', '&']) {
        return None;
    }
    let lower = line.to_ascii_lowercase();
    let (at, tag) = TAGS.iter().find_map(|tag| Some((lower.find(tag)?, *tag)))?;
    if line.get(..at).is_some_and(|before| before.contains(" #")) {
        return None;
    }
    let message = text!(
        en: "Here stands `{tag}`, which is HTML and came along from a page or a mail.",
        nb: "Her står `{tag}`, som er HTML og har fulgt med fra en nettside eller en e-post."
    );
    let way_out = text!(en: "Delete it in every line.", nb: "Slett det i hver linje.");
    Some(SeenMark { at, width: tag.len(), said: [message, way_out] })
}

/// Semicolons at the ends of most lines.
fn semicolons(page: FilePage<'_>) -> Option<Finding> {
    if !page.text.contains(';') {
        return None;
    }
    let is_line = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let all: Vec<(usize, &str)> =
        lines(page.text).filter(|(_, _, line)| is_line(line)).map(|(_, start, line)| (start, line)).collect();
    let ending: Vec<usize> = all
        .iter()
        .filter(|(_, line)| line.trim_end().ends_with(';'))
        .map(|(start, line)| start + line.trim_end().len())
        .collect();
    let end = *ending.first()?;
    if ending.len() < 2 || ending.len() * 2 <= all.len() {
        return None;
    }
    let message = text!(
        en: "The lines end with `;`, as in the code of a program.",
        nb: "Linjene slutter med `;`, som i koden til et program."
    );
    let way_out = text!(en: "Delete it at the end of every line.", nb: "Slett det på slutten av hver linje.");
    Some(page.finding(Code::NotYaml, Span::new(end.saturating_sub(1), end), message, way_out))
}

fn mail() -> [Text; 2] {
    [
        text!(
            en: "The line begins with `>`, the mark of a quoted mail.",
            nb: "Linjen begynner med `>`, merket for en sitert e-post."
        ),
        text!(
            en: "Delete the `>` before each line, with the space after it.",
            nb: "Slett `>` foran hver linje, med mellomrommet etter."
        ),
    ]
}

fn table() -> [Text; 2] {
    [
        text!(
            en: "The line begins with `|`, as the row of a table does.",
            nb: "Linjen begynner med `|`, som raden i en tabell."
        ),
        text!(
            en: "Delete every `|`, and write each key on a line of its own.",
            nb: "Slett hver `|`, og skriv hver nøkkel på egen linje."
        ),
    ]
}

fn code() -> [Text; 2] {
    [
        text!(
            en: "The line is the mark before or after code in a message.",
            nb: "Linjen er merket foran eller etter kode i en melding."
        ),
        text!(
            en: "Delete this line, and the other one like it.",
            nb: "Slett denne linjen, og den andre som er lik den."
        ),
    ]
}

fn bullet() -> [Text; 2] {
    [
        text!(
            en: "The line begins with `*`, the bullet of a message; an entry begins with a hyphen.",
            nb: "Linjen begynner med `*`, kulepunktet i en melding; en oppføring begynner med en bindestrek."
        ),
        text!(en: "Write `-` in its place.", nb: "Skriv `-` i stedet."),
    ]
}
