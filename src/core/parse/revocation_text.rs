//! The words about a `revoked` that cannot be read. They say that the access is still in force, and show the correct
//! line.

use super::item::{iso, turned};
use super::meant::Day;
use super::node::{KeyValue, Node, Value};
use super::page::{FilePage, shown};
use super::{meant, private, suggest};
use crate::diag::{Finding, Text, text};
use crate::invisible::is_invisible;
use crate::model::{FilePath, PersonId};
use crate::tree::revoked_in;

/// Returns the first sentence of the finding.
pub(super) fn stands(page: FilePage<'_>) -> Text {
    revocation_unread(page.path)
}

/// Says that the access of a person stands, because `revoked` in the file at this path cannot be read.
#[must_use]
pub fn revocation_unread(path: &FilePath) -> Text {
    match path.person_parts() {
        Some((_, person)) => text!(
            en: "The access of `{person}` STANDS: `revoked` cannot be read, and takes nothing away.",
            nb: "Tilgangen til `{person}` GJELDER fortsatt: `revoked` kan ikke leses, og fjerner ingenting.";
            person = shown(person)
        ),
        None => text!(
            en: "The access STANDS: `revoked` cannot be read, and takes nothing away.",
            nb: "Tilgangen GJELDER fortsatt: `revoked` kan ikke leses, og fjerner ingenting."
        ),
    }
}

/// Changes the finding for an unknown key if the key was surely meant as `revoked`: it is misspelt, or it is outside
/// the entry.
pub(super) fn meant_as_revoked<'a>(mut finding: Finding, page: FilePage<'a>, pair: &KeyValue<'a>) -> Finding {
    const IN_NORWEGIAN: [&str; 3] = ["trukket", "trukket_tilbake", "tilbakekalt"];
    let is_named = suggest::nearest(&pair.key, ["revoked"]).is_some()
        || IN_NORWEGIAN.contains(&pair.key.to_lowercase().as_str());
    let is_meant = page.path.person_parts().is_some() && is_named;
    if is_meant {
        let line = line_of(page, &pair.node);
        finding.message = stands(page).and(finding.message);
        finding.way_out = place_of(&line);
    }
    finding
}

/// Changes the findings of an unreadable file if somebody wants to take an access back in it.
pub(super) fn unreadable(mut findings: Vec<Finding>, page: FilePage<'_>) -> Vec<Finding> {
    if let (Some(words), Some(first)) = (words_in(page.text), findings.first_mut()) {
        let line = as_it_should_be(&words);
        first.message = stands(page).and(std::mem::take(&mut first.message));
        first.way_out = std::mem::take(&mut first.way_out).and(place_of(&line));
    }
    findings
}

fn place_of(line: &Text) -> Text {
    text!(
        with line;
        en: "At the end of the entry, as far in as `request`, write `{line}`.",
        nb: "Sist i oppføringen, like langt inn som `request`, skriv `{line}`."
    )
}

pub(super) fn line_of(page: FilePage<'_>, node: &Node<'_>) -> Text {
    let mut words = Vec::new();
    collect_words(page, node, &mut words);
    as_it_should_be(&words)
}

/// Collects the words of a value, one string per part: `on: 2026-01-31`, or words without a key.
fn collect_words(page: FilePage<'_>, node: &Node<'_>, words: &mut Vec<String>) {
    match &node.value {
        Value::Null => {}
        Value::Text(text) => words.extend(parts(text)),
        Value::Bare => words.push(node.span.of(page.text).to_owned()),
        Value::List(nodes) => nodes.iter().for_each(|node| collect_words(page, node, words)),
        Value::Map(pairs) => {
            for KeyValue { key, node } in pairs {
                match &node.value {
                    Value::Text(text) => words.push(format!("{key}: {text}")),
                    Value::Bare => words.push(format!("{key}: {}", node.span.of(page.text))),
                    _ => {
                        words.push(key.to_string());
                        collect_words(page, node, words);
                    }
                }
            }
        }
    }
}

