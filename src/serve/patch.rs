//! This module does PATCH (RFC 7644 section 3.5.2) on the document of a user. Either all operations are done or none,
//! except that a closing is never undone by its neighbours (`closing.rs`).
//!
//! The RFC leaves some cases open. They are decided as follows. `add` with a value filter that matches nothing makes
//! the value that the filter asks for. `remove` with a `value` removes these values and no others. `replace` and
//! `remove` with a filter that matches nothing are `noTarget`. Each operation must fit the schema (section 3.5.2). So
//! a target of which this register keeps nothing is refused, both in a path and in a value. Other parts of the
//! standard are left out only if they are sent beside a part that is kept. A member of a value may be a path. A
//! read-only attribute may be sent along only if its value is unchanged.

mod lists;
mod selected;

use portvakt_stores::scim::PATCH_MESSAGE;
use scim_v2::filter::PatchPath;
use serde_json::{Map, Value};

use super::document::Object;
use super::filter;
use super::members::{check_own_names, check_said_once};
use super::problem::{Problem, ProblemKind};
use super::schema::{self, Attribute, Home, Mutability, Plural, Type};
use super::standard;
use super::wanted::{
    check_schema_listed, core_name, find_member, is_extension, not_in_extension, operations, shaped,
};
use super::{EXTENSION, USER};

use lists::{append, check_named, names_nothing, retain, same, set};
use selected::{Selected, matching};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Add,
    Remove,
    Replace,
}

/// One operation of a PATCH message.
#[derive(Debug, Clone, Copy)]
struct PatchOperation<'m> {
    act: Act,
    path: Option<&'m str>,
    value: Option<&'m Value>,
}

/// Applies a PATCH message to the document of a user. A bulk request may send only the list of operations, as in the
/// example of RFC 7644 section 3.7.
pub(super) fn apply(user: &mut Object, message: &Value) -> Result<(), Problem> {
    let operations = match message {
        Value::Array(operations) => operations,
        message => {
            check_schema_listed(message, PATCH_MESSAGE)?;
            operations(message)?
        }
    };
    if operations.is_empty() {
        return Err(malformed("`Operations` is empty"));
    }
    for operation in operations {
        apply_operation(user, &patch_operation(operation)?)?;
    }
    Ok(())
}

/// Applies the operations of a PATCH message that can be applied, one at a time. Of an operation without a path, it
/// applies one member at a time. An operation that says a name twice is left out.
pub(super) fn what_can_be_done(user: &mut Object, message: &Value) {
    if message.as_object().is_some_and(|message| check_own_names(message).is_err()) {
        return;
    }
    let operations =
        message.as_array().or_else(|| find_member(message, "Operations").and_then(Value::as_array));
    for operation in operations.into_iter().flatten().filter(|operation| check_said_once(operation).is_ok()) {
        let Ok(operation) = patch_operation(operation) else { continue };
        let members: Vec<Value> = match (operation.path, operation.value) {
            (None, Some(Value::Object(members))) => {
                let alone = |(name, value): (&String, &Value)| {
                    Value::Object([(name.clone(), value.clone())].into_iter().collect())
                };
                members.iter().map(alone).collect()
            }
            (_, value) => {
                attempt(user, &PatchOperation { value, ..operation });
                continue;
            }
        };
        for member in &members {
            attempt(user, &PatchOperation { value: Some(member), ..operation });
        }
    }
}

/// Does one operation, or changes nothing.
fn attempt(user: &mut Object, operation: &PatchOperation<'_>) {
    let mut tried = user.clone();
    if apply_operation(&mut tried, operation).is_ok() {
        *user = tried;
    }
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::of(ProblemKind::InvalidSyntax, detail)
}

fn patch_operation(operation: &Value) -> Result<PatchOperation<'_>, Problem> {
    let act =
        match find_member(operation, "op").and_then(Value::as_str).map(str::to_ascii_lowercase).as_deref() {
            Some("add") => Act::Add,
            Some("remove") => Act::Remove,
            Some("replace") => Act::Replace,
            _ => return Err(malformed("`op` must be `add`, `remove` or `replace`")),
        };
    let path = match find_member(operation, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path.as_str()).filter(|path| !path.is_empty()),
        Some(_) => return Err(Problem::of(ProblemKind::InvalidPath, "`path` must be a text")),
    };
    Ok(PatchOperation { act, path, value: find_member(operation, "value") })
}

fn apply_operation(user: &mut Object, operation: &PatchOperation<'_>) -> Result<(), Problem> {
    let PatchOperation { act, path, value } = *operation;
    let value = match (act, value) {
        (Act::Remove, value) => value,
        (_, None) => return Err(Problem::of(ProblemKind::InvalidValue, "`value` is missing")),
        (_, some) => some,
    };
    let path = path.filter(|path| !path.eq_ignore_ascii_case(USER));
    match (path, value) {
        (None, _) if act == Act::Remove => {
            Err(Problem::of(ProblemKind::NoTarget, "`remove` needs a `path`: what is to be removed?"))
        }
        (None, Some(Value::Object(values))) => apply_to_each_member(user, act, values),
        (None, _) => {
            Err(Problem::of(ProblemKind::InvalidValue, "without a `path`, `value` must be an object"))
        }
        (Some(path), value) if is_extension(path) => extension(user, act, value),
        (Some(path), value) => at(user, act, path, value),
    }
}

