//! Walks a tree key by key. It finds the keys that are present, missing, unknown or written twice.

use super::item::{Item, Read};
use super::node::{Node, Pair, Value};
use super::page::{Page, shown};
use super::span::Span;
use super::{revocation_text, suggest};
use crate::diag::{Code, Finding, Text, text};

/// A value that was read, and its place.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// The keys of one mapping.
pub(crate) struct Fields<'p, 'a> {
    pub(crate) page: Page<'a>,
    pairs: &'p [Pair<'a>],
    /// The place where missing keys are reported.
    pub(crate) span: Span,
}

impl<'p, 'a> Fields<'p, 'a> {
    /// Reads a value as a mapping with some of the known keys. Unknown keys and repeated keys go to `held`, because
    /// nobody can know what they mean. Returns `None` if the value is not a mapping.
    pub(crate) fn open(
        page: Page<'a>,
        node: &'p Node<'a>,
        what: Text,
        known: &[&'static str],
        held: &mut Vec<Finding>,
    ) -> Option<Self> {
        let Value::Map(pairs) = &node.value else {
            let message = text!(
                with what;
                en: "Here {what} is expected, line by line: a key, a colon and a value.",
                nb: "Her ventes {what}, linje for linje: en nøkkel, et kolon og en verdi."
            );
            held.push(page.finding(Code::BadValue, page.whole(node), message, keys(known)));
            return None;
        };
        for (at, pair) in pairs.iter().enumerate() {
            if !known.contains(&&*pair.key) {
                held.push(revocation_text::meant(unknown(page, pair, &what, known), page, pair));
            }
            if pairs.iter().take(at).any(|earlier| earlier.key == pair.key) {
                held.push(twice(page, pair));
            }
        }
        let span = pairs.first().map_or(node.span, |pair| page.key_span(pair));
        Some(Self { page, pairs, span })
    }

    /// The value of a key, if the key is present.
    pub(crate) fn item(&self, key: &'static str) -> Option<Item<'p, 'a>> {
        let pair = self.pairs.iter().find(|pair| pair.key == key)?;
        Some(Item { page: self.page, key, node: &pair.node })
    }

    /// Reads a required key. Errors go to `out`.
    pub(crate) fn need<T>(
        &self,
        key: &'static str,
        example: &str,
        out: &mut Vec<Finding>,
        read: impl FnOnce(&Item<'p, 'a>) -> Read<T>,
    ) -> Option<At<T>> {
        match self.item(key) {
            Some(item) => kept(&item, out, read),
            None => {
                let way_out = text!(
                    en: "Add the line `{key}: {example}`.",
                    nb: "Legg til linjen `{key}: {example}`."
                );
                out.push(self.page.finding(Code::MissingKey, self.span, missing(key), way_out));
                None
            }
        }
    }

    /// Reads an optional key. The result is `Some(None)` if the key is missing. Errors go to `out` and the result is
    /// `None`, so that a mistyped end date is never read as no end date.
    pub(crate) fn may<T>(
        &self,
        key: &'static str,
        out: &mut Vec<Finding>,
        read: impl FnOnce(&Item<'p, 'a>) -> Read<T>,
    ) -> Option<Option<At<T>>> {
        match self.item(key) {
            Some(item) => kept(&item, out, read).map(Some),
            None => Some(None),
        }
    }
}

/// The pairs of a mapping whose keys are free names. Repeated names go to `held`.
pub(crate) fn named<'p, 'a>(
    page: Page<'a>,
    node: &'p Node<'a>,
    what: &Text,
    held: &mut Vec<Finding>,
) -> &'p [Pair<'a>] {
    let Value::Map(pairs) = &node.value else {
        let message = text!(with what; en: "Here {what} are expected.", nb: "Her ventes {what}.");
        let way_out = text!(
            en: "Write one line for each, indented: a name, a colon and what belongs to it.",
            nb: "Skriv én linje for hver, med innrykk: et navn, et kolon og det som hører til."
        );
        held.push(page.finding(Code::BadValue, page.whole(node), message, way_out));
        return &[];
    };
    for (at, pair) in pairs.iter().enumerate() {
        if pairs.iter().take(at).any(|earlier| earlier.key == pair.key) {
            held.push(twice(page, pair));
        }
    }
    pairs
}

fn kept<'p, 'a, T>(
    item: &Item<'p, 'a>,
    out: &mut Vec<Finding>,
    read: impl FnOnce(&Item<'p, 'a>) -> Read<T>,
) -> Option<At<T>> {
    match read(item) {
        Ok(value) => Some(At { value, span: item.node.span }),
        Err(finding) => {
            out.push(*finding);
            None
        }
    }
}

/// The next step for an end that is before its beginning.
pub(crate) fn not_before_from() -> Text {
    text!(en: "Write an end that is not before `from`.", nb: "Skriv en slutt som ikke er før `from`.")
}

/// The message for a required key that is missing.
pub(crate) fn missing(key: &str) -> Text {
    text!(en: "`{key}` is missing.", nb: "`{key}` mangler.")
}

fn unknown<'a>(page: Page<'a>, pair: &Pair<'a>, what: &Text, known: &[&'static str]) -> Finding {
    let span = page.key_span(pair);
    if pair.key == "<<" {
        let message = text!(
            en: "A merge key (`<<`) is not allowed here.",
            nb: "En flettenøkkel (`<<`) er ikke tillatt her."
        );
        let way_out = text!(
            en: "Write each line out where it belongs.",
            nb: "Skriv hver linje ut der den hører hjemme."
        );
        return page.finding(Code::NotYaml, span, message, way_out);
    }
    let kind = text!(en: "The keys are", nb: "Nøklene er");
    let key = shown(&pair.key);
    let message =
        text!(with what; en: "`{key}` is no key of {what}.", nb: "`{key}` er ingen nøkkel i {what}.");
    page.finding(Code::UnknownKey, span, message, suggest::way_out(&pair.key, &kind, known))
}

fn twice<'a>(page: Page<'a>, pair: &Pair<'a>) -> Finding {
    let key = shown(&pair.key);
    let message = text!(en: "`{key}` stands twice.", nb: "`{key}` står to ganger.");
    let way_out = text!(
        en: "Keep the line that is right and delete the other.",
        nb: "Behold linjen som er riktig, og slett den andre."
    );
    page.finding(Code::NotYaml, page.key_span(pair), message, way_out)
}

fn keys(known: &[&str]) -> Text {
    let list = suggest::listed(known);
    text!(with list; en: "The keys are: {list}.", nb: "Nøklene er: {list}.")
}

/// Reads a mapping inside an entry. Unknown keys hold the file. A value that is not a mapping refuses the entry.
pub(super) fn inner<'p, 'a>(
    item: &Item<'p, 'a>,
    keys: &[&'static str],
    held: &mut Vec<Finding>,
    wrong: &mut Vec<Finding>,
) -> Option<Fields<'p, 'a>> {
    let mut found = Vec::new();
    let fields = Fields::open(item.page, item.node, Text::same(format!("`{}`", item.key)), keys, &mut found);
    if fields.is_some() { held } else { wrong }.extend(found);
    fields
}
