//! Finds lines that belong below a key but are not indented below it. An example is `by`, `on` and `identity` at the
//! same depth as `approved`, or further left, up to the margin. One finding tells about all of them. Without it, each
//! line and each key that seems to be missing would have a finding. The file is still held. Such lines give, take and
//! revoke nothing.

use super::node::{KeyValue, Node, Value};
use super::page::{FilePage, lines, shown};
use super::revocation_text::{line_of, stands};
use super::shape::Shape;
use super::span::Span;
use super::{shape, suggest};
use crate::diag::{Code, Finding, Text, text};
use crate::tree::REGISTER;

/// The keys below a key of a person's file, if its value is a mapping.
pub(super) fn keys_below(key: &str) -> &'static [&'static str] {
    match key {
        "approved" => shape::APPROVED_KEYS,
        "contacted" => shape::CONTACTED_KEYS,
        "revoked" => shape::REVOKED_KEYS,
        "previously" => shape::PREVIOUSLY_KEYS,
        _ => &[],
    }
}

/// Moves such lines to their place in the whole tree. Each key to which they belong gets one finding.
pub(super) fn mend<'a>(page: FilePage<'a>, file: &mut Node<'a>, shape: Shape, held: &mut Vec<Finding>) {
    match (&mut file.value, shape) {
        (Value::List(nodes), Shape::List(inner)) => {
            for node in nodes {
                mend(page, node, *inner, held);
            }
        }
        (Value::Map(pairs), Shape::Keys(..) | Shape::Names(_) | Shape::Numbers(_)) => {
            mend_pairs(page, pairs, shape, held);
        }
        _ => {}
    }
}

fn mend_pairs<'a>(page: FilePage<'a>, pairs: &mut Vec<KeyValue<'a>>, shape: Shape, held: &mut Vec<Finding>) {
    let mut at = 0;
    while at < pairs.len() {
        let mut told: Vec<StrayLines> = Vec::new();
        let mut is_gone = false;
        while let Some(found) = astray(page, pairs, at, shape) {
            let strays: Vec<KeyValue<'a>> = pairs.drain(at + 1..=at + found.keys.len()).collect();
            is_gone = put_below(page, pairs, at, &found, strays, held);
            if is_gone {
                break;
            }
            let same = |earlier: &&mut StrayLines| earlier.depth == found.depth && earlier.key == found.key;
            if let Some(earlier) = told.iter_mut().find(same) {
                earlier.keys.extend(found.keys);
            } else {
                told.push(found);
            }
        }
        held.extend(told.iter().filter(|found| !found.is_revoked()).map(|found| found.finding(page)));
        if is_gone {
            continue;
        }
        if let Some(pair) = pairs.get_mut(at) {
            let below = shape.below(&pair.key);
            mend(page, &mut pair.node, below, held);
        }
        at += 1;
    }
}

/// Lines that are too far to the left, right after the value that they belong to.
struct StrayLines {
    /// The key that they belong to, or the key of the list whose last entry it is.
    key: String,
    is_entry: bool,
    /// The depth of their mapping below the pair before them. 0 is the value of that pair.
    depth: usize,
    keys: Vec<String>,
    span: Span,
}

/// A value that ends right before the next pair, and the shape of its content.
#[derive(Clone, Copy)]
struct OpenValue<'n, 'a> {
    key: &'n str,
    is_entry: bool,
    node: &'n Node<'a>,
    shape: Shape,
}

/// Returns the value of a pair, then the last value in it, and so on.
fn open_ends<'n, 'a>(pair: &'n KeyValue<'a>, shape: Shape) -> Vec<OpenValue<'n, 'a>> {
    let mut found = Vec::new();
    let mut next = Some(OpenValue { key: &pair.key, is_entry: false, node: &pair.node, shape });
    while let Some(open) = next {
        found.push(open);
        next = match (&open.node.value, open.shape) {
            (Value::List(nodes), Shape::List(inner)) => {
                nodes.last().map(|node| OpenValue { key: open.key, is_entry: true, node, shape: *inner })
            }
            (Value::Map(pairs), shape) => pairs.last().map(|pair| OpenValue {
                key: &pair.key,
                is_entry: false,
                node: &pair.node,
                shape: shape.below(&pair.key),
            }),
            _ => None,
        };
    }
    found
}

