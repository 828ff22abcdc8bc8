//! Does one step of a plan in the register.
//!
//! A step runs inside a transaction or savepoint of the caller, who rolls it back on an error. So a step and its record
//! are written completely or not at all. This code decides nothing that the plan did not say. A change that is already
//! there counts as done. Everything is read back. A row that does not hold what it should is a failure, whatever the
//! database answered.
//!
//! A subscription is ended by setting its last day to yesterday. So it does not run today, whether or not the job that
//! sends reports includes the last day. A subscription that ran out earlier keeps its last day.

use jiff::civil::Date;
use portvakt_core::model::AccountId;
use portvakt_core::plan::{Effect, Revoke, Step, Subject};

use super::raise::{check_open, raise};
use super::read;
use super::read_back::{gone, not_written};

pub use portvakt_core::store::Performed;
use portvakt_core::store::{Account, StoreError};
use portvakt_database::{Connection, params};

/// Does several steps for different people and accounts, all of them or none. If all steps give rights, they are done
/// together. The answer has one entry for each step, in order. `new_id` is as in [`perform`], and is called once for
/// each new account.
///
/// # Errors
/// Fails as [`perform`] does for the first step that fails. After any error the caller rolls back.
pub fn perform_all(
    connection: &Connection,
    steps: &[&Step],
    today: Date,
    new_id: &mut dyn FnMut() -> AccountId,
) -> Result<Vec<Performed>, StoreError> {
    if steps.iter().all(|step| matches!(step.effect, Effect::Raise { .. })) {
        return raise(connection, steps, today, new_id);
    }
    steps.iter().map(|step| perform(connection, step, today, new_id)).collect()
}

/// Does one step. `new_id` gives the id of an account that is opened: it is random and was never used before.
///
/// # Errors
/// Fails with [`StoreError::NotWritten`] when the register does not hold what it should after writing, or when the
/// account has changed since the plan (it was closed, removed or given a right). Then the next pass looks again. Other
/// errors are the database's. After any error the caller rolls back.
pub fn perform(
    connection: &Connection,
    step: &Step,
    today: Date,
    new_id: &mut dyn FnMut() -> AccountId,
) -> Result<Performed, StoreError> {
    let id = match (&step.subject, &step.effect) {
        (Subject::Account(id), Effect::Settle { .. }) => {
            return Ok(Performed { account: Some(id.clone()), after: None });
        }
        (Subject::New(_) | Subject::Nobody, Effect::Settle { .. }) => {
            return Ok(Performed { account: None, after: None });
        }
        (Subject::Nobody, _) => return Err(not_written("there is no account to change".to_owned())),
        (_, Effect::Raise { .. }) => {
            let done = raise(connection, &[step], today, new_id)?.into_iter().next();
            return done.ok_or_else(|| not_written("nothing was given to anybody".to_owned()));
        }
        (Subject::New(new), _) => {
            return Err(not_written(format!("`{}` has no account that could be changed", new.person)));
        }
        (Subject::Account(id), _) => id.clone(),
    };
    let after = match &step.effect {
        Effect::Lower { revoke, end_subscriptions, close, .. } => {
            lower(connection, &id, revoke, end_subscriptions, *close, today)?
        }
        Effect::Sweep { end_subscriptions } => sweep(connection, &id, end_subscriptions, today)?,
        Effect::Amend { name, login, email, .. } => {
            amend(connection, &id, name, login.as_deref(), email.as_ref())?
        }
        Effect::Raise { .. } | Effect::Settle { .. } => read_back(connection, &id)?,
    };
    Ok(Performed { account: Some(id), after: Some(after) })
}

pub(super) fn lower(
    connection: &Connection,
    id: &AccountId,
    revoke: &[Revoke],
    subscriptions: &[i64],
    close: bool,
    today: Date,
) -> Result<Account, StoreError> {
    let mut end = connection.prepare_cached(
        "UPDATE access SET ended = ?1
         WHERE account = ?2 AND application = ?3 AND unit = ?4 AND role = ?5 AND ended IS NULL",
    )?;
    for Revoke { right, .. } in revoke {
        let (application, role) = (right.application.as_str(), right.role.as_str());
        end.execute(params![today.to_string(), id.as_str(), application, right.unit.0, role])?;
    }
    end_subscriptions(connection, id, subscriptions, today)?;
    if close {
        clear_addresses(connection, id)?;
        // The e-mail address is cleared last, in the statement that closes the account.
        connection
            .prepare_cached(
                "UPDATE account SET active = 0, closed = coalesce(closed, ?2), email = NULL WHERE id = ?1",
            )?
            .execute(params![id.as_str(), today.to_string()])?;
    }

    let after = read_back(connection, id)?;
    if let Some(left) = revoke.iter().find(|revoke| after.rights.contains_key(&revoke.right)) {
        return Err(not_written(format!("the account `{id}` still has the right `{}`", left.right)));
    }
    if close {
        check_closed(connection, &after)?;
    }
    Ok(after)
}