fn read_only(name: &str) -> Problem {
    Problem::of(ProblemKind::Mutability, format!("`{name}` is kept by the register and cannot be changed"))
}

/// Does an operation without a path. Each member of its value is a target.
fn apply_to_each_member(user: &mut Object, act: Act, values: &Object) -> Result<(), Problem> {
    for (name, value) in values {
        if is_extension(name) {
            extension(user, act, Some(value))?;
        } else if let Some((_, attribute)) = schema::of_user(None, core_name(name)) {
            if attribute.mutability == Mutability::ReadWrite {
                apply_to_attribute(user, act, attribute, Some(value))?;
            } else if attribute.name != "schemas" && user.get(attribute.name) != Some(value) {
                return Err(read_only(name));
            }
        } else if is_path(name) {
            // Some clients write a path such as `emails[type eq "work"].value` as the name of a member.
            at(user, act, name, Some(value))?;
        } else {
            standard::target(name, value)?;
        }
    }
    Ok(())
}

/// Returns the part of a value that is kept for a target. It is an error if something was sent and nothing of it is
/// kept.
fn something(name: &str, sent: Option<&Value>, kept: Option<Value>) -> Result<Option<Value>, Problem> {
    if kept.is_none() && sent.is_some_and(standard::asks) {
        return Err(standard::not_kept(name));
    }
    Ok(kept)
}

/// Returns whether a text is a path to something that users of this register have.
fn is_path(name: &str) -> bool {
    match filter::spaced(name).parse() {
        Ok(PatchPath::Attr(path)) => filter::find_spot(&path).is_some(),
        Ok(PatchPath::Value(path)) => filter::find_spot(&path.attr).is_some(),
        Err(_) => false,
    }
}

/// Does an operation on the whole extension. The read-only attributes of the register always stay.
fn extension(user: &mut Object, act: Act, value: Option<&Value>) -> Result<(), Problem> {
    let own = home(user, Home::Extension)?;
    match (act, value) {
        (Act::Remove, Some(value)) if !standard::asks(value) => Err(names_nothing(EXTENSION)),
        (Act::Remove, None) | (Act::Replace, Some(Value::Null)) => {
            own.retain(|name, _| schema::find_attribute(schema::OWN, name).is_some_and(is_kept));
            Ok(())
        }
        (_, Some(Value::Object(values))) => {
            for (name, value) in values {
                match schema::find_attribute(schema::OWN, name) {
                    Some(attribute) if !is_kept(attribute) => {
                        apply_to_attribute(own, act, attribute, Some(value))?
                    }
                    Some(attribute) if own.get(attribute.name) != Some(value) => return Err(read_only(name)),
                    Some(_) => {}
                    None if standard::is_schema_of_extension(name, value) => {}
                    None => return Err(not_in_extension(name)),
                }
            }
            Ok(())
        }
        _ => Err(Problem::of(ProblemKind::InvalidValue, "the `value` for an extension must be an object")),
    }
}

fn is_kept(attribute: &Attribute) -> bool {
    attribute.mutability == Mutability::ReadOnly
}

/// Returns the part of a user that contains an attribute.
fn home(user: &mut Object, home: Home) -> Result<&mut Object, Problem> {
    if home == Home::Core {
        return Ok(user);
    }
    let own = user.entry(EXTENSION).or_insert_with(|| Value::Object(Map::new()));
    own.as_object_mut().ok_or_else(|| Problem::of(ProblemKind::InvalidPath, "the extension is no object"))
}

/// Does an operation at a path.
fn at(user: &mut Object, act: Act, path: &str, value: Option<&Value>) -> Result<(), Problem> {
    let no_path =
        || Problem::of(ProblemKind::InvalidPath, format!("`{path}` is no path to anything a user has"));
    let parsed: PatchPath = filter::spaced(path).parse().map_err(|_| no_path())?;
    let (target, filter, sub) = match &parsed {
        PatchPath::Attr(attr) => (attr, None, None),
        PatchPath::Value(value) => (&value.attr, Some(&value.filter), value.sub_attr.as_deref()),
    };
    let spot = filter::find_spot(target).ok_or_else(no_path)?;
    let attribute = spot.attribute;
    let sub = match (spot.sub, sub) {
        (Some(_), Some(_)) => return Err(no_path()),
        (Some(sub), None) => Some(sub),
        (None, Some(name)) => Some(schema::find_attribute(attribute.sub, name).ok_or_else(no_path)?),
        (None, None) => None,
    };
    if is_kept(attribute) || sub.is_some_and(is_kept) {
        return Err(read_only(path));
    }
    let user = home(user, spot.home)?;
    match (filter, sub) {
        (Some(filter), sub) => {
            if attribute.plural == Plural::One || spot.sub.is_some() {
                return Err(no_path());
            }
            let test = filter::within(attribute, filter)?;
            matching(user, act, Selected { attribute, test: &test, sub, path }, value)
        }
        (None, None) => apply_to_attribute(user, act, attribute, value),
        (None, Some(sub)) => apply_to_part(user, act, attribute, sub, value),
    }
}

