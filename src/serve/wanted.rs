//! This module converts a client's message to the wanted state of an account.
//!
//! The first step fixes the shape. Names are written as in the schema, and values get the right type. Attributes of
//! the standard that this register does not keep are left out, and other names are refused. Null and empty lists
//! count as no value (RFC 7643 section 2.5). The second step converts the message to the register's terms. A value
//! that the register could not keep exactly is refused, not dropped. Examples are a second e-mail address, a role
//! that is not a right, and an entry of a list without its part `value`: without it, what stands there would be taken
//! away by a request that does not ask for that.

use std::collections::BTreeSet;

use portvakt_core::invisible::{hidden_in, is_odd_space};
use portvakt_core::model::{ApplicationId, PersonId, Right, RoleId, UnitId};
use portvakt_stores::tables::served::{Served, Stage, WantedAccount};
use serde_json::{Map, Value};
use unicode_normalization::is_nfc;

use super::document::{Object, user_name};
use super::problem::{Problem, ProblemKind};
use super::schema::{self, Attribute, Mutability, Plural, Type};
use super::standard;
use super::{EXTENSION, USER};

/// The longest text that is kept, in characters.
const LONGEST: usize = 256;

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::of(ProblemKind::InvalidValue, detail)
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::of(ProblemKind::InvalidSyntax, detail)
}

/// Checks that a message lists this schema in `schemas`.
pub(super) fn check_schema_listed(message: &Value, schema: &str) -> Result<(), Problem> {
    let listed = find_member(message, "schemas").and_then(Value::as_array);
    let listed = listed.ok_or_else(|| malformed("`schemas` is missing; it lists what the message is"))?;
    let is = |value: &Value| value.as_str().is_some_and(|known| known.eq_ignore_ascii_case(schema));
    if listed.iter().any(is) {
        return Ok(());
    }
    Err(malformed(format!("`schemas` must list `{schema}`")))
}

/// Returns the operations that a message lists.
pub(super) fn operations(message: &Value) -> Result<&Vec<Value>, Problem> {
    let listed = find_member(message, "Operations").and_then(Value::as_array);
    listed.ok_or_else(|| malformed("`Operations` is missing; it lists what is to be done"))
}

/// Finds a member of an object. The case of its name does not matter.
pub(super) fn find_member<'v>(message: &'v Value, name: &str) -> Option<&'v Value> {
    let message = message.as_object()?;
    message.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Reads a whole user, sent to create or replace one. Only attributes that clients may write are kept.
pub(super) fn user(message: &Value) -> Result<Object, Problem> {
    check_schema_listed(message, USER)?;
    let sent = message.as_object().ok_or_else(|| malformed("a user is a JSON object"))?;
    let mut user = Map::new();
    let mut own = Map::new();
    for (name, value) in sent {
        if is_extension(name) {
            let parts = match value {
                Value::Object(parts) => Some(parts),
                Value::Null => None,
                other => return Err(invalid(format!("`{name}` is an extension and cannot be `{other}`"))),
            };
            for (name, value) in parts.into_iter().flatten() {
                keep_own(name, value, &mut own)?;
            }
        } else if let Some(name) = own_name(name) {
            keep_own(name, value, &mut own)?;
        } else if let Some((_, attribute)) = schema::of_user(None, core_name(name)) {
            keep(attribute, value, &mut user)?;
        } else {
            standard::member(name)?;
        }
    }
    if !own.is_empty() {
        user.insert(EXTENSION.to_owned(), Value::Object(own));
    }
    Ok(user)
}

fn keep_own(name: &str, value: &Value, into: &mut Object) -> Result<(), Problem> {
    match schema::find_attribute(schema::OWN, name) {
        Some(attribute) => keep(attribute, value, into),
        None if standard::is_schema_of_extension(name, value) => Ok(()),
        None => Err(not_in_extension(name)),
    }
}

/// Returns the problem with an attribute that the extension does not have.
pub(super) fn not_in_extension(name: &str) -> Problem {
    standard::slip(format!("the extension has no `{name}`"))
}

fn keep(attribute: &Attribute, value: &Value, into: &mut Object) -> Result<(), Problem> {
    if attribute.mutability != Mutability::ReadWrite {
        return Ok(());
    }
    let kept = shaped(attribute, value)?;
    if !says_each_value(attribute, value)? {
        return Err(without_value(attribute.name));
    }
    if let Some(kept) = kept {
        into.insert(attribute.name.to_owned(), kept);
    }
    Ok(())
}

/// Returns the problem with an entry of a list that lacks its part `value`.
fn without_value(name: &str) -> Problem {
    invalid(format!("an entry of `{name}` has no `value`; to take all entries away, send an empty list"))
}

