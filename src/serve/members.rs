//! This module reads a message so that no part of it is lost, and knows when a name stands twice.
//!
//! JSON lets an object repeat a name, and SCIM compares the names of attributes without regard to case and without the
//! schema in front of them (RFC 7643 section 2.1). So `active`, `ACTIVE` and `urn:…:core:2.0:User:active` are one name.
//! A message that says a name twice in one object does not say which value counts. It is refused, and neither value is
//! used. Only a closing counts wherever it stands, so that repeated values are kept until it has been looked for.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::USER;
use super::document::Object;
use super::problem::{Problem, ProblemKind};
use super::wanted::{core_name, is_extension, own_name};

/// The end of a name under which the further values of a repeated name are kept, as a list. No name that was sent
/// contains it.
const REPEATED: char = '\0';

/// A JSON value whose objects keep all values of a repeated name.
struct WholeJson(Value);

impl<'de> Deserialize<'de> for WholeJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor).map(WholeJson)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sent: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(WholeJson(value)) = sent.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut sent: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, WholeJson(value))) = sent.next_entry::<String, WholeJson>()? {
            let name = name.replace(REPEATED, "\u{fffd}");
            if !object.contains_key(&name) {
                object.insert(name, value);
                continue;
            }
            let further =
                object.entry(format!("{name}{REPEATED}")).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(further) = further {
                further.push(value);
            }
        }
        Ok(Value::Object(object))
    }
}

/// Reads a message. Values of a name that is repeated in one object are all kept.
pub(super) fn read_whole(bytes: &[u8]) -> Result<Value, Problem> {
    let WholeJson(value) = serde_json::from_slice(bytes)
        .map_err(|error| Problem::of(ProblemKind::InvalidSyntax, format!("the body is not JSON: {error}")))?;
    Ok(value)
}

/// Lists the members of an object, with every value of a repeated name.
pub(super) fn each_member(object: &Object) -> impl Iterator<Item = (&str, &Value)> {
    object.iter().flat_map(|(name, value)| match (name.strip_suffix(REPEATED), value) {
        (Some(name), Value::Array(values)) => values.iter().map(|value| (name, value)).collect::<Vec<_>>(),
        _ => vec![(name.as_str(), value)],
    })
}

/// Lists all values that an object has under a name. The case of the name does not matter.
pub(super) fn all_named<'v>(message: &'v Value, name: &str) -> Vec<&'v Value> {
    let Some(object) = message.as_object() else { return Vec::new() };
    each_member(object)
        .filter(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
        .collect()
}

/// The names that an object says. `true` marks a name of the extension.
type NamesSaid = BTreeSet<(bool, String)>;

/// Refuses a message in which an object says a name twice, at any depth.
pub(super) fn check_said_once(message: &Value) -> Result<(), Problem> {
    match message {
        Value::Object(object) => names_below(object, false, &mut NamesSaid::new()),
        Value::Array(values) => values.iter().try_for_each(check_said_once),
        _ => Ok(()),
    }
}

/// Refuses an object that says a name twice. What its values contain does not matter.
pub(super) fn check_own_names(object: &Object) -> Result<(), Problem> {
    let mut seen = NamesSaid::new();
    object.keys().try_for_each(|name| note_name(name, false, &mut seen))
}

fn note_name(name: &str, own: bool, seen: &mut NamesSaid) -> Result<(), Problem> {
    let bare = name.trim_end_matches(REPEATED);
    if seen.insert((own, core_name(bare).to_ascii_lowercase())) && bare == name {
        return Ok(());
    }
    let told = format!("`{bare}` is said twice in one object, and it is not clear which one counts");
    Err(Problem::of(ProblemKind::InvalidSyntax, told))
}

/// Notes the names of an object. The parts of the extension, and of an object under the name of the core schema, are
/// names of the user itself, because they may also be written with the schema in front of them.
fn names_below(object: &Object, own: bool, seen: &mut NamesSaid) -> Result<(), Problem> {
    for (name, value) in object {
        match own_name(name) {
            Some(rest) => note_name(rest, true, seen)?,
            None => note_name(name, own, seen)?,
        }
        match value {
            Value::Object(parts) if is_extension(name) => names_below(parts, true, seen)?,
            Value::Object(parts) if name.eq_ignore_ascii_case(USER) => names_below(parts, false, seen)?,
            value => check_said_once(value)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::EXTENSION;

    #[test]
    fn every_value_of_a_repeated_name_is_kept_and_told() {
        let sent = read_whole(br#"{"a": 1, "a": [2], "A": 3, "a": null, "b": {"c": 1.5, "c": -1}}"#).unwrap();
        // A map may have its names in any order.
        let mut of_both = all_named(&sent, "a").iter().map(ToString::to_string).collect::<Vec<_>>();
        of_both.sort();
        assert_eq!(of_both, ["1", "3", "[2]", "null"]);
        assert_eq!(all_named(&sent["b"], "C"), [&json!(1.5), &json!(-1)]);
        assert!(read_whole(b"{").is_err());
        // A name that was sent with the mark is another name.
        let sent = read_whole(br#"{"a": 1, "a\u0000": [2]}"#).unwrap();
        assert_eq!(all_named(&sent, "a"), [&json!(1)]);
        assert_eq!(check_said_once(&sent), Ok(()));
    }

    #[test]
    fn names_are_compared_as_the_standard_compares_them() {
        let own = EXTENSION;
        for twice in [
            json!({ "active": false, "Active": true }),
            json!({ "active": false, format!("{USER}:ACTIVE"): true }),
            json!({ "active": false, USER: { "active": true } }),
            json!({ "name": { "formatted": "a", "Formatted": "b" } }),
            json!({ "Operations": [{ "value": { "roles": [], "Roles": [] } }] }),
            json!([[{ "a": 1, "A": 1 }]]),
            json!({ own: { "reference": "a" }, format!("{own}:Reference"): "b" }),
            json!({ own: {}, own.to_uppercase(): {} }),
            read_whole(br#"{"a": {"b": 1, "b": 1}}"#).unwrap(),
        ] {
            assert!(check_said_once(&twice).is_err(), "{twice}");
        }
        for once in [
            json!({ "value": "a", "members": [{ "value": "a" }, { "value": "a" }], "name": { "value": 1 } }),
            json!({ "schemas": [], own: { "schemas": [] } }),
            json!({ "displayName": "a", "name": { "displayName": "b" } }),
        ] {
            assert_eq!(check_said_once(&once), Ok(()), "{once}");
        }
    }
}