fn parts(text: &str) -> impl Iterator<Item = String> {
    let plain: String = text.chars().filter(|c| !"{}[]\"'".contains(*c)).collect();
    let parts: Vec<String> = plain.split([',', ';', '\n']).map(|part| part.trim().to_owned()).collect();
    parts.into_iter().filter(|part| !part.is_empty())
}

/// Collects the words after the first `revoked:` in a text that is not YAML, with the lines that belong to it.
fn words_in(text: &str) -> Option<Vec<String>> {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t', '-']).len();
    let mut lines = text.lines();
    let (depth, first) =
        lines.find_map(|line| revoked_in(line).map(|rest| (indent(line), rest.to_owned())))?;
    let below = lines.take_while(|line| !line.trim().is_empty() && indent(line) > depth);
    let without_comment = |line: &str| line.split(" #").next().unwrap_or_default().to_owned();
    let all: Vec<String> = std::iter::once(first.as_str()).chain(below).map(without_comment).collect();
    Some(parts(&all.join("\n")).collect())
}

/// Builds the correct line from these words. Example words fill the parts that are missing.
fn as_it_should_be(words: &[String]) -> Text {
    let (mut on, mut by, mut reason) = (None, None, Vec::new());
    // A day with two meanings is not guessed. The words in its place are refused if a user copies them.
    let mut asked = false;
    let may_be = |word: &str| matches!(meant::days(word), Day::May(_));
    let slashed = |word: &str| word.contains('/').then(|| meant::day(word)).flatten();
    let day = |word: &str| iso(word).or_else(|| turned(word)).or_else(|| slashed(word));
    let who = |word: &str| PersonId::new(&word.to_lowercase()).ok().filter(|id| id.as_str().contains('.'));
    let meant_who = |word: &str| who(&meant::id(word, PersonId::new, '.')?);
    for word in words {
        let (key, rest) =
            word.split_once(':').map_or(("", word.as_str()), |(key, rest)| (key.trim(), rest.trim()));
        match key.to_lowercase().as_str() {
            "on" | "date" | "dato" if meant::day(rest).is_some() => on = meant::day(rest),
            "on" | "date" | "dato" => asked |= may_be(rest),
            "by" | "av" => by = who(rest).or_else(|| meant_who(rest)).or(by),
            "reason" | "grunn" | "årsak" | "" => {
                let mut left = Vec::new();
                for token in rest.split_whitespace() {
                    let loose = key.is_empty();
                    if loose && on.is_none() && day(token).is_some() {
                        on = day(token);
                    } else if loose && on.is_none() && may_be(token) {
                        asked = true;
                    } else if loose && by.is_none() && day(token).is_none() && who(token).is_some() {
                        by = who(token);
                    } else {
                        left.push(token);
                    }
                }
                if !left.is_empty() {
                    reason.push(left.join(" "));
                }
            }
            _ => reason.push(word.clone()),
        }
    }
    let on = match on {
        Some(on) => Text::same(on.to_string()),
        None if asked => text!(en: "YYYY-MM-DD", nb: "ÅÅÅÅ-MM-DD"),
        None => Text::same("2026-01-31"),
    };
    let by = by.map_or_else(|| "fornavn.etternavn".to_owned(), |by| by.to_string());
    let told: String =
        reason.join(", ").chars().filter(|c| !is_invisible(*c) && !"\"\\`".contains(*c)).take(200).collect();
    // A national identity number or telephone number is not repeated in the suggested line.
    let reason = if told.is_empty() || !private::find_numbers(&told).is_empty() {
        text!(en: "has left", nb: "har sluttet")
    } else {
        Text::same(told)
    };
    text!(
        with on, reason;
        en: "revoked: {{on: {on}, by: {by}, reason: \"{reason}\"}}",
        nb: "revoked: {{on: {on}, by: {by}, reason: \"{reason}\"}}"
    )
}
