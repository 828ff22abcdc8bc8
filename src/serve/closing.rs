//! This module makes sure that the closing of an account is never lost because of other parts of the request.
//!
//! A request that closes an open account may contain something that cannot be done: an attribute that no user has, a
//! role that is not a right, a name that stands twice, or a login that another account has. Such a request is answered
//! with that error, as RFC 7644 says. Everything else of it is undone, except that the account is closed. In a PATCH the
//! other operations that can be done are done too. A request that closes nobody is done as a whole or not at all.
//!
//! A request that closes an open account may also set `active` to true. The account is closed all the same, because a
//! closing that somebody has asked for is never undone.

use jiff::civil::Date;
use portvakt_database::Connection;
use portvakt_stores::tables::served::{self, Served, Stage, WantedAccount};
use serde_json::Value;

use super::closes::patch_closes;
use super::document::Object;
use super::patch;
use super::problem::{Problem, ProblemKind};
use super::wanted::{SentWay, wanted};

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
    if !may_close(before, &refused) || !patch_closes(message) {
        return Err(refused);
    }
    let mut left = user;
    patch::what_can_be_done(&mut left, message);
    left.insert("active".to_owned(), Value::Bool(false));
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

/// Closes an account for a request that could not be done, and does nothing else of it. If the request does not close
/// the account (`closes`), it returns the error.
pub(super) fn despite_all(
    connection: &Connection,
    before: &Served,
    closes: bool,
    refused: Problem,
    today: Date,
) -> Result<Done, Problem> {
    if !closes || !may_close(before, &refused) {
        return Err(refused);
    }
    alone(connection, before, refused, today)
}

/// Refuses a PATCH that closes an open account and then sets `active` to true again.
pub(super) fn check_stays_closed(before: &Served, changed: &Object, message: &Value) -> Result<(), Problem> {
    let open = changed.get("active") == Some(&Value::Bool(true));
    if before.stage == Stage::Open && open && patch_closes(message) {
        let told =
            "`active` is set to false and then to true, and an account that is closed is never opened again";
        return Err(Problem::of(ProblemKind::Mutability, told));
    }
    Ok(())
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
