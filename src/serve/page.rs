//! This module selects the part of a list that is sent, by index (RFC 7644 section 3.4.2.4) or by cursor (RFC 9865).
//!
//! A cursor names the last user of the page before it, by sort key and id, and the query it belongs to. So the server
//! stores nothing for it, and it never expires. A user is neither skipped nor sent twice when others are added or
//! removed in between.

use portvakt_core::hex::{hex, unhex};
use portvakt_core::model::Hasher;
use serde::{Deserialize, Serialize};

use super::problem::{Problem, ProblemKind};

/// The number of users on a page if the client gives no number.
pub(super) const DEFAULT_PAGE: usize = 100;

/// The largest number of users on a page.
pub(super) const LARGEST_PAGE: usize = 1000;

/// The beginning of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    /// The page begins at the user with this number, counted from 1.
    Index(usize),
    /// The page begins after the user that a cursor names. Without a cursor it begins at the first user.
    Cursor(Option<Mark>),
}

/// The page that a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestedPage {
    pub start: Start,
    pub count: usize,
}

/// The last user of a page, as a cursor names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// A digest of the query that the cursor belongs to.
    q: String,
    /// The value of this user that the list is sorted by.
    pub key: Option<String>,
    /// The store's id of this user.
    pub id: String,
}

impl Mark {
    pub fn new(question: &str, key: Option<String>, id: &str) -> Self {
        Self { q: question.to_owned(), key, id: id.to_owned() }
    }

    /// Writes the mark as a cursor. It has only characters that need no escaping in a query.
    pub fn write(&self) -> String {
        hex(&serde_json::to_vec(self).unwrap_or_default())
    }

    fn read(text: &str, question: &str) -> Option<Self> {
        serde_json::from_slice(&unhex(text)?).ok().filter(|mark: &Self| mark.q == question)
    }
}

/// Computes the digest of a query. A cursor of one query is not valid for another.
pub(super) fn question(filter: Option<&str>, sort_by: Option<&str>, descending: &str) -> String {
    let mut hasher = Hasher::new("portvakt scim question 1");
    for part in [filter, sort_by, Some(descending)] {
        hasher.part(part.map_or(b"-", |_| b"+")).part(part.unwrap_or_default().as_bytes());
    }
    hasher.finish().to_string().chars().take(32).collect()
}

/// Reads the page that a client asks for. A number out of range counts as the nearest valid one, as the RFC says.
pub(super) fn requested_page(
    start: Option<i64>,
    count: Option<i64>,
    cursor: Option<&str>,
    question: &str,
) -> Result<RequestedPage, Problem> {
    let count = match count {
        None => DEFAULT_PAGE,
        Some(count) => usize::try_from(count).unwrap_or(0).min(LARGEST_PAGE),
    };
    let start = match (start, cursor) {
        (Some(_), Some(_)) => {
            let told = "`startIndex` and `cursor` are two ways to page: send one of them";
            return Err(Problem::of(ProblemKind::InvalidValue, told));
        }
        (start, None) => {
            Start::Index(start.and_then(|start| usize::try_from(start).ok()).unwrap_or(1).max(1))
        }
        (None, Some("")) => Start::Cursor(None),
        (None, Some(text)) => {
            let told = "this is no cursor of this query; send an empty one to begin at the first page";
            let mark =
                Mark::read(text, question).ok_or_else(|| Problem::of(ProblemKind::InvalidCursor, told))?;
            Start::Cursor(Some(mark))
        }
    };
    Ok(RequestedPage { start, count })
}
