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
use portvakt_core::diag::text;
use portvakt_core::model::{AccountId, Right};
use portvakt_core::plan::{Effect, Step, StepSubject};

use super::raise::{check_open, raise};
use super::read;
use super::read_back::{not_written, short};
use crate::no_account;

use portvakt_core::model::Account;
pub use portvakt_core::store::Performed;
use portvakt_core::store::{
    AccountState, Beside, Mail, Shortfall, StoreError, Wanted, falls_short_beside, wanted,
};
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
        (StepSubject::Account(id), Effect::Settle { .. }) => {
            return Ok(Performed { account: Some(id.clone()), after: None });
        }
        (StepSubject::New(_) | StepSubject::Nobody, Effect::Settle { .. }) => {
            return Ok(Performed { account: None, after: None });
        }
        (StepSubject::Nobody, _) => {
            return Err(not_written(no_account()));
        }
        (_, Effect::Raise { .. }) => {
            let done = raise(connection, &[step], today, new_id)?.into_iter().next();
            return done
                .ok_or_else(|| not_written(text!(en: "nothing was given to anybody", nb: "ingen fikk noe")));
        }
        (StepSubject::New(new), _) => {
            return Err(not_written(text!(
                en: "`{person}` has no account that could be changed",
                nb: "`{person}` har ingen konto som kan endres";
                person = new.person
            )));
        }
        (StepSubject::Account(id), _) => id.clone(),
    };
    let after = bring(connection, &id, &wanted(&step.effect), today)?;
    Ok(Performed { account: Some(id), after: Some(after) })
}

/// Closes an account and takes its rights away, and leaves every address where it is. The step closes the account as a
/// whole, but the tables did not take all of it.
///
/// # Errors
/// Fails as [`perform`] does. It also fails when nothing that a later pass looks at would show what is owed. The account
/// then stays open, without rights, so that the next pass tries again.
pub fn close_owing(connection: &Connection, step: &Step, today: Date) -> Result<Performed, StoreError> {
    let StepSubject::Account(id) = &step.subject else { return Err(not_written(no_account())) };
    let asked = wanted(&step.effect);
    end_rights(connection, id, &asked.gone, today)?;
    end_subscriptions(connection, id, &asked.ended, today)?;
    connection
        .prepare_cached("UPDATE account SET active = 0, closed = coalesce(closed, ?2) WHERE id = ?1")?
        .execute(params![id.as_str(), today.to_string()])?;
    let after = read::account(connection, id)?.ok_or_else(|| short(id, &Shortfall::Gone))?;
    let beside = Beside { addressed: false, ..read_beside(connection, id, &asked, today)? };
    let unaddressed = Account { email: None, ..after.clone() };
    if let Some(shortfall) = falls_short_beside(&asked, Some(&unaddressed), &beside) {
        return Err(short(id, &shortfall));
    }
    if after.email.is_none() && after.subscriptions.iter().all(|subscription| subscription.until < today) {
        return Err(short(id, &Shortfall::StillAddressed));
    }
    Ok(Performed { account: Some(id.clone()), after: Some(after) })
}

/// Brings an existing account to the wanted state, and reads it back. New rights are not given here, but by
/// [`raise`].
pub(super) fn bring(
    connection: &Connection,
    id: &AccountId,
    wanted: &Wanted<'_>,
    today: Date,
) -> Result<Account, StoreError> {
    if wanted.state == AccountState::Open {
        check_open(connection, &[id])?;
    }
    end_rights(connection, id, &wanted.gone, today)?;
    end_subscriptions(connection, id, &wanted.ended, today)?;
    if wanted.name.is_some() || wanted.login.is_some() {
        connection
            .prepare_cached(
                "UPDATE account SET name = coalesce(?2, name), login = coalesce(?3, login) WHERE id = ?1",
            )?
            .execute(params![id.as_str(), wanted.name, wanted.login])?;
    }
    if wanted.leaves_no_address() {
        clear_addresses(connection, id)?;
    }
    if wanted.state == AccountState::Closed {
        // The e-mail address is cleared last, in the statement that closes the account.
        connection
            .prepare_cached(
                "UPDATE account SET active = 0, closed = coalesce(closed, ?2), email = NULL WHERE id = ?1",
            )?
            .execute(params![id.as_str(), today.to_string()])?;
    } else {
        set_email(connection, id, wanted.mail)?;
    }
    let after = read::account(connection, id)?.ok_or_else(|| short(id, &Shortfall::Gone))?;
    let beside = read_beside(connection, id, wanted, today)?;
    match falls_short_beside(wanted, Some(&after), &beside) {
        None => Ok(after),
        Some(shortfall) => Err(short(id, &shortfall)),
    }
}

