//! This module handles `/Bulk` (RFC 7644 section 3.7): many operations in one request and one transaction. Each
//! operation is done as a whole or not at all.
//!
//! An operation that fails undoes its own part and no other part, but a closing in it is still done. This holds for an
//! operation that is malformed, too. It has an error of its own, and its neighbours are done. If the request itself is
//! malformed (such as a `failOnErrors` that is no number), it is refused and nothing of it is done except the closings.
//!
//! `failOnErrors` is the number of failures after which the rest is not done. Operations that were done before stay
//! done. A `bulkId` stands for the id of the user that its operation makes. Operations that name a `bulkId` wait for
//! it, wherever in the request it is made.

mod operation;

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use jiff::civil::Date;
use portvakt_database::Connection;
use portvakt_stores::tables::served::Served;
use serde_json::{Value, json};

use super::closing::Done;
use super::discovery::MOST_OPERATIONS;
use super::document::{location, version};
use super::members::{all_named, check_own_names};
use super::problem::{Problem, ProblemKind};
use super::users;
use super::wanted::{check_schema_listed, find_member, operations};

use operation::{BulkOperation, Method, bulk_operation, no_method, refuse_repeated_ids};

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// The prefix that marks a bulkId in the place of an id.
const NAMED: &str = "bulkId:";

/// What a bulk request has done.
#[derive(Debug)]
pub(super) struct BulkDone {
    /// The answer, with one part for each operation that was looked at.
    pub answer: Value,
    /// Why the request was refused as a whole. The accounts that it closes were closed nevertheless.
    pub refused: Option<Problem>,
}

/// Does a bulk request. `at` is the address of the service, up to its path.
pub(super) fn run(
    connection: &Connection,
    message: &Value,
    at: &str,
    today: Date,
) -> Result<BulkDone, Problem> {
    let sent: Vec<&Value> =
        all_named(message, "Operations").into_iter().filter_map(Value::as_array).flatten().collect();
    if sent.len() > MOST_OPERATIONS {
        let told = format!("more than {MOST_OPERATIONS} operations in one request; send them in several");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, told));
    }
    let (most, refused) = match most_failures(message) {
        Ok(most) => (most, None),
        Err(refused) => (usize::MAX, Some(refused)),
    };
    let mut operations: Vec<BulkOperation<'_>> = sent.into_iter().map(bulk_operation).collect();
    refuse_repeated_ids(&mut operations);
    for operation in &mut operations {
        operation.fault = operation.fault.take().or_else(|| refused.clone());
    }
    let promised = operations.iter().filter(|operation| operation.fault.is_none());
    let promised: BTreeSet<&str> = promised.filter_map(|operation| operation.bulk_id).collect();
    let (made, answers) = (BTreeMap::new(), BTreeMap::new());
    let mut run = BulkRun { connection, at, today, made, promised, answers, closed: 0 };
    run.all(&operations, most)?;
    let refused = match refused {
        Some(refused) if run.closed == 0 => return Err(refused),
        refused => refused.map(|refused| refused.but_closed_in_bulk(run.closed)),
    };
    let answers: Vec<Value> = run.answers.into_values().collect();
    let answer = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
        "Operations": answers,
    });
    Ok(BulkDone { answer, refused })
}

/// Checks everything of a bulk request that is outside its operations. Returns the number of failures after which the
/// rest is not done.
fn most_failures(message: &Value) -> Result<usize, Problem> {
    message.as_object().map_or(Ok(()), check_own_names)?;
    check_schema_listed(message, REQUEST)?;
    operations(message)?;
    match find_member(message, "failOnErrors") {
        None | Some(Value::Null) => Ok(usize::MAX),
        Some(number) => number
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .filter(|number| *number > 0)
            .ok_or_else(|| malformed("`failOnErrors` must be a number from 1 up")),
    }
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::of(ProblemKind::InvalidSyntax, detail)
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
    /// The number of accounts that were closed although their operation was refused.
    closed: usize,
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
        if operation.fault.is_none() {
            collect_bulk_ids(operation.value, &mut named);
        }
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
        let done = match circle.or_else(|| operation.fault.clone()) {
            Some(refused) => Err(self.refuse(operation, refused)?),
            None => self.one(operation),
        };
        if let Some(name) = operation.bulk_id {
            self.promised.remove(name);
        }
        // A method that is none is sent back as it came (RFC 7644 section 3.7.3).
        let method = operation.method.map(Method::word).or(operation.word);
        let mut answer = json!({});
        let Some(parts) = answer.as_object_mut() else { return Ok(false) };
        if let Some(method) = method {
            parts.insert("method".to_owned(), json!(method));
        }
        if let Some(name) = operation.bulk_id {
            parts.insert("bulkId".to_owned(), json!(name));
        }
        let failed = match done {
            Ok((status, place, served)) => {
                parts.insert("status".to_owned(), json!(status.as_str()));
                parts.insert("location".to_owned(), json!(place));
                if let Some(served) = served {
                    parts.insert("version".to_owned(), json!(version(&served)));
                    if let (Some(name), Some(Method::Post)) = (operation.bulk_id, operation.method) {
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

    /// Refuses an operation that is not tried. A closing in it is done all the same.
    fn refuse(&mut self, operation: &BulkOperation<'_>, refused: Problem) -> Result<Problem, Problem> {
        let Some(id) = target(operation.path).and_then(|id| self.id(id).ok()) else { return Ok(refused) };
        let asked = (id.as_str(), operation.closes);
        let done = users::refuse_but_close(self.connection, asked, &operation.asked, refused, self.today);
        match done.and_then(|done| self.account_or_error(done)) {
            Err(problem) if problem.status.is_server_error() => Err(problem),
            Err(refused) => Ok(refused),
            // A request that was refused is never done as a whole.
            Ok(_) => Ok(Problem::failed()),
        }
    }

    fn one(
        &mut self,
        operation: &BulkOperation<'_>,
    ) -> Result<(StatusCode, String, Option<Served>), Problem> {
        let (connection, today) = (self.connection, self.today);
        let value = match self.resolved(operation.value) {
            Ok(value) => value,
            Err(refused) => return Err(self.refuse(operation, refused)?),
        };
        if operation.method == Some(Method::Post) {
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
            Some(Method::Put) => {
                let done = users::replace(connection, id, &value, asked, today)?;
                Some(self.account_or_error(done)?)
            }
            Some(Method::Patch) => {
                let done = users::amend(connection, id, &value, asked, today)?;
                Some(self.account_or_error(done)?)
            }
            Some(Method::Delete) => {
                users::delete(connection, id, asked, today)?;
                None
            }
            Some(Method::Post) | None => return Err(no_method()),
        };
        let status = if served.is_some() { StatusCode::OK } else { StatusCode::NO_CONTENT };
        Ok((status, location(id, self.at), served))
    }

    /// Returns the account, or the error of an operation that did no more than close it.
    fn account_or_error(&mut self, done: Done) -> Result<Served, Problem> {
        match done.refused {
            Some(refused) => {
                self.closed += 1;
                Err(refused)
            }
            None => Ok(done.served),
        }
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
