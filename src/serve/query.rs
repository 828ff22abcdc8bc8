//! This module reads the parameters of a list query. They come from the address, or from the body of `/.search`.

use serde_json::Value;

use super::page::{self, RequestedPage};
use super::problem::{Problem, ProblemKind};
use super::project::{self, Projection};
use super::wanted::{check_schema_listed, find_member};

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// The order in which a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Order {
    /// The smallest value comes first.
    #[default]
    Ascending,
    /// The greatest value comes first.
    Descending,
}

/// A query as it was sent.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub filter: Option<String>,
    pub sort_by: Option<String>,
    pub order: Order,
    start: Option<i64>,
    count: Option<i64>,
    cursor: Option<String>,
    only: Option<Vec<String>>,
    without: Option<Vec<String>>,
}

fn no_number(name: &str) -> Problem {
    invalid(format!("`{name}` must be a whole number"))
}

fn invalid(detail: String) -> Problem {
    Problem::of(ProblemKind::InvalidValue, detail)
}

fn attribute_names(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

impl Query {
    /// Reads a query from the part of an address after `?`.
    ///
    /// # Errors
    /// The problem that the client gets, if a parameter is not valid.
    pub fn of_address(query: Option<&str>) -> Result<Self, Problem> {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let number = || value.parse().map(Some).map_err(|_| no_number(&name));
            match name.to_ascii_lowercase().as_str() {
                "filter" => read.filter = Some(value.into_owned()),
                "sortby" => read.sort_by = Some(value.into_owned()),
                "sortorder" => read.order = order(&value)?,
                "startindex" => read.start = number()?,
                "count" => read.count = number()?,
                "cursor" => read.cursor = Some(value.into_owned()),
                "attributes" => read.only.get_or_insert_default().extend(attribute_names(&value)),
                "excludedattributes" => read.without.get_or_insert_default().extend(attribute_names(&value)),
                _ => {}
            }
        }
        Ok(read)
    }

    /// Reads a query from the body of a search.
    ///
    /// # Errors
    /// The problem that the client gets, if a parameter is not valid.
    pub fn of_message(message: &Value) -> Result<Self, Problem> {
        check_schema_listed(message, SEARCH)?;
        let text = |name: &str| match find_member(message, name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(invalid(format!("`{name}` must be a text"))),
        };
        let number = |name: &str| match find_member(message, name) {
            None | Some(Value::Null) => Ok(None),
            Some(number) => number.as_i64().map(Some).ok_or_else(|| no_number(name)),
        };
        let list = |name: &str| match find_member(message, name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(attribute_names(text))),
            Some(Value::Array(listed)) => {
                let listed: Option<Vec<String>> =
                    listed.iter().map(|name| name.as_str().map(str::to_owned)).collect();
                let listed = listed.filter(|names| !names.is_empty());
                Ok(listed)
            }
            Some(_) => Err(invalid(format!("`{name}` must be a list of names"))),
        };
        Ok(Self {
            filter: text("filter")?,
            sort_by: text("sortBy")?,
            order: text("sortOrder")?.map_or(Ok(Order::default()), |text| order(&text))?,
            start: number("startIndex")?,
            count: number("count")?,
            cursor: text("cursor")?,
            only: list("attributes")?,
            without: list("excludedAttributes")?,
        })
    }

    /// Reads the part of each user that is sent.
    ///
    /// # Errors
    /// The problem that the client gets, if a parameter is not valid.
    pub fn projection(&self) -> Result<Projection, Problem> {
        let texts = |names: &'_ Option<Vec<String>>| names.clone();
        let (only, without) = (texts(&self.only), texts(&self.without));
        project::parse(
            only.as_ref().map(|names| names.iter().map(String::as_str)),
            without.as_ref().map(|names| names.iter().map(String::as_str)),
        )
    }

    /// Computes the digest of this query. Its cursors carry the same digest.
    pub fn question(&self) -> String {
        let order = if self.order == Order::Descending { "descending" } else { "ascending" };
        page::question(self.filter.as_deref(), self.sort_by.as_deref(), order)
    }

    /// Reads the page that the client asks for.
    ///
    /// # Errors
    /// The problem that the client gets, if a parameter is not valid.
    pub fn page(&self) -> Result<RequestedPage, Problem> {
        page::requested_page(self.start, self.count, self.cursor.as_deref(), &self.question())
    }
}

fn order(text: &str) -> Result<Order, Problem> {
    match text.to_ascii_lowercase().as_str() {
        "ascending" => Ok(Order::Ascending),
        "descending" => Ok(Order::Descending),
        _ => Err(invalid("`sortOrder` must be `ascending` or `descending`".to_owned())),
    }
}
