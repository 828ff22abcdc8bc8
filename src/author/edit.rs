//! Edits the bytes of a file so that it says what is wanted. A value is replaced in its place. A new line is added
//! beside the line to which it belongs, and a new entry at the end of its list. All other bytes stay as they are, with
//! line ends and comments. The result is read back, and every entry in it must say what was wanted. If it does not, the
//! edit is an error.

use std::collections::BTreeMap;

use portvakt_core::diag::Finding;
use portvakt_core::model::{Facts, FilePath, Grant, GrantField, Register, Revocation};
use portvakt_core::parse::{self, Entry, ParsedFile};
use yaml_serde::{Mapping, Value};
use yamlpath::{Component, Document, Route};

use super::ends::LineEnds;

mod places;
mod values;

use places::{At, apply, with_replaced};
use values::{approved_by, in_entry, in_yaml, item, revocation, scalar};

/// The content that a file should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedFile {
    /// The facts about the person.
    pub facts: Facts,
    /// The valid entries that the file should have, by their number from 0. Entries in error are not touched.
    pub grants: BTreeMap<usize, Grant>,
    /// The entries that are added at the end.
    pub added: Vec<Grant>,
}

/// The reason why a file is not edited.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The file is in error as a whole. It must be corrected by hand first.
    #[error("the file is in error")]
    InError(Vec<Finding>),
    /// The file is written in a form in which the place of an edit cannot be found.
    #[error("the file is written in a way that cannot be edited")]
    Unusual(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// The edited file would not say what was wanted. The findings tell why.
    #[error("the edited file would not say what was meant")]
    Otherwise(Vec<Finding>),
}

impl WantedFile {
    /// Returns the content of a file as it was read.
    #[must_use]
    pub fn of(file: &ParsedFile) -> Self {
        let grants = file.entries.iter().enumerate().filter_map(|(number, entry)| match entry {
            Entry::Valid { grant, .. } => Some((number, (**grant).clone())),
            Entry::Invalid { .. } => None,
        });
        Self { facts: file.facts.clone(), grants: grants.collect(), added: Vec::new() }
    }
}

