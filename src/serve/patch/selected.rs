//! An operation on those values of a list that a filter selects.

use serde_json::Value;

use super::lists::{append, check_named, retain, set};
use super::{Act, something};
use crate::document::Object;
use crate::filter::Test;
use crate::problem::{Problem, ProblemKind};
use crate::schema::Attribute;
use crate::wanted::{shaped, shaped_one};

/// The values of a list that a filter selects.
#[derive(Clone, Copy)]
pub(super) struct Selected<'p> {
    pub(super) attribute: &'static Attribute,
    pub(super) test: &'p Test,
    pub(super) sub: Option<&'static Attribute>,
    pub(super) path: &'p str,
}

/// Does an operation on the selected values.
pub(super) fn matching(
    user: &mut Object,
    act: Act,
    selected: Selected<'_>,
    value: Option<&Value>,
) -> Result<(), Problem> {
    let Selected { attribute, test, sub, path } = selected;
    let chosen = |value: &Value| value.as_object().is_some_and(|value| test.matches(value));
    let found = matches!(user.get(attribute.name), Some(Value::Array(values)) if values.iter().any(chosen));
    if !found && act != Act::Add {
        return Err(Problem::of(ProblemKind::NoTarget, format!("nothing matches `{path}`")));
    }
    if act == Act::Remove && sub.is_none() {
        retain(user, attribute.name, |value| !chosen(value));
        return Ok(());
    }
    let new = match (act, sub) {
        (Act::Remove, _) => None,
        (_, Some(sub)) => value.map(|value| shaped(sub, value)).transpose()?.flatten(),
        (_, None) => {
            let new = value.map(|value| shaped_one(attribute, value)).transpose()?.flatten();
            let new = something(attribute.name, value, new)?;
            // An entry that is replaced by one without a value would be gone. Null says so openly.
            if let (Act::Replace, Some(value)) = (act, value) {
                check_named(attribute, value)?;
            }
            new
        }
    };
    if !found {
        let mut made: Object =
            test.equalities().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        match (sub, new) {
            (Some(sub), Some(new)) => {
                made.insert(sub.name.to_owned(), new);
            }
            (None, Some(Value::Object(new))) => made.extend(new),
            _ => return Ok(()),
        }
        append(user, attribute.name, Value::Object(made));
        return Ok(());
    }
    if let Some(Value::Array(values)) = user.get_mut(attribute.name) {
        for there in values.iter_mut().filter(|value| chosen(value)) {
            match (sub, &new, act) {
                (Some(sub), new, _) => set(there, sub, new.as_ref()),
                (None, Some(Value::Object(new)), Act::Add) => {
                    if let Value::Object(there) = there {
                        there.extend(new.clone());
                    }
                }
                (None, Some(new), _) => *there = new.clone(),
                (None, None, _) => *there = Value::Null,
            }
        }
    }
    // An entry without the part `value` is removed.
    retain(user, attribute.name, |value| value.get("value").is_some());
    Ok(())
}