/// Returns whether each entry that is sent for a list says its part `value`. No entries at all, and null, are no value.
pub(super) fn says_each_value(attribute: &Attribute, sent: &Value) -> Result<bool, Problem> {
    let entries: &[Value] = match sent {
        Value::Null => &[],
        Value::Array(entries) => entries.as_slice(),
        one => std::slice::from_ref(one),
    };
    let is_list =
        attribute.plural == Plural::Many && schema::find_attribute(attribute.sub, "value").is_some();
    for entry in entries.iter().filter(|_| is_list) {
        let kept = shaped_one(attribute, entry)?;
        if kept.is_none_or(|kept| kept.get("value").is_none()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns the name of an attribute of the extension, if the name begins with the extension's schema.
pub(super) fn own_name(name: &str) -> Option<&str> {
    let (schema, rest) = name.split_at_checked(EXTENSION.len())?;
    if is_extension(schema) { rest.strip_prefix(':') } else { None }
}

/// Returns the name of an attribute, without the core schema in front of it.
pub(super) fn core_name(name: &str) -> &str {
    match name.split_at_checked(USER.len()) {
        Some((schema, rest)) if schema.eq_ignore_ascii_case(USER) => rest.strip_prefix(':').unwrap_or(name),
        _ => name,
    }
}

/// Converts a value to the shape of its attribute. The result is `None` if the value means "no value".
pub(super) fn shaped(attribute: &Attribute, value: &Value) -> Result<Option<Value>, Problem> {
    if attribute.plural == Plural::One {
        return shaped_one(attribute, value);
    }
    let values = match value {
        Value::Array(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut shaped = Vec::new();
    for value in values {
        if let Some(value) = shaped_one(attribute, value)?
            && !shaped.contains(&value)
        {
            shaped.push(value);
        }
    }
    Ok(if shaped.is_empty() { None } else { Some(Value::Array(shaped)) })
}

/// Converts a single value, or one of several values.
pub(super) fn shaped_one(attribute: &Attribute, value: &Value) -> Result<Option<Value>, Problem> {
    let name = attribute.name;
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(None),
        (Type::Complex, Value::Object(sent)) => {
            let mut parts = Map::new();
            for (name, value) in sent {
                match schema::find_attribute(attribute.sub, name) {
                    Some(sub) => {
                        parts.extend(shaped(sub, value)?.map(|value| (sub.name.to_owned(), value)));
                    }
                    None => standard::refuse_unknown_part(attribute, name)?,
                }
            }
            Ok(if parts.is_empty() { None } else { Some(Value::Object(parts)) })
        }
        // This is the short form of a value that has only the part `value`.
        (Type::Complex, Value::String(_)) if attribute.plural == Plural::Many => {
            Ok(Some(Value::Object([("value".to_owned(), value.clone())].into_iter().collect())))
        }
        (Type::Boolean, Value::Bool(_)) => Ok(Some(value.clone())),
        // Some clients write true and false as text in quotes.
        (Type::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => {
            Ok(Some(Value::Bool(true)))
        }
        (Type::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => {
            Ok(Some(Value::Bool(false)))
        }
        (Type::String | Type::Reference | Type::DateTime, Value::String(_))
        | (Type::Integer, Value::Number(_)) => Ok(Some(value.clone())),
        _ => Err(invalid(format!("`{name}` cannot be `{value}`"))),
    }
}

fn text_member<'v>(user: &'v Object, name: &str) -> Result<Option<&'v str>, Problem> {
    user.get(name).and_then(Value::as_str).map(|text| storable_text(name, text)).transpose()
}

/// Checks that the register can keep a text: it is short, on one line, in NFC, and has no invisible characters and no
/// spaces of another kind.
fn storable_text<'t>(name: &str, text: &'t str) -> Result<&'t str, Problem> {
    if text.chars().count() > LONGEST {
        return Err(invalid(format!("`{name}` is longer than {LONGEST} characters")));
    }
    if hidden_in(text).next().is_some() || text.contains(is_odd_space) || !is_nfc(text) {
        return Err(invalid(format!(
            "`{name}` has invisible characters or unusual spaces, or is not in the normal form of Unicode (NFC)"
        )));
    }
    Ok(text)
}

/// The way in which the wanted state of a user was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SentWay {
    /// The user was sent as a whole. A missing attribute was not sent.
    Sent,
    /// The user was changed from its earlier state. A missing attribute was removed.
    Changed,
}

/// Computes the wanted state of an account from the wanted user and the present account.
pub(super) fn wanted(user: &Object, way: SentWay, before: Option<&Served>) -> Result<WantedAccount, Problem> {
    let account = before.map(|before| &before.account);
    let login = text_member(user, "userName")?.filter(|login| !login.trim().is_empty());
    let Some(login) = login else { return Err(invalid("`userName` is missing; every user has one")) };
    // An account without a login shows its id as `userName`. Sending this id back does not make it a login.
    let login = match before {
        Some(before) if before.account.login.is_none() && login == user_name(before) => None,
        _ => Some(login.to_owned()),
    };
    let external =
        text_member(user, "externalId")?.filter(|external| !external.is_empty()).map(str::to_owned);
    let own = user.get(EXTENSION).and_then(Value::as_object);
    let reference =
        own.map(|own| text_member(own, "reference")).transpose()?.flatten().filter(|it| !it.is_empty());
    let active = user.get("active").and_then(Value::as_bool);
    let stage = match (active, before.map(|before| before.stage)) {
        (Some(true), _) | (None, None) => Stage::Open,
        (Some(false), None | Some(Stage::Prepared)) => Stage::Prepared,
        (Some(false), Some(_)) => Stage::Closed,
        (None, Some(stage)) => stage,
    };
    Ok(WantedAccount {
        person: external.as_deref().and_then(person_of_external_id),
        external,
        reference: reference.map(str::to_owned),
        name: name(user, way, account.map(|account| account.name.as_str()))?,
        login,
        email: email(user)?,
        rights: rights(user)?,
        stage,
    })
}

/// Reads the person from an external id such as `person/kari.testesen`. More text may follow after another `/`.
fn person_of_external_id(external: &str) -> Option<PersonId> {
    let rest = external.strip_prefix("person/")?;
    PersonId::new(rest.split('/').next()?).ok()
}

/// Takes the name from two attributes that hold the same name. The attribute that was changed counts. If both were
/// changed, `displayName` counts.
fn name(user: &Object, way: SentWay, before: Option<&str>) -> Result<String, Problem> {
    let shown = text_member(user, "displayName")?;
    let formatted = user.get("name").and_then(|name| name.get("formatted")).and_then(Value::as_str);
    let formatted = formatted.map(|text| storable_text("name.formatted", text)).transpose()?;
    let before = before.filter(|name| !name.is_empty());
    let taken = match (shown, formatted) {
        (one, other) if one == other => one,
        // If only one of the two was sent, it counts.
        (Some(one), None) | (None, Some(one)) if way == SentWay::Sent => Some(one),
        (shown, formatted) if shown == before => formatted,
        (shown, formatted) if formatted == before => shown,
        (shown, formatted) => shown.or(formatted),
    };
    Ok(taken.unwrap_or_default().to_owned())
}

fn listed_values<'v>(user: &'v Object, name: &str) -> impl Iterator<Item = &'v Value> {
    user.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn email(user: &Object) -> Result<Option<String>, Problem> {
    let mut addresses = BTreeSet::new();
    for value in listed_values(user, "emails").filter_map(|email| email.get("value")) {
        let address = storable_text("emails.value", value.as_str().unwrap_or_default())?;
        let in_two = address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
        if !in_two || address.contains(' ') {
            return Err(invalid(format!("`{address}` is no e-mail address")));
        }
        addresses.insert(address);
    }
    if addresses.len() > 1 {
        return Err(invalid(
            "this register keeps one e-mail address for an account; `replace` the one that is there",
        ));
    }
    Ok(addresses.pop_first().map(str::to_owned))
}

fn rights(user: &Object) -> Result<BTreeSet<Right>, Problem> {
    let values = listed_values(user, "roles").map(|role| role.get("value").and_then(Value::as_str));
    values.map(|value| right(value.ok_or_else(|| without_value("roles"))?)).collect()
}

/// Reads a right such as `smerteregisteret/100082/LC`. A role may contain a `/`.
fn right(text: &str) -> Result<Right, Problem> {
    let refuse = || {
        invalid(format!(
            "`{text}` is no right of this register; one is written `application/unit/role`, such as `smerteregisteret/100082/LC`"
        ))
    };
    let mut parts = text.splitn(3, '/');
    let (Some(application), Some(unit), Some(role)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(refuse());
    };
    let right = Right {
        application: ApplicationId::new(application).map_err(|_| refuse())?,
        unit: UnitId(unit.parse().map_err(|_| refuse())?),
        role: RoleId::new(role).map_err(|_| refuse())?,
    };
    // A unit with a sign or a leading zero would be written back as another text.
    if right.to_string() == text { Ok(right) } else { Err(refuse()) }
}

/// Returns whether this is the name of the extension.
pub(super) fn is_extension(name: &str) -> bool {
    name.eq_ignore_ascii_case(EXTENSION)
}
