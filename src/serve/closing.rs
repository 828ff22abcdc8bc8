//! This module makes sure that the closing of an account is never lost because of other parts of the request.
//!
//! A request that closes an open account may contain something that cannot be done: an attribute that no user has, a
//! role that is not a right, or a login that another account has. Such a request is answered with that error, as RFC
//! 7644 says. Everything else of it is undone, except that the account is closed. In a PATCH the other operations
//! that can be done are done too. A request that closes nobody is done as a whole or not at all.

use jiff::civil::Date;
use portvakt_database::Connection;
use portvakt_stores::tables::served::{self, Served, Stage, WantedAccount};
use serde_json::Value;

use super::document::Object;
use super::patch;
use super::problem::Problem;
use super::schema;
use super::wanted::{SentWay, find_member, shaped, wanted};

/// What a request has done to an account.
#[derive(Debug)]
pub(super) struct Done {
    /// The account as it was read back.
    pub served: Served,
    /// Why the rest of the request was not done. The account was closed nevertheless.
    pub refused: Option<Problem>,
}

impl Done {
    /// Makes the result of a request that was done as a whole.
    pub fn in_full(served: Served) -> Self {
        Self { served, refused: None }
    }
}

/// Closes an account for a PATCH that could not be done as a whole. If the request closes nobody, it returns the
/// error.
pub(super) fn despite_patch(
    connection: &Connection,
    before: &Served,
    user: Object,
    message: &Value,
    refused: Problem,
    today: Date,
) -> Result<Done, Problem> {
    let mut left = user;
    patch::what_can_be_done(&mut left, message);
    if !may_close(before, &refused) || left.get("active") != Some(&Value::Bool(false)) {
        return Err(refused);
    }
    let salvaged = wanted(&left, SentWay::Changed, Some(before)).and_then(|wanted| {
        let changed = served::change(connection, &before.account.id, &wanted, today);
        changed.map_err(Problem::from)
    });
    match salvaged {
        Ok(served) => Ok(Done { served, refused: Some(refused.but_closed()) }),
        Err(problem) if problem.status.is_client_error() => alone(connection, before, refused, today),
        Err(problem) => Err(problem),
    }
}

/// Closes an account for a whole user (PUT) that could not be written. If the request closes nobody, it returns the
/// error.
pub(super) fn despite_put(
    connection: &Connection,
    before: &Served,
    message: &Value,
    refused: Problem,
    today: Date,
) -> Result<Done, Problem> {
    let active = schema::find_attribute(schema::CORE, "active")
        .zip(find_member(message, "active"))
        .and_then(|(attribute, sent)| shaped(attribute, sent).ok().flatten());
    if !may_close(before, &refused) || active != Some(Value::Bool(false)) {
        return Err(refused);
    }
    alone(connection, before, refused, today)
}

/// Returns whether an account is closed although its request was refused. If the register itself failed, nothing is
/// written, and the account is not closed.
fn may_close(before: &Served, refused: &Problem) -> bool {
    before.stage == Stage::Open && refused.status.is_client_error()
}

/// Closes an account and changes nothing else of it.
fn alone(connection: &Connection, before: &Served, refused: Problem, today: Date) -> Result<Done, Problem> {
    let account = &before.account;
    let closed = WantedAccount {
        person: None,
        external: before.external.clone(),
        reference: before.reference.clone(),
        name: account.name.clone(),
        login: account.login.clone(),
        email: account.email.clone(),
        rights: account.rights.keys().cloned().collect(),
        stage: Stage::Closed,
    };
    let served = served::change(connection, &account.id, &closed, today)?;
    Ok(Done { served, refused: Some(refused.but_closed()) })
}
