//! This module defines the attributes of a user in one place. `/Schemas` publishes them, filters compare by them, and
//! they say which values may be changed.
//!
//! `active` is published as required, because every account is either active or not, and removing the attribute has
//! no meaning. It comes last, after the attributes that it affects. A new user that is sent without it still gets an
//! open account.

use serde_json::{Value, json};

use super::{BASE, EXTENSION, USER};

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    String,
    Boolean,
    Integer,
    DateTime,
    Reference,
    Complex,
}

/// Whether clients may change a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mutability {
    ReadOnly,
    ReadWrite,
}

/// Whether the case of letters matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LetterCase {
    Exact,
    Ignored,
}

/// Whether an attribute can have several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plural {
    One,
    Many,
}

/// When an attribute is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Returned {
    /// It is sent whatever a client asks for.
    Always,
    /// It is sent unless a client leaves it out.
    Default,
    /// It is sent only when a client asks for it by name.
    Request,
}

/// Whether two users can have the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Uniqueness {
    None,
    Server,
}

/// One attribute (RFC 7643 section 7).
#[derive(Debug)]
pub(super) struct Attribute {
    pub name: &'static str,
    pub kind: Type,
    pub plural: Plural,
    pub required: bool,
    pub case: LetterCase,
    pub mutability: Mutability,
    pub returned: Returned,
    pub uniqueness: Uniqueness,
    pub canonical: &'static [&'static str],
    pub about: &'static str,
    pub sub: &'static [Attribute],
}

const TEXT: Attribute = Attribute {
    name: "",
    kind: Type::String,
    plural: Plural::One,
    required: false,
    case: LetterCase::Ignored,
    mutability: Mutability::ReadWrite,
    returned: Returned::Default,
    uniqueness: Uniqueness::None,
    canonical: &[],
    about: "",
    sub: &[],
};

const SHOWN: Attribute = Attribute { mutability: Mutability::ReadOnly, case: LetterCase::Exact, ..TEXT };

/// An attribute that is sent only when it is asked for by name.
const ASKED: Attribute = Attribute { returned: Returned::Request, ..SHOWN };

/// The attributes that every resource has (RFC 7643 section 3.1). No schema lists them.
pub(super) static COMMON: &[Attribute] = &[
    Attribute {
        name: "schemas",
        kind: Type::Reference,
        plural: Plural::Many,
        returned: Returned::Always,
        about: "Schemas of the resource",
        ..SHOWN
    },
    Attribute {
        name: "id",
        returned: Returned::Always,
        uniqueness: Uniqueness::Server,
        about: "The register's id",
        ..SHOWN
    },
    Attribute { name: "externalId", case: LetterCase::Exact, about: "The client's own id", ..TEXT },
    Attribute {
        name: "meta",
        kind: Type::Complex,
        about: "About the resource",
        sub: &[
            Attribute { name: "resourceType", about: "Kind of resource", ..SHOWN },
            Attribute { name: "created", kind: Type::DateTime, about: "When it was made", ..SHOWN },
            Attribute { name: "lastModified", kind: Type::DateTime, about: "When it last changed", ..SHOWN },
            Attribute { name: "location", kind: Type::Reference, about: "Where it is", ..SHOWN },
            Attribute { name: "version", about: "Its ETag", ..SHOWN },
        ],
        ..SHOWN
    },
];

/// The attributes of RFC 7643 section 4.1 that a user of this register has.
pub(super) static CORE: &[Attribute] = &[
    Attribute {
        name: "userName",
        required: true,
        uniqueness: Uniqueness::Server,
        about: "The login. Unique among accounts that are not closed. An account without one shows its id.",
        ..TEXT
    },
    Attribute { name: "displayName", about: "The name of the person, as shown.", ..TEXT },
    Attribute {
        name: "name",
        kind: Type::Complex,
        about: "The name of the person; the register keeps it in one piece.",
        sub: &[Attribute { name: "formatted", about: "The same as displayName.", ..TEXT }],
        ..TEXT
    },
    Attribute {
        name: "emails",
        kind: Type::Complex,
        plural: Plural::Many,
        about: "The e-mail address: one, or none.",
        sub: &[
            Attribute { name: "value", about: "The address.", ..TEXT },
            Attribute { name: "type", canonical: &["work"], about: "Always `work`.", ..TEXT },
            Attribute {
                name: "primary",
                kind: Type::Boolean,
                about: "Always true: there is no other.",
                ..ASKED
            },
        ],
        ..TEXT
    },
    Attribute {
        name: "roles",
        kind: Type::Complex,
        plural: Plural::Many,
        about: "The rights the account has now, each once.",
        sub: &[Attribute {
            name: "value",
            case: LetterCase::Exact,
            canonical: &["smerteregisteret/100082/LC"],
            about: "One right: application, unit (RESH id) and role, with `/` between them. The canonical value \
                    shows the form; any application, unit and role can be named.",
            ..TEXT
        }],
        ..TEXT
    },
    Attribute {
        name: "active",
        kind: Type::Boolean,
        required: true,
        about: "Whether the account can be used. False in a new user prepares it, and true opens it, once. False in \
                one that was open closes it for good: all roles, the e-mail address and subscriptions go with it.",
        ..TEXT
    },
];

