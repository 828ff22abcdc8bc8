//! Walks a tree key by key. It finds the keys that are present, missing, unknown or written twice.

use jiff::civil::Date;

use super::item::{Item, Read};
use super::node::{KeyValue, Node, Value};
use super::page::{FilePage, shown};
use super::span::Span;
use super::{private, revocation_text, slip, suggest};
use crate::characters::{as_typed, is_put_in, named as called};
use crate::diag::{Code, Finding, Text, text};

/// A value that was read, and its place.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// The keys of one mapping.
pub(crate) struct Fields<'p, 'a> {
    pub(crate) page: FilePage<'a>,
    pairs: &'p [KeyValue<'a>],
    /// The place where missing keys are reported.
    pub(crate) span: Span,
    /// The keys that are missing because they are misspelt. The finding about the misspelt key asks for them.
    misspelt: Vec<&'static str>,
}

impl<'p, 'a> Fields<'p, 'a> {
    /// Reads a value as a mapping with some of the known keys. Unknown keys and repeated keys go to `held`, because
    /// nobody can know what they mean. Returns `None` if the value is not a mapping.
    pub(crate) fn open(
        page: FilePage<'a>,
        node: &'p Node<'a>,
        what: Text,
        known: &[&'static str],
        held: &mut Vec<Finding>,
    ) -> Option<Self> {
        let Value::Map(pairs) = &node.value else {
            if let Some(slip) = slip_in(page, node) {
                held.push(slip);
                return None;
            }
            let message = text!(
                with what;
                en: "Here {what} is expected, line by line: a key, a colon and a value.",
                nb: "Her ventes {what}, linje for linje: en nøkkel, et kolon og en verdi."
            );
            held.push(page.finding(Code::BadValue, page.value_span(node), message, keys(known)));
            return None;
        };
        // If the next entry begins without its hyphen, its keys seem to be written twice.
        let mut begun = 0;
        for (at, pair) in pairs.iter().enumerate() {
            if !known.contains(&&*pair.key) {
                held.push(revocation_text::meant_as_revoked(unknown(page, pair, &what, known), page, pair));
            }
            if begins_another(page, pairs, at) {
                begun = at;
                held.push(without_hyphen(page, pair));
            }
            if pairs.iter().take(at).skip(begun).any(|earlier| earlier.key == pair.key) {
                held.push(twice(page, pair));
            }
        }
        let span = pairs.first().map_or(node.span, |pair| page.key_span(pair));
        let is_there = |key: &str| pairs.iter().any(|pair| pair.key == key);
        let unknown = pairs.iter().filter(|pair| !known.contains(&&*pair.key));
        let misspelt =
            unknown.filter_map(|pair| meant_key(&pair.key, known)).filter(|key| !is_there(key)).collect();
        Some(Self { page, pairs, span, misspelt })
    }

    /// The value of a key, if the key is present.
    pub(crate) fn item(&self, key: &'static str) -> Option<Item<'p, 'a>> {
        let pair = self.pairs.iter().find(|pair| pair.key == key)?;
        Some(Item { page: self.page, key, node: &pair.node })
    }

    /// Returns whether a missing key is there with a slip. It is misspelt, or another key begins with it, such as
    /// `by:kari.testesen` or `-unit`, or it has an inserted character.
    pub(crate) fn is_there_with_a_slip(&self, key: &str) -> bool {
        self.misspelt.contains(&key)
            || self.pairs.iter().filter(|pair| pair.key != key).any(|pair| {
                let typed = as_typed(&pair.key);
                let first = typed.split(':').next().unwrap_or_default();
                first.trim_matches(['"', '\'', '-', ' ']) == key
            })
    }

    /// Reads a required key. Errors go to `out`.
    pub(crate) fn need<T>(
        &self,
        key: &'static str,
        example: &str,
        out: &mut Vec<Finding>,
        read: impl FnOnce(&Item<'p, 'a>) -> Read<T>,
    ) -> Option<At<T>> {
        let line =
            || text!(en: "Add the line `{key}: {example}`.", nb: "Legg til linjen `{key}: {example}`.");
        self.need_as(key, line, out, read)
    }

    /// Reads a required day. The example in the finding is not a valid day, because a user who copied it would write a
    /// day that nobody meant.
    pub(crate) fn need_day(&self, key: &'static str, out: &mut Vec<Finding>) -> Option<At<Date>> {
        let line = || {
            text!(
                en: "Add the line `{key}: YYYY-MM-DD`, with the day that is meant.",
                nb: "Legg til linjen `{key}: ÅÅÅÅ-MM-DD`, med dagen som er ment."
            )
        };
        self.need_as(key, line, out, Item::date)
    }

    /// Reads a required key that cannot have an example. If the key is missing, the finding has this way out.
    pub(crate) fn need_as<T>(
        &self,
        key: &'static str,
        way_out: impl FnOnce() -> Text,
        out: &mut Vec<Finding>,
        read: impl FnOnce(&Item<'p, 'a>) -> Read<T>,
    ) -> Option<At<T>> {
        match self.item(key) {
            Some(item) => read_at(&item, out, read),
            // The misspelt key has a finding already.
            None if self.is_there_with_a_slip(key) => None,
            None => {
                out.push(self.page.finding(Code::MissingKey, self.span, missing_key(key), way_out()));
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
            Some(item) => read_at(&item, out, read).map(Some),
            None => Some(None),
        }
    }
}

/// The pairs of a mapping whose keys are free names. Repeated names go to `held`.
pub(crate) fn named_pairs<'p, 'a>(
    page: FilePage<'a>,
    node: &'p Node<'a>,
    what: &Text,
    held: &mut Vec<Finding>,
) -> &'p [KeyValue<'a>] {
    let Value::Map(pairs) = &node.value else {
        if let Some(slip) = slip_in(page, node) {
            held.push(slip);
            return &[];
        }
        let message = text!(with what; en: "Here {what} are expected.", nb: "Her ventes {what}.");
        let way_out = text!(
            en: "Write one line for each, indented: a name, a colon and what belongs to it.",
            nb: "Skriv én linje for hver, med innrykk: et navn, et kolon og det som hører til."
        );
        held.push(page.finding(Code::BadValue, page.value_span(node), message, way_out));
        return &[];
    };
    for (at, pair) in pairs.iter().enumerate() {
        if pairs.iter().take(at).any(|earlier| earlier.key == pair.key) {
            held.push(twice(page, pair));
        }
    }
    pairs
}

fn read_at<'p, 'a, T>(
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
pub(crate) fn missing_key(key: &str) -> Text {
    text!(en: "`{key}` is missing.", nb: "`{key}` mangler.")
}

/// The slip because of which YAML reads lines of keys and values as one text.
fn slip_in(page: FilePage<'_>, node: &Node<'_>) -> Option<Finding> {
    matches!(node.value, Value::Text(_)).then(|| slip::within(page, node.span)).flatten()
}

/// The slip in a key that holds more than a key: `by:kari.testesen`, `-unit`, or an inserted character.
fn slip_in_key<'a>(page: FilePage<'a>, pair: &KeyValue<'a>, known: &[&'static str]) -> Option<Finding> {
    let span = page.key_span(pair);
    if let Some(c) = pair.key.chars().find(|c| is_put_in(*c)) {
        let typed = as_typed(&pair.key);
        let words = typed.trim_matches(['"', '\'', '-', ' ']);
        let meant = known.iter().find(|key| {
            let rest = words.strip_prefix(**key);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })?;
        let what = called(c);
        let message = text!(
            with what;
            en: "Beside `{meant}` stands {what}, which word processors and mail programs put in.",
            nb: "Ved `{meant}` står {what}, som tekstbehandlere og e-postprogrammer setter inn."
        );
        let way_out = text!(
            en: "Write `{meant}`, a colon and a space anew on the keyboard.",
            nb: "Skriv `{meant}`, et kolon og et mellomrom på nytt med tastaturet."
        );
        return Some(page.finding(Code::UnknownKey, span, message, way_out));
    }
    if let Some(key) = pair.key.strip_prefix('-').filter(|key| known.contains(key)) {
        let way_out = text!(en: "Write `- {key}:`.", nb: "Skriv `- {key}:`.");
        return Some(page.finding(Code::UnknownKey, span, slip::no_space_after_hyphen(), way_out));
    }
    let (key, value) = slip::keyed(&pair.key).filter(|(key, _)| known.contains(key))?;
    let way_out = if private::find_numbers(value).is_empty() {
        let value = shown(value);
        text!(en: "Write `{key}: {value}`.", nb: "Skriv `{key}: {value}`.")
    } else {
        text!(en: "Put a space there.", nb: "Sett et mellomrom der.")
    };
    Some(page.finding(Code::UnknownKey, span, slip::no_space_after_colon(key), way_out))
}

