//! This module converts a filter, parsed by the grammar of `scim_v2`, and checks it against the schema.

use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, Filter, ValFilter};

use super::super::problem::{Problem, ProblemKind};
use super::super::schema::{self, Attribute, Home, Type};
use super::matching::cased;
use super::{Needle, Node, Spot};

/// Adds a space between `not` and its bracket. The RFC's grammar has no space there, but its examples do. Both forms
/// are accepted.
pub(crate) fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 8);
    let (mut quoted, mut escaped) = (false, false);
    let mut word = String::new();
    for c in text.chars() {
        if quoted {
            (quoted, escaped) = (escaped || c != '"', !escaped && c == '\\');
        } else if c == '(' && word.eq_ignore_ascii_case("not") {
            spaced.push(' ');
        } else if c == '"' {
            quoted = true;
        }
        if c.is_ascii_alphanumeric() || "._:-$".contains(c) {
            word.push(c);
        } else {
            word.clear();
        }
        spaced.push(c);
    }
    spaced
}

pub(super) fn wrong(detail: impl Into<String>) -> Problem {
    Problem::of(ProblemKind::InvalidFilter, detail)
}

pub(super) fn node(filter: &Filter) -> Result<Node, Problem> {
    Ok(match filter {
        Filter::Attr(expression) => leaf(expression, spot)?,
        Filter::ValuePath(path) => {
            let spot = spot(&path.attr)?;
            if spot.sub.is_some() || spot.attribute.kind != Type::Complex {
                return Err(wrong(format!("`{}` has no parts to look at", path.attr)));
            }
            Node::Within(spot, Box::new(val_node(spot.attribute, &path.filter)?))
        }
        Filter::Not(inner) => Node::Not(Box::new(node(inner)?)),
        Filter::And(all) => Node::All(all.iter().map(node).collect::<Result<_, _>>()?),
        Filter::Or(any) => Node::Any(any.iter().map(node).collect::<Result<_, _>>()?),
    })
}

pub(super) fn val_node(parent: &'static Attribute, filter: &ValFilter) -> Result<Node, Problem> {
    let inside = |path: &AttrPath| {
        let found = schema::find_attribute(parent.sub, &path.name);
        match (found, &path.uri, &path.sub_attr) {
            (Some(attribute), None, None) => Ok(Spot { home: Home::Core, attribute, sub: None }),
            _ => Err(wrong(format!("`{}` has no `{path}`", parent.name))),
        }
    };
    Ok(match filter {
        ValFilter::Attr(expression) => leaf(expression, inside)?,
        ValFilter::Not(inner) => Node::Not(Box::new(val_node(parent, inner)?)),
        ValFilter::And(all) => {
            Node::All(all.iter().map(|it| val_node(parent, it)).collect::<Result<_, _>>()?)
        }
        ValFilter::Or(any) => Node::Any(any.iter().map(|it| val_node(parent, it)).collect::<Result<_, _>>()?),
    })
}

/// Finds the attribute that a path names.
pub(crate) fn find_spot(path: &AttrPath) -> Option<Spot> {
    let (home, attribute) = schema::of_user(path.uri.as_deref(), &path.name)?;
    let sub = match &path.sub_attr {
        None => None,
        Some(name) => Some(schema::find_attribute(attribute.sub, name)?),
    };
    Some(Spot { home, attribute, sub })
}

fn spot(path: &AttrPath) -> Result<Spot, Problem> {
    find_spot(path).ok_or_else(|| wrong(format!("a user has no `{path}`")))
}

fn leaf(expression: &AttrExp, find: impl Fn(&AttrPath) -> Result<Spot, Problem>) -> Result<Node, Problem> {
    match expression {
        AttrExp::Present(path) => Ok(Node::Present(find(path)?)),
        AttrExp::Comparison(path, op, value) => {
            let mut spot = find(path)?;
            if spot.sub.is_none() && spot.attribute.kind == Type::Complex {
                // The part `value` is compared (RFC 7644: `emails co "example.com"`).
                spot.sub = schema::find_attribute(spot.attribute.sub, "value");
                if spot.sub.is_none() {
                    return Err(wrong(format!("`{path}` has several parts: name the one that is compared")));
                }
            }
            let attribute = spot.sub.unwrap_or(spot.attribute);
            Ok(Node::Compare(spot, op.clone(), needle(attribute, op, value)?))
        }
    }
}

fn needle(attribute: &Attribute, op: &CompareOp, value: &CompValue) -> Result<Needle, Problem> {
    let name = attribute.name;
    let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
    let textual = matches!(op, CompareOp::Co | CompareOp::Sw | CompareOp::Ew);
    let refuse = || Err(wrong(format!("`{name}` cannot be compared with `{op} {value}`")));
    match (attribute.kind, value) {
        (_, CompValue::Null) if equality => Ok(Needle::Null),
        (Type::Boolean, CompValue::True) if equality => Ok(Needle::Bool(true)),
        (Type::Boolean, CompValue::False) if equality => Ok(Needle::Bool(false)),
        (Type::Integer, CompValue::Number(number)) if !textual => match number.as_f64() {
            Some(number) => Ok(Needle::Number(number)),
            None => refuse(),
        },
        (Type::DateTime, CompValue::Str(text)) if !textual => match text.parse() {
            Ok(time) => Ok(Needle::Time(time)),
            Err(_) => Err(wrong(format!(
                "`{text}` is no point in time; one is written like `2026-11-23T12:00:00Z`"
            ))),
        },
        (Type::String | Type::Reference | Type::DateTime, CompValue::Str(text)) => {
            Ok(Needle::Text { exact: text.clone(), folded: cased(attribute, text) })
        }
        _ => refuse(),
    }
}
