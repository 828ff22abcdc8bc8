//! Reads the files of the policies as text, and the schema.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy::{CedarSchemaError, Schema, SchemaError, SchemaFragment};
use serde_json::Value;

use super::super::place::{PolicyText, about};
use crate::characters::not_text;
use crate::diag::{Finding, text};
use crate::invisible::hidden_in;
use crate::model::FilePath;
use crate::unmerged;
use crate::unmerged::first_mark;

/// Reads a file as text. A file that is missing, or is not text that people can read, is a finding.
pub(super) fn policy_text(
    files: &BTreeMap<FilePath, Arc<[u8]>>,
    path: &'static str,
    findings: &mut Vec<Finding>,
) -> Option<PolicyText> {
    let path = FilePath::new(path);
    let Some(bytes) = files.get(&path) else {
        findings.push(about(&path, text!(en: "this file is missing", nb: "denne filen mangler")));
        return None;
    };
    let Ok(words) = std::str::from_utf8(bytes) else {
        findings.push(about(&path, not_text()));
        return None;
    };
    let text = PolicyText { path, words: words.to_owned() };
    if let Some(mark) = first_mark(words) {
        let (message, way_out) = unmerged::message_and_way_out();
        let mut finding = text.finding(message, mark.start, mark.end);
        finding.way_out = way_out.and(std::mem::take(&mut finding.way_out));
        findings.push(finding);
        return None;
    }
    // An invisible character could make a policy look different in a review from what it decides.
    if let Some((at, hidden)) = hidden_in(words).find(|(_, letter)| !matches!(letter, '\n' | '\r' | '\t')) {
        let message = text!(
            en: "an invisible character, U+{code:04X}, stands here",
            nb: "her står et usynlig tegn, U+{code:04X}";
            code = u32::from(hidden)
        );
        findings.push(text.finding(message, at, at + hidden.len_utf8()));
    }
    Some(text)
}

/// A schema, and the same in Cedar's own form if it can be written so.
type SchemaAndForm = (Schema, Option<Value>);

/// Reads the schema, with everything that Cedar reports about it.
pub(super) fn read_schema(text: &PolicyText, findings: &mut Vec<Finding>) -> Option<SchemaAndForm> {
    let mut read = || -> Result<SchemaAndForm, CedarSchemaError> {
        let (fragment, warnings) = SchemaFragment::from_cedarschema_str(&text.words)?;
        findings.extend(warnings.flat_map(|warning| text.reported(&warning)));
        let schema = Schema::from_schema_fragments([fragment.clone()])?;
        Ok((schema, fragment.to_json_value().ok()))
    };
    match read() {
        Ok(read) => Some(read),
        Err(error @ CedarSchemaError::Schema(SchemaError::TypeNotDefined(_))) => {
            findings.extend(undefined_types(text, &error));
            None
        }
        Err(error) => {
            let reported = text.reported_beside(&error, findings);
            findings.extend(reported);
            None
        }
    }
}

/// Finds types that are declared nowhere. Cedar reports them all in one message, in an order and at a place that
/// differ from run to run. Here each type gets its own finding, at the first place it is used.
fn undefined_types(text: &PolicyText, error: &CedarSchemaError) -> Vec<Finding> {
    let message = error.to_string();
    let listed = message.split_once(": ").map_or("", |(_, names)| names);
    let names: BTreeSet<&str> = listed.split(", ").filter(|name| !name.is_empty()).collect();
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let told = |name: &str| {
        let whole = |start: &usize| {
            let before = text.words.get(..*start).is_some_and(|before| before.ends_with(is_word));
            let after = text.words.get(start + name.len()..).is_some_and(|after| after.starts_with(is_word));
            !before && !after
        };
        let start = text.words.match_indices(name).map(|(start, _)| start).find(whole).unwrap_or_default();
        let message = text!(en: "the type `{name}` is declared nowhere", nb: "typen `{name}` er ikke deklarert noe sted");
        text.finding(message, start, start + name.len())
    };
    names.into_iter().map(told).collect()
}