/// One edit of the text of a file.
enum Edit {
    /// Replaces a value in its place. It is not a mapping, because each value of a mapping is replaced alone.
    Set(Route<'static>, Value),
    /// Adds a new key, in the line after the value of this sibling.
    After { parent: Route<'static>, sibling: &'static str, key: &'static str, value: Value },
    /// Removes a key and its value. Comments beside them stay.
    Remove(Route<'static>),
    /// Adds a new entry at the end of the list.
    Append(Mapping),
}

/// Returns the edited bytes of the file at `path`, which say what is wanted.
///
/// # Errors
/// The file is in error as a whole, or it is written in a form that cannot be edited. It is also an error if the result
/// would say anything other than what is wanted. So nothing is guessed.
pub fn rewritten(
    path: &FilePath,
    bytes: &[u8],
    register: &Register,
    wanted: &WantedFile,
) -> Result<Vec<u8>, EditError> {
    let was = parse::person(path, bytes, register).map_err(EditError::InError)?;
    let text = parse::text(path, bytes).map_err(EditError::InError)?;
    let (mut ends, mut plain) = (LineEnds::of(text), LineEnds::plain(text));
    for edit in edits(&was, wanted) {
        let edited = apply(&plain, &edit)?;
        ends.follow(&plain, &edited);
        plain = edited;
    }
    let text = ends.put_back(&plain);
    check_edited(path, text.as_bytes(), register, &was, wanted)?;
    Ok(text.into_bytes())
}

/// Returns a text of YAML with another value of a key at its top. A value of several lines becomes this one. A missing
/// key is added at the end.
pub(super) fn with_value(text: &str, key: &'static str, value: &str) -> Result<String, EditError> {
    let document = Document::new(text).map_err(|error| EditError::Unusual(Some(Box::new(error))))?;
    let Some(at) = At::of(&document, &route_below(&Route::default(), key)) else {
        return Ok(format!("{}\n{key}: {value}\n", text.trim_end()));
    };
    let colon = text.get(at.key..at.value).and_then(|key| key.find(':')).map(|colon| at.key + colon + 1);
    colon
        .and_then(|colon| with_replaced(text, colon, at.end, &format!(" {value}")))
        .ok_or(EditError::Unusual(None))
}

/// Checks that each entry of the edited file says what was wanted.
fn check_edited(
    path: &FilePath,
    bytes: &[u8],
    register: &Register,
    was: &ParsedFile,
    wanted: &WantedFile,
) -> Result<(), EditError> {
    let now = parse::person(path, bytes, register).map_err(EditError::Otherwise)?;
    let known = was.entries.len();
    let mut grants = wanted.grants.clone();
    grants.extend(wanted.added.iter().enumerate().map(|(at, grant)| (known + at, grant.clone())));
    let said = WantedFile::of(&now);
    let is_whole = now.entries.len() == known + wanted.added.len()
        && now.person == was.person
        && now.previously == was.previously
        && said.facts == wanted.facts
        && said.grants == grants;
    if is_whole {
        return Ok(());
    }
    let findings = now.entries.into_iter().filter_map(|entry| match entry {
        Entry::Invalid { findings, .. } => Some(findings),
        Entry::Valid { .. } => None,
    });
    Err(EditError::Otherwise(findings.flatten().collect()))
}

fn edits(was: &ParsedFile, wanted: &WantedFile) -> Vec<Edit> {
    let mut edits = Vec::new();
    facts(&was.facts, &wanted.facts, &mut edits);
    for (number, entry) in was.entries.iter().enumerate() {
        if let (Entry::Valid { grant, .. }, Some(wanted)) = (entry, wanted.grants.get(&number)) {
            edit_entry(number, grant, wanted, &mut edits);
        }
    }
    edits.extend(wanted.added.iter().map(|grant| Edit::Append(in_yaml(grant))));
    edits
}

fn facts(was: &Facts, now: &Facts, edits: &mut Vec<Edit>) {
    let name = ("name", Some(was.name.as_str()), Some(now.name.as_str()));
    let vouched = was.vouched.said().zip(now.vouched.written());
    let vouched = vouched.map(|((fact, before), after)| (fact.key(), before, after));
    let email = (
        "email",
        was.email.as_ref().map(|email| email.as_str()),
        now.email.as_ref().map(|email| email.as_str()),
    );
    // Each of these keys is written after the last of the earlier ones that the file has.
    let mut sibling = "person";
    for (key, before, after) in [name].into_iter().chain(vouched).chain([email]) {
        edits.extend(optional(Route::default(), sibling, key, before.map(Into::into), after.map(Into::into)));
        if after.is_some() {
            sibling = key;
        }
    }
}

/// Adds the edit of a key that may be left out.
fn optional(
    parent: Route<'static>,
    sibling: &'static str,
    key: &'static str,
    before: Option<Value>,
    after: Option<Value>,
) -> Option<Edit> {
    let route = || route_below(&parent, key);
    match (before, after) {
        (before, after) if before == after => None,
        (Some(_), Some(value)) => Some(Edit::Set(route(), value)),
        (Some(_), None) => Some(Edit::Remove(route())),
        (None, Some(value)) => Some(Edit::After { parent, sibling, key, value }),
        (None, None) => None,
    }
}

fn route_below(parent: &Route<'static>, key: &'static str) -> Route<'static> {
    parent.with_key(key)
}

fn edit_entry(number: usize, was: &Grant, now: &Grant, edits: &mut Vec<Edit>) {
    let entry = Route::from(vec![Component::Key("access".into()), Component::Index(number)]);
    // Each of these keys is written after the last of the earlier ones that the file has.
    let mut sibling = GrantField::Application.key();
    for ((field, before), (_, after)) in was.said().into_iter().zip(now.said()) {
        let stays = after.is_some();
        let [before, after] = [before, after].map(|text| text.map(|text| in_entry(field, text)));
        edits.extend(optional(entry.clone(), sibling, field.key(), before, after));
        if stays {
            sibling = field.key();
        }
    }
    edit_each(
        &route_below(&entry, "approved"),
        &approved_by(&was.approval),
        &approved_by(&now.approval),
        edits,
    );
    let mark = |mark: &Option<Revocation>| mark.as_ref().map(revocation);
    block(&entry, "approved", "revoked", (mark(&was.revoked), mark(&now.revoked)), edits);
}

/// Collects an edit for each value of a mapping that changes, so that the comments in the mapping stay. Both mappings
/// have the same keys. Only `contacted` may differ, and it is written after `identity`.
fn edit_each(route: &Route<'static>, was: &Mapping, now: &Mapping, edits: &mut Vec<Edit>) {
    for key in ["by", "on", "identity", "reason", "channel"] {
        if let (Some(before), Some(after)) = (was.get(key), now.get(key))
            && before != after
        {
            edits.push(Edit::Set(route_below(route, key), after.clone()));
        }
    }
    let contacted = |of: &Mapping| of.get("contacted").and_then(Value::as_mapping).cloned();
    block(route, "identity", "contacted", (contacted(was), contacted(now)), edits);
}

/// Adds the edits of a mapping that may be left out.
fn block(
    parent: &Route<'static>,
    sibling: &'static str,
    key: &'static str,
    (before, after): (Option<Mapping>, Option<Mapping>),
    edits: &mut Vec<Edit>,
) {
    match (before, after) {
        (Some(before), Some(after)) => edit_each(&route_below(parent, key), &before, &after, edits),
        (before, after) => {
            let (before, after) = (before.map(Value::Mapping), after.map(Value::Mapping));
            edits.extend(optional(parent.clone(), sibling, key, before, after));
        }
    }
}

/// Returns the bytes of a new file of a person.
///
/// # Errors
/// The file would not say what is wanted. For example, a value has characters that no file may have.
pub fn new_file(path: &FilePath, register: &Register, wanted: &WantedFile) -> Result<Vec<u8>, EditError> {
    let unusual = || EditError::Unusual(None);
    let (_, person) = path.person_parts().ok_or_else(unusual)?;
    let facts = &wanted.facts;
    let mut lines = vec![("person", person), ("name", facts.name.as_str())];
    lines.extend(facts.vouched.said().filter_map(|(fact, value)| Some((fact.key(), value?))));
    lines.extend(facts.email.as_ref().map(|email| ("email", email.as_str())));
    let mut text = String::from("# yaml-language-server: $schema=../../schemas/person.json\n");
    for (key, value) in lines {
        text.push_str(&format!("{key}: {}\n", scalar(&value.into()).ok_or_else(unusual)?));
    }
    text.push_str("access:\n");
    for grant in &wanted.added {
        text.push_str(&item(&in_yaml(grant), 2).ok_or_else(unusual)?);
    }
    let now = parse::person(path, text.as_bytes(), register).map_err(EditError::Otherwise)?;
    let said = WantedFile::of(&now);
    let grants: Vec<Grant> = said.grants.into_values().collect();
    if said.facts == wanted.facts && grants == wanted.added && grants.len() == now.entries.len() {
        return Ok(text.into_bytes());
    }
    let findings = now.entries.into_iter().filter_map(|entry| match entry {
        Entry::Invalid { findings, .. } => Some(findings),
        Entry::Valid { .. } => None,
    });
    Err(EditError::Otherwise(findings.flatten().collect()))
}

#[cfg(test)]
mod tests;
