//! Finds the place of a value in a YAML text and replaces it. All other bytes stay as they are.

use yaml_serde::{Mapping, Value};
use yamlpath::{Component, Document, Route};

use super::values::{in_one_line, item, mapping_lines, scalar, scalar_in_line};
use super::{Edit, EditError, route_below};

/// The place of a key and its value in a text.
pub(super) struct At {
    /// The offset of the first byte of the key.
    pub(super) key: usize,
    /// The offset of the first byte of the value.
    pub(super) value: usize,
    /// The byte after the value, without blank lines and lines of comments below it.
    pub(super) end: usize,
}

impl At {
    pub(super) fn of(document: &Document, route: &Route<'static>) -> Option<Self> {
        // A place of a list has no key of its own.
        let (key, _) =
            document.query_key_only(route).or_else(|_| document.query_pretty(route)).ok()?.location.byte_span;
        let (value, end) = document.query_exact(route).ok()??.location.byte_span;
        Some(Self { key, value, end: content_end(document.source(), end)? })
    }

    /// Returns what comes before the key in its line: spaces, and the dash of a list. It is `None` if the mapping is
    /// not written line by line.
    fn margin<'t>(&self, text: &'t str) -> Option<&'t str> {
        if text.get(self.key..)?.starts_with(['{', '[']) {
            return None;
        }
        let line = text.get(..self.key)?.rfind('\n').map_or(0, |at| at + 1);
        text.get(line..self.key).filter(|before| before.chars().all(|c| matches!(c, ' ' | '-')))
    }
}

/// Returns where the content before `end` ends. Blank lines and comment lines after the content do not count.
fn content_end(text: &str, end: usize) -> Option<usize> {
    let mut text = text.get(..end)?.trim_end();
    loop {
        let line = text.rfind('\n').map_or(0, |at| at + 1);
        if !text.get(line..)?.trim_start().starts_with('#') {
            return Some(text.len());
        }
        text = text.get(..line)?.trim_end();
    }
}

pub(super) fn apply(text: &str, edit: &Edit) -> Result<String, EditError> {
    let document = Document::new(text).map_err(|error| EditError::Unusual(Some(Box::new(error))))?;
    let edited = match edit {
        Edit::Set(route, value) => with_value(&document, route, value),
        Edit::After { parent, sibling, key, value } => {
            after(&document, &route_below(parent, sibling), key, value)
        }
        Edit::Remove(route) => remove(&document, route),
        Edit::Append(entry) => with_entry(&document, entry),
    };
    edited.ok_or(EditError::Unusual(None))
}

/// Returns the text with other words in the place of these bytes.
pub(super) fn with_replaced(text: &str, from: usize, to: usize, new: &str) -> Option<String> {
    Some([text.get(..from)?, new, text.get(to..)?].concat())
}

fn with_value(document: &Document, route: &Route<'static>, value: &Value) -> Option<String> {
    let (text, at) = (document.source(), At::of(document, route)?);
    let value = if at.margin(text).is_some() { scalar(value)? } else { scalar_in_line(value)? };
    with_replaced(text, at.value, at.end, &value)
}

/// Returns the text with a new key beside this one. The key is in a line below the value, or after it if the whole
/// mapping is in one line.
fn after(document: &Document, sibling: &Route<'static>, key: &str, value: &Value) -> Option<String> {
    let (text, at) = (document.source(), At::of(document, sibling)?);
    let mut new = Mapping::new();
    new.insert(key.into(), value.clone());
    let Some(margin) = at.margin(text) else {
        let new = in_one_line(&new)?;
        let new = new.strip_prefix('{')?.strip_suffix('}')?;
        return with_replaced(text, at.end, at.end, &format!(", {new}"));
    };
    new_lines(text, at.end, &mapping_lines(&new, margin.len())?)
}

/// Returns the text without a key and its value. Comments in their lines stay, each in a line of its own.
fn remove(document: &Document, route: &Route<'static>) -> Option<String> {
    let (text, at) = (document.source(), At::of(document, route)?);
    let Some(margin) = at.margin(text) else { return remove_in_line(text, &at) };
    if margin.contains('-') {
        return None;
    }
    let line_end = text.get(at.end..)?.find('\n').map_or(text.len(), |end| at.end + end + 1);
    let feature = document.query_pretty(route).ok()?;
    let mut comments: Vec<(usize, &str)> = document
        .feature_comments(&feature)
        .iter()
        .map(|comment| (comment.location.byte_span.0, document.extract(comment)))
        .filter(|(start, _)| (at.key..line_end).contains(start))
        .collect();
    comments.sort_unstable();
    comments.dedup();
    let kept: String =
        comments.iter().map(|(_, comment)| format!("{margin}{}\n", comment.trim_end())).collect();
    with_replaced(text, at.key - margin.len(), line_end, &kept)
}

/// Returns the text without a key of a mapping that is in one line, and without the comma beside it.
fn remove_in_line(text: &str, at: &At) -> Option<String> {
    if let Some(before) = text.get(..at.key)?.trim_end().strip_suffix(',') {
        return with_replaced(text, before.len(), at.end, "");
    }
    let after = text.get(at.end..)?.trim_start().strip_prefix(',')?.trim_start();
    with_replaced(text, at.key, text.len() - after.len(), "")
}

/// Returns the text with a new entry at the end of the list.
fn with_entry(document: &Document, entry: &Mapping) -> Option<String> {
    let (text, list) = (document.source(), Route::from(vec![Component::Key("access".into())]));
    let end = At::of(document, &list)?.end;
    let first = At::of(document, &list.with_key(0usize))?;
    let line = text.get(..first.value)?.rfind('\n').map_or(0, |at| at + 1);
    let before = text.get(line..first.value)?;
    match before.find('-').filter(|_| before.chars().all(|c| matches!(c, ' ' | '-'))) {
        Some(dash) => new_lines(text, end, &item(entry, dash)?),
        None => {
            let bracket = text.get(..end)?.rfind(']')?;
            let last = text.get(..bracket)?.trim_end().len();
            with_replaced(text, last, last, &format!(", {}", in_one_line(entry)?))
        }
    }
}

/// Returns the text with new lines below the line of `end`.
fn new_lines(text: &str, end: usize, new: &str) -> Option<String> {
    let line_end = text.get(end..)?.find('\n').map_or(text.len(), |at| end + at);
    let new = new.trim_end_matches('\n');
    let last = if line_end == text.len() { "\n" } else { "" };
    with_replaced(text, line_end, line_end, &format!("\n{new}{last}"))
}
