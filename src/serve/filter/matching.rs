//! This module tests a filter on one document. The test cannot fail, because a filter that does not fit the schema
//! was refused when it was read.

use std::cmp::Ordering;

use jiff::Timestamp;
use scim_v2::filter::CompareOp;
use serde_json::Value;

use super::super::EXTENSION;
use super::super::document::Object;
use super::super::schema::{Attribute, Home, LetterCase, Plural};
use super::{Needle, Node, Spot};

/// Returns the values at one position of this document.
pub(crate) fn values(spot: Spot, document: &Object) -> Vec<&Value> {
    let home = match spot.home {
        Home::Core => Some(document),
        Home::Extension => document.get(EXTENSION).and_then(Value::as_object),
    };
    let found = home.and_then(|home| home.get(spot.attribute.name));
    let several = match (found, spot.attribute.plural) {
        (Some(Value::Array(several)), Plural::Many) => several.iter().collect(),
        (Some(one), _) => vec![one],
        (None, _) => Vec::new(),
    };
    match spot.sub {
        None => several,
        Some(sub) => several.into_iter().filter_map(|value| value.get(sub.name)).collect(),
    }
}

pub(super) fn matches(node: &Node, document: &Object) -> bool {
    match node {
        Node::All(all) => all.iter().all(|node| matches(node, document)),
        Node::Any(any) => any.iter().any(|node| matches(node, document)),
        Node::Not(inner) => !matches(inner, document),
        Node::Present(spot) => values(*spot, document).into_iter().any(present),
        Node::Compare(spot, op, needle) => {
            let attribute = spot.sub.unwrap_or(spot.attribute);
            let values = values(*spot, document);
            if values.is_empty() {
                return match (op, needle) {
                    (CompareOp::Eq, Needle::Null) => true,
                    (CompareOp::Ne, Needle::Null) => false,
                    (CompareOp::Ne, _) => true,
                    _ => false,
                };
            }
            values.into_iter().any(|value| compare(attribute, value, op, needle))
        }
        Node::Within(spot, inner) => values(*spot, document)
            .into_iter()
            .filter_map(Value::as_object)
            .any(|value| matches(inner, value)),
    }
}

fn present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => values.iter().any(present),
        Value::Object(parts) => parts.values().any(present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compare(attribute: &Attribute, value: &Value, op: &CompareOp, needle: &Needle) -> bool {
    let order = match (value, needle) {
        (Value::Bool(value), Needle::Bool(needle)) => Some(value.cmp(needle)),
        (Value::Number(value), Needle::Number(needle)) => {
            value.as_f64().and_then(|value| value.partial_cmp(needle))
        }
        (Value::String(value), Needle::Time(needle)) => {
            value.parse::<Timestamp>().ok().map(|value| value.cmp(needle))
        }
        (Value::String(value), Needle::Text { folded: needle, .. }) => {
            let value = cased(attribute, value);
            match op {
                CompareOp::Co => return value.contains(needle.as_str()),
                CompareOp::Sw => return value.starts_with(needle.as_str()),
                CompareOp::Ew => return value.ends_with(needle.as_str()),
                _ => Some(value.as_str().cmp(needle)),
            }
        }
        _ => None,
    };
    match op {
        CompareOp::Eq => order == Some(Ordering::Equal),
        CompareOp::Ne => order != Some(Ordering::Equal),
        CompareOp::Gt => order == Some(Ordering::Greater),
        CompareOp::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        CompareOp::Lt => order == Some(Ordering::Less),
        CompareOp::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => false,
    }
}

/// Returns a text in the form in which it is compared.
pub(super) fn cased(attribute: &Attribute, text: &str) -> String {
    if attribute.case == LetterCase::Exact { text.to_owned() } else { text.to_lowercase() }
}