/// Finds the pairs after the pair at `at` that belong in it. They are foreign to this mapping, or are here already. The
/// innermost value that can take the first of them takes all that it can.
fn astray<'a>(page: FilePage<'a>, pairs: &[KeyValue<'a>], at: usize, shape: Shape) -> Option<StrayLines> {
    let before = pairs.get(at)?;
    let ends = open_ends(before, shape.below(&before.key));
    let (depth, open) =
        ends.iter().enumerate().rev().find(|(_, open)| is_stray(pairs, at + 1, shape, open))?;
    let mut keys: Vec<String> = Vec::new();
    for (next, pair) in pairs.iter().enumerate().skip(at + 1) {
        if keys.iter().any(|key| *key == pair.key) || !is_stray(pairs, next, shape, open) {
            break;
        }
        keys.push(pair.key.clone().into_owned());
    }
    let span = page.key_span(pairs.get(at + 1)?);
    Some(StrayLines { key: open.key.to_owned(), is_entry: open.is_entry, depth, keys, span })
}

/// Returns whether a pair is foreign to its mapping and surely belongs to the value that ends before it.
fn is_stray(pairs: &[KeyValue<'_>], at: usize, shape: Shape, open: &OpenValue<'_, '_>) -> bool {
    let Some(pair) = pairs.get(at) else { return false };
    let key = &*pair.key;
    let is_here = |key: &str| pairs.iter().take(at).any(|earlier| earlier.key == key);
    let is_foreign = match shape {
        Shape::Keys(..) => !shape.has(key) || is_here(key),
        // A name like `host` may be a trust. The lines below it then have the keys of a trust.
        Shape::Names(inner) | Shape::Numbers(inner) => match &pair.node.value {
            Value::Map(below) => inner.has(key) && !below.iter().any(|pair| inner.has(&pair.key)),
            Value::List(_) => false,
            _ => inner.has(key) || (is_number(key) && matches!(shape, Shape::Names(_))),
        },
        Shape::Value | Shape::List(_) => false,
    };
    if !is_foreign {
        return false;
    }
    let is_plain = !matches!(pair.node.value, Value::Map(_) | Value::List(_));
    match (open.shape, &open.node.value) {
        // A `revoked` outside every entry takes nothing away, and is reported as such.
        (Shape::Keys(..), _) if open.is_entry && key == "revoked" => false,
        (Shape::Keys(..), Value::Null) => open.shape.has(key),
        (Shape::Keys(..), Value::Map(here)) => {
            open.shape.has(key) && !here.iter().any(|pair| pair.key == key)
        }
        (Shape::Numbers(_), Value::Null | Value::Map(_)) => is_number(key),
        // Any name may be meant, but not if a key of this mapping is misspelt.
        (Shape::Names(inner), Value::Null) => {
            let missing = shape.keys().iter().copied().filter(|known| !is_here(known));
            matches!(shape, Shape::Keys(..))
                && suggest::nearest(key, missing).is_none()
                && is_plain == matches!(inner, Shape::Value)
        }
        _ => false,
    }
}

/// Returns whether a key may be the number of a unit. It is shorter than a person's number, which no finding may
/// repeat.
fn is_number(key: &str) -> bool {
    (1..=10).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_digit())
}

/// Adds the pairs to the mapping that they belong to. Returns whether the pair at `at` is gone. A `revoked` that is not
/// indented is reported here and taken out, so that nobody believes that it acts.
fn put_below<'a>(
    page: FilePage<'a>,
    pairs: &mut Vec<KeyValue<'a>>,
    at: usize,
    found: &StrayLines,
    strays: Vec<KeyValue<'a>>,
    held: &mut Vec<Finding>,
) -> bool {
    let Some(node) = pairs.get_mut(at).and_then(|pair| innermost(&mut pair.node, found.depth)) else {
        return false;
    };
    match &mut node.value {
        Value::Map(inner) => inner.extend(strays),
        value => *value = Value::Map(strays),
    }
    if !found.is_revoked() {
        return false;
    }
    let line = line_of(page, node);
    let way_out = text!(with line; en: "Write `{line}`.", nb: "Skriv `{line}`.");
    let message = stands(page).and(found.message());
    held.push(page.finding(Code::RevocationUnread, found.span, message, way_out));
    let Some(outer) = found.depth.checked_sub(1) else {
        pairs.remove(at);
        return true;
    };
    if let Some(Value::Map(entry)) =
        pairs.get_mut(at).and_then(|pair| innermost(&mut pair.node, outer)).map(|node| &mut node.value)
    {
        entry.pop();
    }
    false
}

/// The last value in a value, and the last in that, as deep as this.
fn innermost<'n, 'a>(node: &'n mut Node<'a>, depth: usize) -> Option<&'n mut Node<'a>> {
    let Some(depth) = depth.checked_sub(1) else { return Some(node) };
    let last = match &mut node.value {
        Value::List(nodes) => nodes.last_mut(),
        Value::Map(pairs) => pairs.last_mut().map(|pair| &mut pair.node),
        _ => None,
    };
    innermost(last?, depth)
}

