//! This module knows whether a message closes an account, whatever else the message says.
//!
//! The question is asked when the message as a whole was refused, and when a later part of it would open the account
//! again. So names that stand twice are all read, and parts that cannot be understood are passed over.

use scim_v2::filter::PatchPath;
use serde_json::Value;

use super::USER;
use super::document::Object;
use super::filter;
use super::members::{all_named, each_member};
use super::schema::{self, Home};
use super::wanted::{core_name, shaped};

const ACTIVE: &str = "active";

/// Returns whether a whole user (PUT) is one that is not active.
pub(super) fn user_closes(message: &Value) -> bool {
    message.as_object().is_some_and(says_inactive)
}

/// Returns whether an operation of a PATCH message sets `active` to false.
pub(super) fn patch_closes(message: &Value) -> bool {
    let lists = if message.is_array() { vec![message] } else { all_named(message, "Operations") };
    lists.into_iter().filter_map(Value::as_array).flatten().any(operation_closes)
}

fn operation_closes(operation: &Value) -> bool {
    let sets = |act: &str| act.eq_ignore_ascii_case("add") || act.eq_ignore_ascii_case("replace");
    if !all_named(operation, "op").into_iter().filter_map(Value::as_str).any(sets) {
        return false;
    }
    let paths = all_named(operation, "path");
    let whole = paths.is_empty() || paths.iter().any(|path| is_whole_user(path));
    let active = paths.iter().any(|path| is_active(path));
    all_named(operation, "value")
        .into_iter()
        .any(|value| (whole && value.as_object().is_some_and(says_inactive)) || (active && is_false(value)))
}

/// Returns whether the path of an operation stands for the whole user.
fn is_whole_user(path: &Value) -> bool {
    match path {
        Value::Null => true,
        Value::String(path) => path.is_empty() || path.eq_ignore_ascii_case(USER),
        _ => false,
    }
}

/// Returns whether the path of an operation leads to `active`.
fn is_active(path: &Value) -> bool {
    let Some(path) = path.as_str() else { return false };
    let Ok(PatchPath::Attr(path)) = filter::spaced(path).parse() else { return false };
    filter::find_spot(&path).is_some_and(|spot| spot.home == Home::Core && spot.attribute.name == ACTIVE)
}

/// Returns whether one of the members sets `active` to false. Some clients write the attributes into an object under
/// the name of the core schema.
fn says_inactive(members: &Object) -> bool {
    each_member(members).any(|(name, value)| {
        (core_name(name).eq_ignore_ascii_case(ACTIVE) && is_false(value))
            || (name.eq_ignore_ascii_case(USER) && value.as_object().is_some_and(says_inactive))
    })
}

fn is_false(value: &Value) -> bool {
    let attribute = schema::find_attribute(schema::CORE, ACTIVE);
    let read = attribute.and_then(|attribute| shaped(attribute, value).ok().flatten());
    read == Some(Value::Bool(false))
}
