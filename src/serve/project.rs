//! This module reads `attributes` and `excludedAttributes` and selects the part of a user that is sent (RFC 7644
//! section 3.9).
//!
//! `id` and `schemas` are always sent. An attribute that is returned on request is sent if the client names it or its
//! whole extension. A name that no user has selects nothing.

use scim_v2::filter::PatchPath;
use serde_json::{Map, Value};

use super::document::Object;
use super::filter::{self, Spot};
use super::problem::{Problem, ProblemKind};
use super::schema::{self, Home, Plural, Returned};
use super::{EXTENSION, USER};

#[derive(Debug)]
enum ProjectedPart {
    Spot(Spot),
    Extension,
    Core,
}

/// The part of a user that is sent.
#[derive(Debug, Default)]
pub(super) enum Projection {
    /// Everything is sent that need not be asked for by name.
    #[default]
    Whole,
    /// Only the named parts are sent.
    Only(Vec<NamedPart>),
    /// Everything except the named parts is sent.
    Without(Vec<NamedPart>),
}

/// A part of a user that a client named.
#[derive(Debug)]
pub(super) struct NamedPart(ProjectedPart);

/// Reads the names of both lists.
pub(super) fn parse<'n>(
    only: Option<impl Iterator<Item = &'n str>>,
    without: Option<impl Iterator<Item = &'n str>>,
) -> Result<Projection, Problem> {
    let named = |names: &mut dyn Iterator<Item = &'n str>| names.filter_map(named_part).collect::<Vec<_>>();
    match (only, without) {
        (Some(_), Some(_)) => Err(Problem::of(
            ProblemKind::InvalidValue,
            "`attributes` and `excludedAttributes` exclude each other: send one of them",
        )),
        (Some(mut only), None) => Ok(Projection::Only(named(&mut only))),
        (None, Some(mut without)) => Ok(Projection::Without(named(&mut without))),
        (None, None) => Ok(Projection::Whole),
    }
}

fn named_part(name: &str) -> Option<NamedPart> {
    let name = name.trim();
    if name.eq_ignore_ascii_case(EXTENSION) {
        return Some(NamedPart(ProjectedPart::Extension));
    }
    if name.eq_ignore_ascii_case(USER) {
        return Some(NamedPart(ProjectedPart::Core));
    }
    match name.parse() {
        Ok(PatchPath::Attr(path)) => {
            filter::find_spot(&path).map(|spot| NamedPart(ProjectedPart::Spot(spot)))
        }
        _ => None,
    }
}

fn always(name: &str) -> bool {
    schema::find_attribute(schema::COMMON, name).is_some_and(|it| it.returned == Returned::Always)
}

impl Projection {
    /// Returns the part of a user that is sent.
    pub fn of(&self, mut user: Object) -> Object {
        match self {
            Self::Whole => without_unasked(user),
            Self::Only(names) => {
                let mut sent: Object = Map::new();
                for name in names {
                    take(&name.0, &user, &mut sent);
                }
                user.retain(|name, _| always(name));
                sent.extend(user);
                sent
            }
            Self::Without(names) => {
                for name in names {
                    leave(&name.0, &mut user);
                }
                without_unasked(user)
            }
        }
    }
}

/// Removes the attributes that are only sent when a client asks for them.
fn without_unasked(mut user: Object) -> Object {
    for attribute in schema::CORE {
        let asked = |sub: &&schema::Attribute| sub.returned == Returned::Request;
        for sub in attribute.sub.iter().filter(asked) {
            let values = user.get_mut(attribute.name).and_then(Value::as_array_mut).into_iter().flatten();
            values.filter_map(Value::as_object_mut).for_each(|value| {
                value.remove(sub.name);
            });
        }
    }
    if let Some(Value::Object(own)) = user.get_mut(EXTENSION) {
        own.retain(|name, _| {
            schema::find_attribute(schema::OWN, name).is_some_and(|it| it.returned != Returned::Request)
        });
        if own.is_empty() {
            user.remove(EXTENSION);
        }
    }
    user
}

fn take(chosen: &ProjectedPart, user: &Object, sent: &mut Object) {
    let mut copy = |name: &str| {
        if let Some(value) = user.get(name) {
            sent.insert(name.to_owned(), value.clone());
        }
    };
    match chosen {
        ProjectedPart::Extension => copy(EXTENSION),
        ProjectedPart::Core => user.keys().filter(|name| *name != EXTENSION).for_each(|name| copy(name)),
        ProjectedPart::Spot(spot) => match spot.home {
            Home::Core => copy_part(*spot, user, sent),
            Home::Extension => {
                if let Some(Value::Object(own)) = user.get(EXTENSION) {
                    let into = sent.entry(EXTENSION).or_insert_with(|| Value::Object(Map::new()));
                    if let Value::Object(into) = into {
                        copy_part(*spot, own, into);
                    }
                }
            }
        },
    }
}

/// Copies one attribute, or one part of it. A part is added to the parts that were copied before.
fn copy_part(spot: Spot, from: &Object, into: &mut Object) {
    let name = spot.attribute.name;
    let Some(value) = from.get(name) else { return };
    let Some(sub) = spot.sub else {
        into.insert(name.to_owned(), value.clone());
        return;
    };
    let only = |value: &Value| {
        let part = value.get(sub.name).cloned();
        Value::Object(part.map(|part| (sub.name.to_owned(), part)).into_iter().collect())
    };
    match (value, spot.attribute.plural) {
        (Value::Array(values), Plural::Many) => match into.get_mut(name) {
            Some(Value::Array(there)) => {
                there.iter_mut().zip(values).for_each(|(there, value)| join(there, only(value)));
            }
            _ => {
                into.insert(name.to_owned(), values.iter().map(only).collect());
            }
        },
        _ => match into.get_mut(name) {
            Some(there) => join(there, only(value)),
            None => {
                into.insert(name.to_owned(), only(value));
            }
        },
    }
}

fn join(there: &mut Value, more: Value) {
    if let (Value::Object(there), Value::Object(more)) = (there, more) {
        there.extend(more);
    }
}

fn leave(chosen: &ProjectedPart, user: &mut Object) {
    match chosen {
        ProjectedPart::Extension => {
            user.remove(EXTENSION);
        }
        ProjectedPart::Core => user.retain(|name, _| always(name) || name == EXTENSION),
        ProjectedPart::Spot(spot) => {
            let home = match spot.home {
                Home::Core => Some(user),
                Home::Extension => user.get_mut(EXTENSION).and_then(Value::as_object_mut),
            };
            let name = spot.attribute.name;
            let Some(home) = home.filter(|_| !always(name)) else { return };
            match (spot.sub, home.get_mut(name)) {
                (None, _) => {
                    home.remove(name);
                }
                (Some(sub), Some(Value::Array(values))) => {
                    values.iter_mut().filter_map(Value::as_object_mut).for_each(|value| {
                        value.remove(sub.name);
                    });
                }
                (Some(sub), Some(Value::Object(value))) => {
                    value.remove(sub.name);
                }
                _ => {}
            }
        }
    }
}
