//! This module handles filters (RFC 7644 section 3.4.2.2). `scim_v2` parses them, and they are checked against the
//! schema and then tested on documents.
//!
//! A filter that has passed the check cannot fail later. Unknown attributes, comparisons that an attribute does not
//! have, and invalid dates are refused as `invalidFilter` before any data is read. An attribute without a value
//! counts as null. It is equal only to null, and neither greater nor less than anything. If an attribute has several
//! values, one match is enough.
//!
//! ```text
//!  read      converts a parsed filter, and checks it against the schema
//!  matching  tests a filter on one document
//!  sure      facts about a filter that are known before any user is read
//!  tests     compares both with a simple reading of the words
//! ```

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
pub(super) use read::{find_spot, spaced};
pub(super) use sure::of_answers;

use read::{node, val_node, wrong};

/// The longest accepted filter, in bytes. The parser limits the number of terms and the depth.
const LONGEST: usize = 64 * 1024;

/// The position of a value in a document.
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

/// A key that finds the matching users without a look at all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Narrow {
    Id(String),
    Login(String),
    External(String),
}

/// Reads a filter for users.
pub(super) fn parse(text: &str) -> Result<Test, Problem> {
    if text.len() > LONGEST {
        return Err(wrong("the filter is longer than 64 KiB"));
    }
    let parsed: Filter = spaced(text).parse().map_err(|_| wrong(format!("`{text}` is no filter")))?;
    Ok(Test(node(&parsed)?))
}

/// Reads a filter that selects values of a multi-valued attribute, as in a path of PATCH.
pub(super) fn within(attribute: &'static Attribute, filter: &ValFilter) -> Result<Test, Problem> {
    Ok(Test(val_node(attribute, filter)?))
}

impl Test {
    /// Returns whether a document matches.
    pub fn matches(&self, document: &Object) -> bool {
        matching::matches(&self.0, document)
    }

    /// Returns a key that is sure to find every matching user, if the filter has one.
    pub fn narrow(&self) -> Option<Narrow> {
        sure::narrow(&self.0)
    }

    /// Returns whether the filter asks for nothing but one login, or one id of the client's own.
    pub fn asks_for_one(&self) -> bool {
        sure::asks_for_one(&self.0)
    }

    /// Returns whether the filter uses a value that is computed only for an answer: the version or the location.
    pub fn looks_at_answers(&self) -> bool {
        sure::looks_at_answers(&self.0)
    }

    /// Returns the values that every match is sure to have, if the filter is one equality or several joined by `and`.
    /// PATCH uses them to make a value that is to be added.
    pub fn equalities(&self) -> Vec<(&'static str, Value)> {
        let mut found = Vec::new();
        sure::equalities(&self.0, &mut found);
        found
    }
}

#[cfg(test)]
mod tests;
