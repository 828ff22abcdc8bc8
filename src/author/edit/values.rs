//! Writes the content of an access as YAML, in lines of its own or in one line, as the person began it.

use portvakt_core::model::{Approval, Grant, GrantField, Identity, Revocation};
use yaml_serde::{Mapping, Value};

/// Writes a mapping in one line, as in `{by: kari.testesen, on: 2026-01-31}`.
pub(super) fn in_one_line(of: &Mapping) -> Option<String> {
    let inner = of.iter().map(|(key, value)| {
        let value = match value {
            Value::Mapping(inner) => in_one_line(inner)?,
            other => scalar_in_line(other)?,
        };
        Some(format!("{}: {value}", key.as_str()?))
    });
    Some(format!("{{{}}}", inner.collect::<Option<Vec<_>>>()?.join(", ")))
}

/// Writes a simple value, with quotation marks if YAML needs them.
pub(super) fn scalar(value: &Value) -> Option<String> {
    let text = yaml_serde::to_string(value).ok()?;
    let text = text.trim_end_matches('\n');
    (!text.contains('\n')).then(|| text.to_owned())
}

/// Writes a simple value for a mapping that is written in one line. The value is also quoted if it holds a character
/// that would end it there.
pub(super) fn scalar_in_line(value: &Value) -> Option<String> {
    let text = scalar(value)?;
    if text.starts_with(['"', '\'']) || !text.contains([',', '{', '}', '[', ']']) {
        return Some(text);
    }
    Some(format!("'{}'", text.replace('\'', "''")))
}

pub(super) fn revocation(mark: &Revocation) -> Mapping {
    mapping([
        ("on", mark.on.to_string().into()),
        ("by", mark.by.as_str().into()),
        ("reason", mark.reason.as_str().into()),
    ])
}

pub(super) fn approved_by(approval: &Approval) -> Mapping {
    let (word, contacted) = match &approval.identity {
        Identity::Known => ("known", None),
        Identity::Uncertain => ("uncertain", None),
        Identity::Contacted { channel, on } => {
            let contacted = mapping([("channel", channel.as_str().into()), ("on", on.to_string().into())]);
            ("contacted", Some(("contacted", Value::Mapping(contacted))))
        }
    };
    let lines = [
        ("by", approval.by.as_str().into()),
        ("on", approval.on.to_string().into()),
        ("identity", word.into()),
    ];
    mapping(lines.into_iter().chain(contacted))
}

pub(super) fn in_yaml(grant: &Grant) -> Mapping {
    let said =
        grant.said().into_iter().filter_map(|(field, value)| Some((field.key(), in_entry(field, value?))));
    let approved = ("approved", Value::Mapping(approved_by(&grant.approval)));
    let revoked = grant.revoked.as_ref().map(|mark| ("revoked", Value::Mapping(revocation(mark))));
    mapping(said.chain([approved]).chain(revoked))
}

/// Returns a value of an entry in the file's type. The number of a unit is a number there, and everything else is text.
pub(super) fn in_entry(field: GrantField, text: String) -> Value {
    match (field, text.parse::<u32>()) {
        (GrantField::Unit, Ok(number)) => number.into(),
        _ => text.into(),
    }
}

fn mapping(lines: impl IntoIterator<Item = (&'static str, Value)>) -> Mapping {
    lines.into_iter().map(|(key, value)| (Value::from(key), value)).collect()
}

/// Returns the lines of a list's entry. `dash` is the number of spaces before its dash.
pub(super) fn item(entry: &Mapping, dash: usize) -> Option<String> {
    let text = mapping_lines(entry, dash + 2)?;
    let mut margin = " ".repeat(dash);
    margin.push_str("- ");
    Some([&margin, text.get(dash + 2..)?].concat())
}

/// Returns the lines of a mapping, each with this number of spaces before it.
pub(super) fn mapping_lines(of: &Mapping, margin: usize) -> Option<String> {
    let mut text = String::new();
    for (key, value) in of {
        text.push_str(&" ".repeat(margin));
        text.push_str(key.as_str()?);
        match value {
            Value::Mapping(inner) => {
                text.push_str(":\n");
                text.push_str(&mapping_lines(inner, margin + 2)?);
            }
            other => text.push_str(&format!(": {}\n", scalar(other)?)),
        }
    }
    Some(text)
}
