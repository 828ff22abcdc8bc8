//! What is done to one user, inside a transaction of the caller: the same for a request of its own and for a part of
//! a bulk request.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use portvakt_core::model::AccountId;
use portvakt_database::Connection;
use portvakt_stores::tables::served;
use portvakt_stores::tables::served::Served;
use serde_json::Value;

use super::document::{document, version};
use super::patch;
use super::problem::Problem;
use super::wanted::{Way, user, wanted};

/// What a request of one user says beside its body.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// The versions a client knows (`If-Match`); `None` where it does not care.
    pub known: Option<String>,
}

/// Whether a list of versions as in `If-Match` and `If-None-Match` has this one. Weak and strong are alike here:
/// a version is a digest of all that is sent.
pub(super) fn lists(versions: &str, version: &str) -> bool {
    let bare = |text: &str| text.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    versions.trim() == "*" || versions.split(',').any(|one| bare(one) == bare(version))
}

/// One user.
pub(super) fn get(connection: &Connection, id: &str) -> Result<Served, Problem> {
    let found = served::one(connection, &AccountId::new(id))?;
    found.ok_or_else(|| Problem::not_found(&format!("user `{id}`")))
}

fn current(connection: &Connection, id: &str, asked: &Asked) -> Result<Served, Problem> {
    let found = get(connection, id)?;
    match &asked.known {
        Some(known) if !lists(known, &version(&found)) => Err(Problem::changed()),
        _ => Ok(found),
    }
}

/// A new user, under an id that is random.
pub(super) fn create(connection: &Connection, message: &Value, today: Date) -> Result<Served, Problem> {
    let wanted = wanted(&user(message)?, Way::Sent, None)?;
    let id = AccountId::new(&uuid::Uuid::new_v4().to_string());
    Ok(served::create(connection, &id, &wanted, today)?)
}

/// All of a user that clients may write, replaced.
pub(super) fn replace(
    connection: &Connection,
    id: &str,
    message: &Value,
    asked: &Asked,
    today: Date,
) -> Result<Served, Problem> {
    let before = current(connection, id, asked)?;
    let wanted = wanted(&user(message)?, Way::Sent, Some(&before))?;
    Ok(served::change(connection, &before.account.id, &wanted, today)?)
}

/// A user, changed as operations say.
pub(super) fn amend(
    connection: &Connection,
    id: &str,
    message: &Value,
    asked: &Asked,
    today: Date,
) -> Result<Served, Problem> {
    let before = current(connection, id, asked)?;
    let mut changed = document(&before, "", &TimeZone::UTC);
    patch::apply(&mut changed, message)?;
    let wanted = wanted(&changed, Way::Changed, Some(&before))?;
    Ok(served::change(connection, &before.account.id, &wanted, today)?)
}

/// A user, closed and seen no more.
pub(super) fn delete(connection: &Connection, id: &str, asked: &Asked, today: Date) -> Result<(), Problem> {
    let before = current(connection, id, asked)?;
    Ok(served::delete(connection, &before.account.id, today)?)
}
