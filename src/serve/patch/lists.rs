//! The values of a list in the document of a user: added, kept, and changed in a part.

use serde_json::Value;

use crate::document::Object;
use crate::problem::{Problem, ProblemKind};
use crate::schema::Attribute;
use crate::wanted::says_each_value;

/// Makes the error for a value that names nothing of what is kept.
pub(super) fn names_nothing(name: &str) -> Problem {
    let told = format!(
        "the `value` for `{name}` names nothing; each entry says its own `value`, and to remove everything leave `value` out"
    );
    Problem::of(ProblemKind::InvalidValue, told)
}

/// Checks that each entry of a value for a list says its part `value`.
pub(super) fn check_named(attribute: &Attribute, sent: &Value) -> Result<(), Problem> {
    if says_each_value(attribute, sent)? { Ok(()) } else { Err(names_nothing(attribute.name)) }
}

/// Returns whether two values of a list are the same. They are compared by their part `value`, if both have one.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one.get("value"), other.get("value")) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// Adds a value to a list that does not have it.
pub(super) fn append(user: &mut Object, name: &str, value: Value) {
    let there = user.entry(name).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(there) = there
        && !there.iter().any(|known| same(known, &value))
    {
        there.push(value);
    }
}

/// Keeps some values of a list. A list that becomes empty is removed.
pub(super) fn retain(user: &mut Object, name: &str, kept: impl Fn(&Value) -> bool) {
    if let Some(Value::Array(values)) = user.get_mut(name) {
        values.retain(|value| kept(value));
        if values.is_empty() {
            user.remove(name);
        }
    }
}

/// Sets one part of a value, or takes it away.
pub(super) fn set(there: &mut Value, sub: &Attribute, new: Option<&Value>) {
    if let Value::Object(there) = there {
        match new {
            Some(new) => there.insert(sub.name.to_owned(), new.clone()),
            None => there.remove(sub.name),
        };
    }
}