fn unknown<'a>(page: FilePage<'a>, pair: &KeyValue<'a>, what: &Text, known: &[&'static str]) -> Finding {
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
    if let Some(slip) = slip_in_key(page, pair, known) {
        return slip;
    }
    let key = shown(&pair.key);
    let message =
        text!(with what; en: "`{key}` is no key of {what}.", nb: "`{key}` er ingen nøkkel i {what}.");
    let way_out = match meant_key(&pair.key, known) {
        Some(meant) => suggest::did_you_mean(meant).and(keys(known)),
        None => keys(known),
    };
    page.finding(Code::UnknownKey, span, message, way_out)
}

/// The key that a misspelt one means, or its name in Norwegian.
fn meant_key(key: &str, known: &[&'static str]) -> Option<&'static str> {
    const IN_NORWEGIAN: [(&str, &str); 41] = [
        ("navn", "name"),
        ("arbeidsgiver", "employer"),
        ("stilling", "position"),
        ("epost", "email"),
        ("tidligere", "previously"),
        ("tilgang", "access"),
        ("applikasjon", "application"),
        ("enhet", "unit"),
        ("enheter", "units"),
        ("rolle", "role"),
        ("fra", "from"),
        ("til", "until"),
        ("søknad", "request"),
        ("godkjent", "approved"),
        ("av", "by"),
        ("dato", "on"),
        ("identitet", "identity"),
        ("kontaktet", "contacted"),
        ("begrunnelse", "reason"),
        ("grunn", "reason"),
        ("årsak", "reason"),
        ("verv", "office"),
        ("e-post", "email"),
        ("søknadsnummer", "request"),
        ("trukket", "revoked"),
        ("tilbakekalt", "revoked"),
        ("kanal", "channel"),
        ("avvist", "rejected"),
        ("avviste", "rejected"),
        ("helseforetak", "trusts"),
        ("foretak", "trusts"),
        ("administratorer", "administrators"),
        ("applikasjoner", "applications"),
        ("roller", "roles"),
        ("kontoer", "accounts"),
        ("svar", "answer"),
        ("besvart_av", "answered_by"),
        ("behold_til", "keep_until"),
        ("kontrollert", "reviewed"),
        ("rader", "rows"),
        ("kvartal", "quarter"),
    ];
    let lower = key.to_lowercase();
    let named = IN_NORWEGIAN.iter().find(|(word, _)| *word == lower).map(|(_, meant)| *meant);
    let named = named.and_then(|meant| known.iter().copied().find(|known| *known == meant));
    named.or_else(|| suggest::nearest(key, known.iter().copied()))
}

/// Returns whether the keys of a list's entry begin again at this pair, with at least two of them. The hyphen of the
/// next entry is then missing.
fn begins_another<'a>(page: FilePage<'a>, pairs: &[KeyValue<'a>], at: usize) -> bool {
    let (Some(first), Some(pair), Some(next)) = (pairs.first(), pairs.get(at), pairs.get(at + 1)) else {
        return false;
    };
    let before = page.text.get(..page.key_span(first).start as usize).unwrap_or_default();
    let is_entry = before.trim_end_matches(' ').ends_with('-');
    let is_again = pairs.iter().take(at).any(|earlier| earlier.key == next.key);
    at > 0 && pair.key == first.key && is_again && is_entry
}

fn without_hyphen<'a>(page: FilePage<'a>, pair: &KeyValue<'a>) -> Finding {
    let [message, way_out] = slip::hyphen_is_missing(&pair.key);
    page.finding(Code::NotYaml, page.key_span(pair), message, way_out)
}

fn twice<'a>(page: FilePage<'a>, pair: &KeyValue<'a>) -> Finding {
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
