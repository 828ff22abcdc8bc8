//! The file that is being read: places in its text, and its words quoted for a message.

use std::borrow::Cow;

use super::node::{KeyValue, Node, Value};
use super::span::Span;
use crate::diag::covered::covered;
use crate::diag::{Code, Finding, Text, text};
use crate::invisible::is_invisible;
use crate::model::FilePath;

/// The path and text of the current file. Places are computed from them.
#[derive(Clone, Copy)]
pub(crate) struct FilePage<'a> {
    pub(crate) path: &'a FilePath,
    pub(crate) text: &'a str,
}

impl<'a> FilePage<'a> {
    /// Makes a finding that underlines the span.
    pub(crate) fn finding(
        &self,
        code: Code,
        span: Span,
        message: impl Into<Text>,
        way_out: impl Into<Text>,
    ) -> Finding {
        Finding::new(code, message, way_out).at(span.place(self.path, self.text))
    }

    /// The place of a key. A key is usually a slice of the text. A key that the YAML reader had to rewrite (`"a\x62"`)
    /// is searched for before its value.
    pub(crate) fn key_span(&self, pair: &KeyValue<'a>) -> Span {
        if let Cow::Borrowed(key) = &pair.key {
            let start = (key.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
            if self.text.get(start..start.wrapping_add(key.len())) == Some(key) {
                return Span::new(start, start + key.len());
            }
        }
        let before = self.text.get(..pair.node.span.start as usize).unwrap_or_default();
        before.rfind(&*pair.key).map_or(pair.node.span, |start| Span::new(start, start + pair.key.len()))
    }

    /// The part to underline for a whole value. For a list or a mapping it is the first line.
    pub(crate) fn value_span(&self, node: &Node<'a>) -> Span {
        match &node.value {
            Value::Map(pairs) => pairs.first().map_or(node.span, |pair| {
                let key = self.key_span(pair);
                Span { start: key.start, end: key.end.max(self.value_span(&pair.node).end) }
            }),
            Value::List(nodes) => nodes.first().map_or(node.span, |first| self.value_span(first)),
            _ => node.span,
        }
    }
}

/// The lines with their numbers, their first bytes, and without their ends.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, usize, &str)> {
    let mut next = 0;
    text.split_inclusive('\n').enumerate().map(move |(at, line)| {
        let start = next;
        next += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        let mark = if start == 0 && line.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        (at + 1, start + mark, line.get(mark..).unwrap_or_default())
    })
}

/// The next step if a whole file is not what it was, and no single line is the cause.
pub(crate) fn put_back() -> Text {
    text!(en: "Put the file back as it was.", nb: "Legg filen tilbake slik den var.")
}

/// Words of a file, quoted for a message. They are short, on one line and without invisible characters, and what may be a secret
/// in them is covered.
pub(crate) fn shown(words: &str) -> String {
    const MOST: usize = 60;
    let words = covered(words);
    let mut quoted: String =
        words.chars().take(MOST).map(|c| if is_invisible(c) { '\u{fffd}' } else { c }).collect();
    if words.chars().nth(MOST).is_some() {
        quoted.push('…');
    }
    quoted
}