fn end_rights(
    connection: &Connection,
    id: &AccountId,
    rights: &[&Right],
    today: Date,
) -> Result<(), StoreError> {
    let mut end = connection.prepare_cached(
        "UPDATE access SET ended = ?1
         WHERE account = ?2 AND application = ?3 AND unit = ?4 AND role = ?5 AND ended IS NULL",
    )?;
    for right in rights {
        let (application, role) = (right.application.as_str(), right.role.as_str());
        end.execute(params![today.to_string(), id.as_str(), application, right.unit.0, role])?;
    }
    Ok(())
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
    let before = today.yesterday().map_err(|_| {
        not_written(text!(
            en: "there is no day before `{today}` to end at",
            nb: "det finnes ingen dag før `{today}` å slutte på"
        ))
    })?;
    let mut end = connection.prepare_cached(
        "UPDATE subscription SET end_date = CASE WHEN end_date < ?1 THEN end_date ELSE ?1 END, ended = ?2
         WHERE id = ?3 AND owner = ?4 AND ended IS NULL",
    )?;
    for subscription in subscriptions {
        end.execute(params![before.to_string(), today.to_string(), subscription, id.as_str()])?;
    }
    Ok(())
}

fn clear_addresses(connection: &Connection, id: &AccountId) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE subscription SET address = NULL WHERE owner = ?1 AND address IS NOT NULL")?
        .execute([id.as_str()])?;
    Ok(())
}

fn set_email(connection: &Connection, id: &AccountId, mail: Mail<'_>) -> Result<(), StoreError> {
    match mail {
        Mail::AsItIs => {}
        Mail::Is(address) => {
            connection
                .prepare_cached("UPDATE account SET email = ?2 WHERE id = ?1")?
                .execute([id.as_str(), address])?;
        }
        Mail::Cleared | Mail::Nowhere => {
            connection
                .prepare_cached("UPDATE account SET email = NULL WHERE id = ?1 AND email IS NOT NULL")?
                .execute([id.as_str()])?;
        }
    }
    Ok(())
}

/// Reads what the tables know in addition to the account, as far as the step needs it.
fn read_beside(
    connection: &Connection,
    id: &AccountId,
    wanted: &Wanted<'_>,
    today: Date,
) -> Result<Beside, StoreError> {
    let mut beside = Beside { exact: true, ..Beside::default() };
    if wanted.leaves_no_address() {
        (beside.undated, beside.addressed) = connection.query_row(
            "SELECT CASE WHEN closed IS NULL THEN 1 ELSE 0 END,
                    CASE WHEN EXISTS (SELECT 1 FROM subscription WHERE owner = ?1 AND address IS NOT NULL)
                         THEN 1 ELSE 0 END
             FROM account WHERE id = ?1",
            [id.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
    }
    if !wanted.ended.is_empty() {
        // A subscription that no longer exists sends nothing, which is what was asked.
        let mut runs = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM subscription WHERE id = ?1 AND end_date >= ?2)")?;
        for subscription in &wanted.ended {
            if runs.query_row(params![subscription, today.to_string()], |row| row.get(0))? {
                beside.running.push(*subscription);
            }
        }
    }
    Ok(beside)
}