/// Does an operation on the whole of one attribute.
fn apply_to_attribute(
    user: &mut Object,
    act: Act,
    attribute: &Attribute,
    value: Option<&Value>,
) -> Result<(), Problem> {
    let name = attribute.name;
    if act == Act::Remove {
        return match value {
            Some(value) => take_away(user, attribute, value),
            None => clear(user, attribute),
        };
    }
    let sent = value.map(|value| shaped(attribute, value)).transpose()?.flatten();
    let sent = something(name, value, sent)?;
    if let Some(value) = value {
        check_named(attribute, value)?;
    }
    match (sent, act, attribute.kind, attribute.plural) {
        (None, Act::Replace, ..) => clear(user, attribute),
        // There is nothing to add.
        (None, ..) => Ok(()),
        (Some(Value::Array(new)), Act::Add, ..) => {
            for value in new {
                append(user, name, value);
            }
            Ok(())
        }
        (Some(Value::Object(new)), _, Type::Complex, Plural::One) => {
            let there = user.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(there) = there {
                there.extend(new);
            }
            // A part that is sent as null is removed.
            let nulls =
                value.and_then(Value::as_object).into_iter().flatten().filter(|(_, value)| value.is_null());
            for sub in nulls.filter_map(|(name, _)| schema::find_attribute(attribute.sub, name)) {
                apply_to_part(user, Act::Remove, attribute, sub, None)?;
            }
            Ok(())
        }
        (Some(new), ..) => {
            user.insert(name.to_owned(), new);
            Ok(())
        }
    }
}

/// Removes what a value names, and no more. A value that names nothing is refused: the client expects an effect, and
/// everything that stands there is not it.
fn take_away(user: &mut Object, attribute: &Attribute, value: &Value) -> Result<(), Problem> {
    let name = attribute.name;
    match (shaped(attribute, value)?, attribute.plural) {
        (Some(Value::Array(gone)), Plural::Many) => {
            check_named(attribute, value)?;
            retain(user, name, |value| !gone.iter().any(|gone| same(value, gone)));
            Ok(())
        }
        (_, Plural::Many) => Err(names_nothing(name)),
        (Some(gone), Plural::One) if !attribute.required && user.get(name).is_some_and(|it| *it != gone) => {
            Err(Problem::of(
                ProblemKind::NoTarget,
                format!("`{name}` has another value than the one to remove"),
            ))
        }
        (_, Plural::One) => clear(user, attribute),
    }
}

fn clear(user: &mut Object, attribute: &Attribute) -> Result<(), Problem> {
    if attribute.required {
        let told = format!("`{}` is required and cannot be taken away", attribute.name);
        return Err(Problem::of(ProblemKind::Mutability, told));
    }
    user.remove(attribute.name);
    Ok(())
}

/// Does an operation on one part of an attribute. If the attribute has several values, the part changes in all of
/// them.
fn apply_to_part(
    user: &mut Object,
    act: Act,
    attribute: &Attribute,
    sub: &Attribute,
    value: Option<&Value>,
) -> Result<(), Problem> {
    let sent = value.map(|value| shaped(sub, value)).transpose()?.flatten();
    let (new, gone) = match act {
        Act::Remove if value.is_some() && sent.is_none() => return Err(names_nothing(sub.name)),
        Act::Remove => (None, sent),
        Act::Add | Act::Replace => (sent, None),
    };
    // Where a value is to be removed, only the part with this value goes.
    let is_meant = |there: &Value| gone.as_ref().is_none_or(|gone| there.get(sub.name) == Some(gone));
    if new.is_some() && !user.contains_key(attribute.name) {
        let empty = Value::Object(Map::new());
        let empty = if attribute.plural == Plural::Many { Value::Array(vec![empty]) } else { empty };
        user.insert(attribute.name.to_owned(), empty);
    }
    match user.get_mut(attribute.name) {
        Some(Value::Array(values)) => {
            let meant = values.iter_mut().filter(|there| is_meant(there));
            meant.for_each(|there| set(there, sub, new.as_ref()));
        }
        Some(one) => {
            if is_meant(one) {
                set(one, sub, new.as_ref());
            }
            if one.as_object().is_some_and(Map::is_empty) {
                user.remove(attribute.name);
            }
        }
        None => {}
    }
    retain(user, attribute.name, |value| value.get("value").is_some());
    Ok(())
}