/// The further attributes that this register keeps for an account. Clients write only the reference. The others are
/// sent only when they are asked for by name. So an ordinary answer holds only what a client has written of this
/// extension.
pub(super) static OWN: &[Attribute] = &[
    Attribute {
        name: "reference",
        case: LetterCase::Exact,
        about: "What the client can look the last change up by: an entry of its ledger, a case number. Kept as sent; \
                nobody's name.",
        ..TEXT
    },
    Attribute {
        name: "person",
        about: "The person the account belongs to; taken from an externalId of the form `person/ID`.",
        ..ASKED
    },
    Attribute {
        name: "state",
        canonical: &["prepared", "open", "closed"],
        about: "How far the account has come.",
        ..ASKED
    },
    Attribute {
        name: "opened",
        about: "The day it was opened (Europe/Oslo, YYYY-MM-DD), or prepared.",
        ..ASKED
    },
    Attribute { name: "closed", about: "The day it was closed (Europe/Oslo, YYYY-MM-DD).", ..ASKED },
    Attribute {
        name: "subscriptions",
        kind: Type::Integer,
        about: "Report subscriptions that have not ended.",
        ..ASKED
    },
    Attribute {
        name: "requests",
        kind: Type::Complex,
        plural: Plural::Many,
        about: "The application request a role was given on, where the register knows it.",
        sub: &[
            Attribute { name: "role", about: "The role, as in `roles`.", ..ASKED },
            Attribute { name: "request", about: "The request.", ..ASKED },
        ],
        ..ASKED
    },
];

/// Finds the attribute with this name. The case of letters does not matter (RFC 7643 section 2.1).
pub(super) fn find_attribute<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// Finds an attribute of a user by its schema and its name. The schema `None` means the core and the attributes of
/// all resources.
pub(super) fn of_user(schema: Option<&str>, name: &str) -> Option<(Home, &'static Attribute)> {
    match schema {
        Some(schema) if schema.eq_ignore_ascii_case(EXTENSION) => {
            Some((Home::Extension, find_attribute(OWN, name)?))
        }
        Some(schema) if !schema.eq_ignore_ascii_case(USER) => None,
        _ => Some((Home::Core, find_attribute(CORE, name).or_else(|| find_attribute(COMMON, name))?)),
    }
}

/// The part of a user that contains an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    Core,
    Extension,
}

fn published(attribute: &Attribute) -> Value {
    let kind = match attribute.kind {
        Type::String => "string",
        Type::Boolean => "boolean",
        Type::Integer => "integer",
        Type::DateTime => "dateTime",
        Type::Reference => "reference",
        Type::Complex => "complex",
    };
    let mutability = match attribute.mutability {
        Mutability::ReadOnly => "readOnly",
        Mutability::ReadWrite => "readWrite",
    };
    let returned = match attribute.returned {
        Returned::Always => "always",
        Returned::Default => "default",
        Returned::Request => "request",
    };
    let uniqueness = match attribute.uniqueness {
        Uniqueness::None => "none",
        Uniqueness::Server => "server",
    };
    let mut value = json!({
        "name": attribute.name,
        "type": kind,
        "multiValued": attribute.plural == Plural::Many,
        "description": attribute.about,
        "required": attribute.required,
        "mutability": mutability,
        "returned": returned,
    });
    if let Some(value) = value.as_object_mut() {
        if attribute.kind == Type::String {
            value.insert("caseExact".to_owned(), json!(attribute.case == LetterCase::Exact));
            value.insert("uniqueness".to_owned(), json!(uniqueness));
        }
        if !attribute.canonical.is_empty() {
            value.insert("canonicalValues".to_owned(), json!(attribute.canonical));
        }
        if !attribute.sub.is_empty() {
            value.insert("subAttributes".to_owned(), attributes_as_json(attribute.sub));
        }
    }
    value
}

fn attributes_as_json(attributes: &[Attribute]) -> Value {
    Value::Array(attributes.iter().map(published).collect())
}

fn schema(id: &str, name: &str, about: &str, attributes: &[Attribute], at: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": id,
        "name": name,
        "description": about,
        "attributes": attributes_as_json(attributes),
        "meta": { "resourceType": "Schema", "location": format!("{at}{BASE}/Schemas/{id}") },
    })
}

/// The description of a user of the service.
pub(super) const ABOUT_USERS: &str = "An account of the register";

/// Lists the schemas as `/Schemas` shows them. `at` is the address of the service, up to its path.
pub(super) fn schemas(at: &str) -> Vec<Value> {
    vec![
        schema(USER, "User", ABOUT_USERS, CORE, at),
        // Clients make options, classes and variables out of the name, so it is one word. Requests name the URN alone.
        schema(EXTENSION, "RegisterAccount", "What the register knows of an account", OWN, at),
    ]
}
