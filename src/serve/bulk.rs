//! This module handles `/Bulk` (RFC 7644 section 3.7): many operations in one request and one transaction. Each
//! operation is done as a whole or not at all.
//!
//! An operation that fails undoes its own part and no other part, but a closing in it is still done. `failOnErrors`
//! is the number of failures after which the rest is not done. Operations that were done before stay done. A `bulkId`
//! stands for the id of the user that its operation makes. Operations that name a `bulkId` wait for it, wherever in
//! the request it is made.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use jiff::civil::Date;
use portvakt_database::Connection;
use portvakt_stores::tables::served::Served;
use serde_json::{Value, json};

use super::closing::Done;
use super::discovery::MOST_OPERATIONS;
use super::document::{location, version};
use super::problem::{Problem, ProblemKind};
use super::users::{self, UserRequest};
use super::wanted::{check_schema_listed, find_member, operations};

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// The prefix that marks a bulkId in the place of an id.
const NAMED: &str = "bulkId:";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    fn read(text: &str) -> Option<Self> {
        match text.to_ascii_uppercase().as_str() {
            "POST" => Some(Self::Post),
            "PUT" => Some(Self::Put),
            "PATCH" => Some(Self::Patch),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One operation as it was sent.
struct BulkOperation<'m> {
    method: Method,
    path: &'m str,
    bulk_id: Option<&'m str>,
    asked: UserRequest,
    value: &'m Value,
}

/// Does a bulk request. `at` is the address of the service, up to its path.
pub(super) fn run(connection: &Connection, message: &Value, at: &str, today: Date) -> Result<Value, Problem> {
    check_schema_listed(message, REQUEST)?;
    let sent = operations(message)?;
    if sent.len() > MOST_OPERATIONS {
        let told = format!("more than {MOST_OPERATIONS} operations in one request; send them in several");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, told));
    }
    let most = match find_member(message, "failOnErrors") {
        None | Some(Value::Null) => usize::MAX,
        Some(number) => number
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .filter(|number| *number > 0)
            .ok_or_else(|| malformed("`failOnErrors` must be a number from 1 up"))?,
    };
    let operations: Vec<BulkOperation<'_>> = sent.iter().map(bulk_operation).collect::<Result<_, _>>()?;
    let mut promised = BTreeSet::new();
    for name in operations.iter().filter_map(|operation| operation.bulk_id) {
        if !promised.insert(name) {
            return Err(malformed(format!("the bulkId `{name}` stands for two operations")));
        }
    }
    let mut run =
        BulkRun { connection, at, today, made: BTreeMap::new(), promised, answers: BTreeMap::new() };
    run.all(&operations, most)?;
    let answers: Vec<Value> = run.answers.into_values().collect();
    Ok(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
        "Operations": answers,
    }))
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::of(ProblemKind::InvalidSyntax, detail)
}

fn bulk_operation(operation: &Value) -> Result<BulkOperation<'_>, Problem> {
    let text = |name: &str| find_member(operation, name).and_then(Value::as_str);
    let method = text("method").and_then(Method::read);
    let method = method.ok_or_else(|| malformed("`method` must be POST, PUT, PATCH or DELETE"))?;
    let path = text("path").ok_or_else(|| malformed("`path` is missing in an operation"))?;
    let bulk_id = text("bulkId").filter(|name| !name.is_empty());
    if method == Method::Post && bulk_id.is_none() {
        return Err(malformed("an operation that makes something needs a `bulkId`"));
    }
    let asked = UserRequest { known: text("version").map(str::to_owned) };
    let value = find_member(operation, "data").unwrap_or(&Value::Null);
    Ok(BulkOperation { method, path, bulk_id, asked, value })
}

struct BulkRun<'r> {
    connection: &'r Connection,
    at: &'r str,
    today: Date,
    /// The ids of the users that were made, by bulkId.
    made: BTreeMap<&'r str, String>,
    /// The bulkIds of the request whose operations have not been done yet.
    promised: BTreeSet<&'r str>,
    answers: BTreeMap<usize, Value>,
}