impl StrayLines {
    fn is_revoked(&self) -> bool {
        !self.is_entry && self.key == "revoked"
    }

    fn message(&self) -> Text {
        let (key, names) = (shown(&self.key), listed(&self.keys));
        if self.is_entry {
            text!(
                with names;
                en: "What belongs to the entry of `{key}` does not begin in its column: {names}.",
                nb: "Det som hører til oppføringen i `{key}`, begynner ikke i samme kolonne som den: {names}."
            )
        } else {
            text!(
                with names;
                en: "What belongs to `{key}` is not indented below it: {names}.",
                nb: "Det som hører til `{key}`, er ikke rykket inn under den: {names}."
            )
        }
    }

    fn finding(&self, page: FilePage<'_>) -> Finding {
        let key = shown(&self.key);
        let way_out = if self.is_entry {
            text!(
                en: "Begin these lines in the column of the word behind the entry's hyphen.",
                nb: "Begynn disse linjene i samme kolonne som ordet etter oppføringens bindestrek."
            )
        } else {
            text!(
                en: "Indent these lines by two spaces more than `{key}`.",
                nb: "Rykk inn disse linjene med to mellomrom mer enn `{key}`."
            )
        };
        page.finding(Code::NotYaml, self.span, self.message(), way_out)
    }
}

/// Finds such lines in a text that YAML cannot read because of them. YAML's error is at one of them, or at the line
/// after them.
pub(super) fn before(page: FilePage<'_>, error_line: usize) -> Option<Finding> {
    // Keys of the file itself. They are in their place at the margin.
    const AT_THE_MARGIN: [&str; 3] = ["name", "person", "accounts"];
    const LISTS: [&str; 3] = ["units", "ignore", "adopt"];
    let is_person = page.path.person_parts().is_some();
    if !is_person && page.path.as_str() != REGISTER {
        return None;
    }
    let written: Vec<LineWithKey<'_>> =
        lines(page.text).filter_map(|(number, start, line)| LineWithKey::of(number, start, line)).collect();
    written.iter().enumerate().filter(|(_, parent)| parent.is_open).find_map(|(at, parent)| {
        let own = match shape::of_key(parent.key) {
            Some(own) => own,
            // This name is given by the register, and it is that of a trust.
            None if !is_person && parent.indent > 0 && !LISTS.contains(&parent.key) => shape::IN_A_TRUST,
            None => return None,
        };
        let after = written.get(at + 1..).unwrap_or_default();
        let within = after.iter().take_while(|line| line.indent > parent.indent).count();
        let out = after.get(within..).unwrap_or_default();
        let is_stray = |line: &&LineWithKey<'_>| {
            line.indent <= parent.indent
                && !line.begins_entry
                && own.has(line.key)
                && !(line.indent == 0 && AT_THE_MARGIN.contains(&line.key))
        };
        let strays: Vec<&LineWithKey<'_>> = out.iter().take_while(is_stray).collect();
        let first = *strays.first()?;
        let behind = out.get(strays.len()).or(out.last())?;
        if !(first.number..=behind.number).contains(&error_line) {
            return None;
        }
        let keys: Vec<String> = strays.iter().map(|line| line.key.to_owned()).collect();
        let span = Span::new(first.start, first.start + first.key.len());
        let found = StrayLines { key: parent.key.to_owned(), is_entry: false, depth: 0, keys, span };
        Some(found.finding(page))
    })
}

/// A line with a key.
struct LineWithKey<'a> {
    number: usize,
    /// The offset of the first byte of the key.
    start: usize,
    indent: usize,
    key: &'a str,
    begins_entry: bool,
    /// Whether the key has no value on its line.
    is_open: bool,
}

impl<'a> LineWithKey<'a> {
    /// Reads a line. It is `None` for a comment and an empty line. A line without a key has an empty key.
    fn of(number: usize, start: usize, line: &'a str) -> Option<Self> {
        let body = line.trim_start_matches(' ');
        if body.trim().is_empty() || body.starts_with('#') {
            return None;
        }
        let (key, value) = body.split_once(':').unwrap_or(("", body));
        let value = value.trim_start();
        Some(Self {
            number,
            start: start + line.len() - body.len(),
            indent: line.len() - body.len(),
            key,
            begins_entry: body.starts_with('-'),
            is_open: body.contains(':') && (value.is_empty() || value.starts_with('#')),
        })
    }
}

fn listed(keys: &[String]) -> Text {
    let names: Vec<String> = keys.iter().map(|key| format!("`{}`", shown(key))).collect();
    match names.as_slice() {
        [most @ .., last] if !most.is_empty() => {
            let most = most.join(", ");
            text!(en: "{most} and {last}", nb: "{most} og {last}")
        }
        few => Text::same(few.join(", ")),
    }
}
