//! This module knows the names that RFC 7643 gives a user and that this register does not keep.
//!
//! A client may send them in a whole user: they are left out, and the answer shows that (RFC 7644 sections 3.3 and
//! 3.5.1). As the target of a PATCH they are refused, because a change that has no effect must not be answered with
//! success. A name that is neither the standard's nor the register's is a slip. It is refused everywhere, because
//! somebody who writes `actve` expects an effect.

use serde_json::Value;

use super::problem::{Problem, ProblemKind};
use super::schema::{self, Attribute};
use super::{EXTENSION, USER};

/// The attributes of RFC 7643 sections 3.1 and 4.1, with the parts of those that are single.
const NAMES: &[(&str, &[&str])] = &[
    ("schemas", &[]),
    ("id", &[]),
    ("externalId", &[]),
    ("meta", &["resourceType", "created", "lastModified", "location", "version"]),
    ("userName", &[]),
    ("name", &["formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"]),
    ("displayName", &[]),
    ("nickName", &[]),
    ("profileUrl", &[]),
    ("title", &[]),
    ("userType", &[]),
    ("preferredLanguage", &[]),
    ("locale", &[]),
    ("timezone", &[]),
    ("active", &[]),
    ("password", &[]),
    ("emails", VALUE),
    ("phoneNumbers", VALUE),
    ("ims", VALUE),
    ("photos", VALUE),
    (
        "addresses",
        &["formatted", "streetAddress", "locality", "region", "postalCode", "country", "type", "primary"],
    ),
    ("groups", VALUE),
    ("entitlements", VALUE),
    ("roles", VALUE),
    ("x509Certificates", VALUE),
];

/// The parts that RFC 7643 section 2.4 gives every attribute with several values.
const VALUE: &[&str] = &["value", "display", "type", "primary", "$ref"];

/// The extension of RFC 7643 section 4.3.
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Returns whether the standard has this member of a user: an attribute, a part of one (`name.givenName`, or
/// `phoneNumbers[type eq "work"].value`), or something of the enterprise extension.
pub(super) fn knows(name: &str) -> bool {
    if let Some((schema, rest)) = name.split_at_checked(ENTERPRISE.len())
        && schema.eq_ignore_ascii_case(ENTERPRISE)
    {
        return rest.is_empty() || rest.starts_with(':');
    }
    let name = match name.split_at_checked(USER.len()) {
        Some((schema, rest)) if schema.eq_ignore_ascii_case(USER) => rest.strip_prefix(':').unwrap_or(rest),
        _ => name,
    };
    let (attribute, part) = match (name.split_once('['), name.split_once('.')) {
        // If the path leads to something that the register has, it was understood before, or it is malformed.
        (Some((attribute, _)), _) if schema::of_user(None, attribute).is_some() => return false,
        (Some((attribute, rest)), _) => match rest.rsplit_once(']') {
            Some((_, "")) => (attribute, None),
            Some((_, part)) => (attribute, Some(part.trim_start_matches('.'))),
            None => return false,
        },
        (None, Some((attribute, part))) => (attribute, Some(part)),
        (None, None) => (name, None),
    };
    let found = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(attribute));
    found.is_some_and(|(_, parts)| {
        part.is_none_or(|part| parts.iter().any(|known| known.eq_ignore_ascii_case(part)))
    })
}

/// Refuses a member of a user that neither the register nor the standard has.
pub(super) fn member(name: &str) -> Result<(), Problem> {
    if knows(name) { Ok(()) } else { Err(slip(format!("a user has no `{name}`"))) }
}

/// Refuses a member of a value that is a target of a PATCH, if this register keeps nothing of it. A member without a
/// value asks for no change.
pub(super) fn target(name: &str, value: &Value) -> Result<(), Problem> {
    member(name)?;
    if asks(value) { Err(not_kept(name)) } else { Ok(()) }
}

/// Returns whether there is a value at all. Null and empty lists do not count as values (RFC 7643 section 2.5).
pub(super) fn asks(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(values) => values.iter().any(asks),
        Value::Object(parts) => parts.values().any(asks),
        _ => true,
    }
}

/// Makes the error for something that the standard has and this register does not keep.
pub(super) fn not_kept(name: &str) -> Problem {
    let told =
        format!("this register keeps nothing of what is sent for `{name}`; send the change without it");
    Problem::of(ProblemKind::InvalidSyntax, told)
}

/// Returns whether a member of the extension's value is a `schemas` that names the extension itself, or nothing. The
/// library scim2-models writes one into every extension it sends. It asks for no change.
pub(super) fn is_schema_of_extension(name: &str, value: &Value) -> bool {
    let names_it = |value: &Value| value.as_str().is_some_and(|name| name.eq_ignore_ascii_case(EXTENSION));
    name.eq_ignore_ascii_case("schemas")
        && (!asks(value) || value.as_array().is_some_and(|names| names.iter().all(names_it)))
}

/// Refuses a part that neither the register nor the standard has of this attribute.
pub(super) fn refuse_unknown_part(attribute: &Attribute, name: &str) -> Result<(), Problem> {
    let parent = attribute.name;
    let known = schema::find_attribute(attribute.sub, name).is_some() || knows(&format!("{parent}.{name}"));
    if known { Ok(()) } else { Err(slip(format!("`{parent}` has no `{name}`"))) }
}

/// Makes the error for a name that nobody knows (RFC 7644 table 9: the message does not conform to the schema).
pub(super) fn slip(detail: String) -> Problem {
    Problem::of(ProblemKind::InvalidSyntax, format!("{detail}; is it misspelt?"))
}
