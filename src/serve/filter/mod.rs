//! Filters (RFC 7644 section 3.4.2.2): parsed by `scim_v2`, checked against the schema, asked of documents.
//!
//! What is checked once cannot fail later: unknown attributes, comparisons an attribute does not have, dates that are
//! none are refused before anything is read, as `invalidFilter`. An attribute without a value counts as null: it is
//! not equal to anything but null, and neither greater nor less. Of several values, one that matches is enough.

mod matching;
mod read;
mod sure;

use jiff::Timestamp;
use scim_v2::filter::{CompareOp, Filter, ValFilter};
use serde_json::Value;

use super::document::Object;
use super::problem::Problem;
use super::schema::{Attribute, Home};

pub(super) use matching::values;
pub(super) use read::{find, spaced};
pub(super) use sure::of_answers;

use read::{node, val_node, wrong};

/// Longest filter taken, in bytes; the parser limits terms and depth.
const LONGEST: usize = 64 * 1024;

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub home: Home,
    pub attribute: &'static Attribute,
    pub sub: Option<&'static Attribute>,
}

#[derive(Debug)]
enum Needle {
    Null,
    Bool(bool),
    Number(f64),
    Text { exact: String, folded: String },
    Time(Timestamp),
}

/// A filter that fits the schema.
#[derive(Debug)]
pub(super) struct Test(Node);

#[derive(Debug)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Present(Spot),
    Compare(Spot, CompareOp, Needle),
    Within(Spot, Box<Node>),
}

/// What can be found without asking everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Narrow {
    Id(String),
    Login(String),
    External(String),
}

/// Reads a filter of users.
pub(super) fn parse(text: &str) -> Result<Test, Problem> {
    if text.len() > LONGEST {
        return Err(wrong("the filter is longer than 64 KiB"));
    }
    let parsed: Filter = spaced(text).parse().map_err(|_| wrong(format!("`{text}` is no filter")))?;
    Ok(Test(node(&parsed)?))
}

/// The values of a multi-valued attribute that are meant, as in a path of PATCH.
pub(super) fn within(attribute: &'static Attribute, filter: &ValFilter) -> Result<Test, Problem> {
    Ok(Test(val_node(attribute, filter)?))
}

impl Test {
    /// Whether a document matches.
    pub fn matches(&self, document: &Object) -> bool {
        matching::matches(&self.0, document)
    }

    /// What everything that matches is surely found by.
    pub fn narrow(&self) -> Option<Narrow> {
        sure::narrow(&self.0)
    }

    /// Whether it asks for what is worked out for an answer alone: the version, or where the service is.
    pub fn looks_at_answers(&self) -> bool {
        sure::looks_at_answers(&self.0)
    }

    /// The values that everything which matches surely has, where the filter is one equality or several joined by
    /// `and`: from which PATCH makes a value that is to be added.
    pub fn equalities(&self) -> Vec<(&'static str, Value)> {
        let mut found = Vec::new();
        sure::equalities(&self.0, &mut found);
        found
    }
}

#[cfg(test)]
mod tests;