impl<'r> BulkRun<'r> {
    fn all(&mut self, operations: &[BulkOperation<'r>], most: usize) -> Result<(), Problem> {
        let mut failed = 0;
        let mut waiting: Vec<usize> = (0..operations.len()).collect();
        while !waiting.is_empty() {
            let mut later = Vec::new();
            let before = waiting.len();
            for number in waiting {
                let Some(operation) = operations.get(number) else { continue };
                if self.waits(operation) {
                    later.push(number);
                    continue;
                }
                failed += usize::from(self.answer(number, operation, None)?);
                if failed >= most {
                    return Ok(());
                }
            }
            if later.len() == before {
                // The remaining operations wait for each other.
                for number in later {
                    let Some(operation) = operations.get(number) else { continue };
                    let told = "this operation and others wait for each other's bulkId";
                    let circle = Problem::of(ProblemKind::InvalidValue, told);
                    failed += usize::from(self.answer(number, operation, Some(circle))?);
                    if failed >= most {
                        return Ok(());
                    }
                }
                return Ok(());
            }
            waiting = later;
        }
        Ok(())
    }

    fn waits(&self, operation: &BulkOperation<'_>) -> bool {
        let mut named = BTreeSet::new();
        collect_bulk_ids(operation.value, &mut named);
        named.extend(target(operation.path).and_then(|id| id.strip_prefix(NAMED)));
        named.iter().any(|name| self.promised.contains(name) && operation.bulk_id != Some(name))
    }

    /// Does one operation and returns whether it failed.
    fn answer(
        &mut self,
        number: usize,
        operation: &BulkOperation<'r>,
        circle: Option<Problem>,
    ) -> Result<bool, Problem> {
        let done = match circle {
            Some(circle) => Err(circle),
            None => self.one(operation),
        };
        if let Some(name) = operation.bulk_id {
            self.promised.remove(name);
        }
        let mut answer = json!({ "method": operation.method.word() });
        let Some(parts) = answer.as_object_mut() else { return Ok(false) };
        if let Some(name) = operation.bulk_id {
            parts.insert("bulkId".to_owned(), json!(name));
        }
        let failed = match done {
            Ok((status, place, served)) => {
                parts.insert("status".to_owned(), json!(status.as_str()));
                parts.insert("location".to_owned(), json!(place));
                if let Some(served) = served {
                    parts.insert("version".to_owned(), json!(version(&served)));
                    if let (Some(name), Method::Post) = (operation.bulk_id, operation.method) {
                        self.made.insert(name, served.account.id.to_string());
                    }
                }
                false
            }
            // The register itself failed, so the whole request fails and nothing of it is written.
            Err(problem) if problem.status.is_server_error() => return Err(problem),
            Err(problem) => {
                parts.insert("status".to_owned(), json!(problem.status.as_str()));
                parts.insert("response".to_owned(), problem.body());
                if let Some(id) = target(operation.path) {
                    let id = id
                        .strip_prefix(NAMED)
                        .and_then(|name| self.made.get(name))
                        .map_or(id, String::as_str);
                    parts.insert("location".to_owned(), json!(location(id, self.at)));
                }
                true
            }
        };
        self.answers.insert(number, answer);
        Ok(failed)
    }

    fn one(&self, operation: &BulkOperation<'_>) -> Result<(StatusCode, String, Option<Served>), Problem> {
        let value = self.resolved(operation.value)?;
        let (connection, today) = (self.connection, self.today);
        if operation.method == Method::Post {
            if !operation.path.trim_end_matches('/').eq_ignore_ascii_case("/Users") {
                return Err(Problem::not_found(&format!("`{}` to make something at", operation.path)));
            }
            let served = users::create(connection, &value, today)?;
            let place = location(served.account.id.as_str(), self.at);
            return Ok((StatusCode::CREATED, place, Some(served)));
        }
        let id = target(operation.path)
            .ok_or_else(|| Problem::not_found(&format!("`{}`; users are `/Users/ID`", operation.path)))?;
        let id = self.id(id)?;
        let (id, asked) = (id.as_str(), &operation.asked);
        let served = match operation.method {
            Method::Put => Some(account_or_error(users::replace(connection, id, &value, asked, today)?)?),
            Method::Patch => Some(account_or_error(users::amend(connection, id, &value, asked, today)?)?),
            Method::Delete | Method::Post => {
                users::delete(connection, id, asked, today)?;
                None
            }
        };
        let status = if served.is_some() { StatusCode::OK } else { StatusCode::NO_CONTENT };
        Ok((status, location(id, self.at), served))
    }

    fn id(&self, id: &str) -> Result<String, Problem> {
        let Some(name) = id.strip_prefix(NAMED) else { return Ok(id.to_owned()) };
        let told =
            || Problem::of(ProblemKind::InvalidValue, format!("nothing was made under the bulkId `{name}`"));
        self.made.get(name).cloned().ok_or_else(told)
    }

    /// Returns the value with real ids in the place of bulkIds.
    fn resolved(&self, value: &Value) -> Result<Value, Problem> {
        Ok(match value {
            Value::String(text) if text.starts_with(NAMED) => Value::String(self.id(text)?),
            Value::Array(values) => {
                Value::Array(values.iter().map(|value| self.resolved(value)).collect::<Result<_, _>>()?)
            }
            Value::Object(parts) => {
                let parts = parts.iter().map(|(name, value)| Ok((name.clone(), self.resolved(value)?)));
                Value::Object(parts.collect::<Result<_, Problem>>()?)
            }
            other => other.clone(),
        })
    }
}

/// Returns the account, or the error of an operation that did no more than close it.
fn account_or_error(done: Done) -> Result<Served, Problem> {
    match done.refused {
        Some(refused) => Err(refused),
        None => Ok(done.served),
    }
}

/// Returns the id in a path.
fn target(path: &str) -> Option<&str> {
    let (users, id) = path.strip_prefix('/')?.split_once('/')?;
    (users.eq_ignore_ascii_case("Users") && !id.is_empty() && !id.contains('/')).then_some(id)
}

/// Collects the bulkIds that a value names.
fn collect_bulk_ids<'v>(value: &'v Value, named: &mut BTreeSet<&'v str>) {
    match value {
        Value::String(text) => named.extend(text.strip_prefix(NAMED)),
        Value::Array(values) => values.iter().for_each(|value| collect_bulk_ids(value, named)),
        Value::Object(parts) => parts.values().for_each(|value| collect_bulk_ids(value, named)),
        _ => {}
    }
}
