//! This module reads and changes one user inside a transaction of the caller. A single request and a part of a bulk
//! request use the same functions.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use portvakt_core::model::AccountId;
use portvakt_database::Connection;
use portvakt_stores::tables::served;
use portvakt_stores::tables::served::Served;
use serde_json::Value;

use super::closes::user_closes;
use super::closing::{self, Done};
use super::document::{document, version};
use super::members::check_said_once;
use super::patch;
use super::problem::Problem;
use super::wanted::{SentWay, user, wanted};

/// The part of a request about one user that is not in its body.
#[derive(Debug, Clone)]
pub(super) struct UserRequest {
    /// The versions that the client knows (`If-Match`). It is `None` if the client accepts any version.
    pub known: Option<String>,
}

/// Returns whether a list of versions, as in `If-Match` and `If-None-Match`, contains this one. Weak and strong
/// versions are treated alike, because a version is a digest of everything that is sent.
pub(super) fn lists(versions: &str, version: &str) -> bool {
    let bare = |text: &str| text.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    versions.trim() == "*" || versions.split(',').any(|one| bare(one) == bare(version))
}

/// Reads one user.
pub(super) fn get(connection: &Connection, id: &str) -> Result<Served, Problem> {
    let found = served::served_account(connection, &AccountId::new(id))?;
    found.ok_or_else(|| Problem::not_found(&format!("user `{id}`")))
}

fn current(connection: &Connection, id: &str, asked: &UserRequest) -> Result<Served, Problem> {
    let found = get(connection, id)?;
    match &asked.known {
        Some(known) if !lists(known, &version(&found)) => Err(Problem::changed()),
        _ => Ok(found),
    }
}

/// Creates a new user with a random id.
pub(super) fn create(connection: &Connection, message: &Value, today: Date) -> Result<Served, Problem> {
    check_said_once(message)?;
    let wanted = wanted(&user(message)?, SentWay::Sent, None)?;
    let id = AccountId::new(&uuid::Uuid::new_v4().to_string());
    Ok(served::create(connection, &id, &wanted, today)?)
}

/// Replaces everything of a user that clients may write. A closing is done even if the rest cannot be done.
pub(super) fn replace(
    connection: &Connection,
    id: &str,
    message: &Value,
    asked: &UserRequest,
    today: Date,
) -> Result<Done, Problem> {
    let before = current(connection, id, asked)?;
    let done = check_said_once(message)
        .and_then(|()| user(message))
        .and_then(|user| wanted(&user, SentWay::Sent, Some(&before)))
        .and_then(|wanted| Ok(served::change(connection, &before.account.id, &wanted, today)?));
    match done {
        Ok(served) => Ok(Done::in_full(served)),
        Err(refused) => closing::despite_all(connection, &before, user_closes(message), refused, today),
    }
}

/// Changes a user with the operations of a PATCH message. A closing is done even if the rest cannot be done.
pub(super) fn amend(
    connection: &Connection,
    id: &str,
    message: &Value,
    asked: &UserRequest,
    today: Date,
) -> Result<Done, Problem> {
    let before = current(connection, id, asked)?;
    let shown = document(&before, "", &TimeZone::UTC);
    let mut changed = shown.clone();
    let done = check_said_once(message)
        .and_then(|()| patch::apply(&mut changed, message))
        .and_then(|()| closing::check_stays_closed(&before, &changed, message))
        .and_then(|()| wanted(&changed, SentWay::Changed, Some(&before)))
        .and_then(|wanted| Ok(served::change(connection, &before.account.id, &wanted, today)?));
    match done {
        Ok(served) => Ok(Done::in_full(served)),
        Err(refused) => closing::despite_patch(connection, &before, shown, message, refused, today),
    }
}

/// Refuses a change of a user that was not tried. If the change closes the user (`closes`), that is done all the same,
/// unless the user is unknown or has another version than the client knows.
pub(super) fn refuse_but_close(
    connection: &Connection,
    (id, closes): (&str, bool),
    asked: &UserRequest,
    refused: Problem,
    today: Date,
) -> Result<Done, Problem> {
    match current(connection, id, asked) {
        Ok(before) => closing::despite_all(connection, &before, closes, refused, today),
        Err(problem) if problem.status.is_client_error() => Err(refused),
        Err(problem) => Err(problem),
    }
}

/// Closes a user and hides it.
pub(super) fn delete(
    connection: &Connection,
    id: &str,
    asked: &UserRequest,
    today: Date,
) -> Result<(), Problem> {
    let before = current(connection, id, asked)?;
    Ok(served::delete(connection, &before.account.id, today)?)
}