fn check_closed(connection: &Connection, after: &Account) -> Result<(), StoreError> {
    let id = &after.id;
    if let Some(right) = after.rights.keys().next() {
        let told =
            format!("the account `{id}` has the right `{right}`, which the plan to close it did not know");
        return Err(not_written(told));
    }
    let (closed, addressed) = left(connection, id)?;
    if after.active || !closed {
        return Err(not_written(format!("the account `{id}` is still open")));
    }
    check_no_address(after, addressed)
}

/// Gives whether the closing day of an existing account is recorded, and whether one of its subscriptions has an
/// address.
fn left(connection: &Connection, id: &AccountId) -> Result<(bool, bool), StoreError> {
    Ok(connection.query_row(
        "SELECT CASE WHEN closed IS NULL THEN 0 ELSE 1 END,
                CASE WHEN EXISTS (SELECT 1 FROM subscription WHERE owner = ?1 AND address IS NOT NULL)
                     THEN 1 ELSE 0 END
         FROM account WHERE id = ?1",
        [id.as_str()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

fn sweep(
    connection: &Connection,
    id: &AccountId,
    subscriptions: &[i64],
    today: Date,
) -> Result<Account, StoreError> {
    end_subscriptions(connection, id, subscriptions, today)?;
    clear_addresses(connection, id)?;
    clear_email(connection, id)?;
    let after = read_back(connection, id)?;
    if after.active && !after.rights.is_empty() {
        return Err(not_written(format!("the account `{id}` has access, so its e-mail address stays")));
    }
    let (_, addressed) = left(connection, id)?;
    check_no_address(&after, addressed)?;
    Ok(after)
}

pub(super) fn amend(
    connection: &Connection,
    id: &AccountId,
    name: &str,
    login: Option<&str>,
    email: Option<&Option<String>>,
) -> Result<Account, StoreError> {
    check_open(connection, &[id])?;
    connection.prepare_cached("UPDATE account SET name = ?2, login = ?3 WHERE id = ?1")?.execute(params![
        id.as_str(),
        name,
        login
    ])?;
    if let Some(email) = email {
        connection
            .prepare_cached("UPDATE account SET email = ?2 WHERE id = ?1")?
            .execute(params![id.as_str(), email])?;
    }
    let after = read_back(connection, id)?;
    let as_asked = after.name == name
        && after.login.as_deref() == login
        && email.is_none_or(|email| after.email == *email);
    if !as_asked {
        return Err(not_written(format!(
            "the name, login or e-mail of the account `{id}` is not the new one"
        )));
    }
    Ok(after)
}

fn end_subscriptions(
    connection: &Connection,
    id: &AccountId,
    subscriptions: &[i64],
    today: Date,
) -> Result<(), StoreError> {
    if subscriptions.is_empty() {
        return Ok(());
    }
    let before =
        today.yesterday().map_err(|_| not_written(format!("there is no day before `{today}` to end at")))?;
    let mut end = connection.prepare_cached(
        "UPDATE subscription SET end_date = CASE WHEN end_date < ?1 THEN end_date ELSE ?1 END, ended = ?2
         WHERE id = ?3 AND owner = ?4 AND ended IS NULL",
    )?;
    // A subscription that no longer exists sends nothing, which is what was asked.
    let mut runs = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM subscription WHERE id = ?1 AND end_date >= ?2)")?;
    for subscription in subscriptions {
        end.execute(params![before.to_string(), today.to_string(), subscription, id.as_str()])?;
        if runs.query_row(params![subscription, today.to_string()], |row| row.get(0))? {
            return Err(not_written(format!("the subscription {subscription} of `{id}` still runs")));
        }
    }
    Ok(())
}

fn clear_addresses(connection: &Connection, id: &AccountId) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE subscription SET address = NULL WHERE owner = ?1 AND address IS NOT NULL")?
        .execute([id.as_str()])?;
    Ok(())
}

fn clear_email(connection: &Connection, id: &AccountId) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE account SET email = NULL WHERE id = ?1 AND email IS NOT NULL")?
        .execute([id.as_str()])?;
    Ok(())
}

fn check_no_address(after: &Account, addressed: bool) -> Result<(), StoreError> {
    if after.email.is_some() || addressed {
        return Err(not_written(format!("the e-mail address of the account `{}` is still there", after.id)));
    }
    Ok(())
}

fn read_back(connection: &Connection, id: &AccountId) -> Result<Account, StoreError> {
    read::account(connection, id)?.ok_or_else(|| gone(id))
}
