//! This module records what was accepted and what happened to it later. The caller holds the transaction.

use std::collections::BTreeSet;

use jiff::civil::Date;
use portvakt_core::change::{Cause, Standing};
use portvakt_core::model::{AccountId, Digest, GrantKey, PersonId, Revocation, TrustId};
use portvakt_database::{Connection, Dialect, Value, params};

use super::MemoryError;
use super::by_keys::by_keys;
use super::file_row::COPY;
use super::rows::{ONE, cause_word, damaged, on_one, places, readable_row};
use super::standing_row::{Columns, INSERT, UPSERT};

/// This value replaces the digest of a file with an open matter, so that the next pass looks at the file again.
pub const UNSETTLED: Digest = Digest::from_bytes([0; 32]);

/// Makes the next pass look at a file again.
///
/// # Errors
/// When the memory cannot be written.
pub fn look_again(conn: &Connection, person: &PersonId, trust: &TrustId) -> Result<(), MemoryError> {
    conn.prepare_cached("UPDATE person_file SET digest = ?3 WHERE person = ?1 AND trust = ?2")?
        .execute(params![person.as_str(), trust.as_str(), UNSETTLED.to_string()])?;
    Ok(())
}

/// Makes the next pass look for the person's file at another trust. The grants have moved there with their unit, and
/// the file is missing there from now on. If the person already has a file there, the next pass looks at it again,
/// because it may not contain the moved grants.
///
/// # Errors
/// When the memory cannot be written.
pub fn miss_at(
    conn: &Connection,
    person: &PersonId,
    from: &TrustId,
    to: &TrustId,
) -> Result<(), MemoryError> {
    conn.prepare_cached(&COPY)?.execute(params![
        person.as_str(),
        from.as_str(),
        to.as_str(),
        UNSETTLED.to_string()
    ])?;
    super::waits::follow(conn, person, from, to)
}

/// Forgets a file that is gone and whose grants are all over. The grants stay on record.
///
/// # Errors
/// When the memory cannot be written.
pub fn forget_file(conn: &Connection, person: &PersonId, trust: &TrustId) -> Result<(), MemoryError> {
    conn.prepare_cached("DELETE FROM person_file WHERE person = ?1 AND trust = ?2")?
        .execute(params![person.as_str(), trust.as_str()])?;
    Ok(())
}

/// Deletes the rows of a person if one of them cannot be read, before they are written again from the ledger. In
/// PostgreSQL the program's role may not delete grants: the owner of the database repairs the row.
///
/// # Errors
/// When the memory cannot be written.
pub fn forget_rows(conn: &Connection, person: &PersonId) -> Result<(), MemoryError> {
    conn.prepare_cached("DELETE FROM person_file WHERE person = ?1")?.execute([person.as_str()])?;
    if conn.dialect() == Dialect::Sqlite {
        conn.prepare_cached("DELETE FROM standing WHERE person = ?1")?.execute([person.as_str()])?;
    }
    Ok(())
}

/// Records a new or changed grant with everything that is known about it.
///
/// # Errors
/// When the memory cannot be written.
pub fn accept_grant(conn: &Connection, standing: &Standing) -> Result<(), MemoryError> {
    conn.prepare_cached(&UPSERT)?.execute(Columns::of(standing)?.values().as_slice())?;
    Ok(())
}

/// Records a used statement: it was accepted before, and another statement has replaced it.
///
/// # Errors
/// When the memory cannot be written.
pub fn use_statement(conn: &Connection, statement: &Digest) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT INTO used_statement (digest) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([statement.to_string()])?;
    Ok(())
}

/// Returns the statements that were used before. There are as many as there were changes of entries and settings.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn used_statements(conn: &Connection) -> Result<BTreeSet<Digest>, MemoryError> {
    let mut statement = conn.prepare_cached("SELECT digest FROM used_statement")?;
    let mut rows = statement.query([])?;
    let mut used = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let read = || {
            let text: String = row.get(0)?;
            Digest::parse(&text).map_err(|why| damaged("used_statement", why))
        };
        used.extend(readable_row(read())?);
    }
    Ok(used)
}

/// Returns those of these statements that were used before. Only their rows are read.
///
/// # Errors
/// When the memory cannot be read.
pub fn used_statements_among(
    conn: &Connection,
    asked: &BTreeSet<Digest>,
) -> Result<BTreeSet<Digest>, MemoryError> {
    let keys: Vec<String> = asked.iter().map(ToString::to_string).collect();
    let mut used = BTreeSet::new();
    by_keys(conn, USED, &keys, |row| {
        used.extend(Digest::parse(row.text(0)?).ok());
        Ok(())
    })?;
    Ok(used)
}

const USED: &str = "SELECT digest FROM used_statement WHERE digest";

/// The mark of a used statement about what identifies a person, before the digest. The statement holds name and address,
/// so its digest is in no part of the memory that the ledger's chain binds.
const PERSON_STATEMENT: &str = "person.statement.";

/// Records a used statement about what identifies a person.
///
/// # Errors
/// When the memory cannot be written.
pub fn use_person_statement(conn: &Connection, statement: &Digest) -> Result<(), MemoryError> {
    super::set_mark(conn, &format!("{PERSON_STATEMENT}{statement}"), "")
}

/// Returns those of these statements about what identifies people that were used before. Only their marks are read.
///
/// # Errors
/// When the memory cannot be read.
pub fn used_person_statements_among(
    conn: &Connection,
    asked: &BTreeSet<Digest>,
) -> Result<BTreeSet<Digest>, MemoryError> {
    let keys: Vec<String> = asked.iter().map(|digest| format!("{PERSON_STATEMENT}{digest}")).collect();
    let mut used = BTreeSet::new();
    by_keys(conn, USED_OF_PEOPLE, &keys, |row| {
        let digest = row.text(0)?.strip_prefix(PERSON_STATEMENT);
        used.extend(digest.and_then(|digest| Digest::parse(digest).ok()));
        Ok(())
    })?;
    Ok(used)
}

const USED_OF_PEOPLE: &str = "SELECT key FROM mark WHERE key";

/// Records that a removal has passed the guard. From now on the grant gives no access.
///
/// # Errors
/// When the memory cannot be written.
pub fn clear_grant(
    conn: &Connection,
    key: &GrantKey,
    cause: Cause,
    revocation: Option<&Revocation>,
) -> Result<(), MemoryError> {
    on_one(
        conn,
        "UPDATE standing SET cleared = ?5, revoked_on = coalesce(?6, revoked_on),
             revoked_by = coalesce(?7, revoked_by), revoked_reason = coalesce(?8, revoked_reason)",
        key,
        &[
            &cause_word(cause)?,
            &revocation.map(|r| r.on.to_string()),
            &revocation.map(|r| r.by.as_str()),
            &revocation.map(|r| r.reason.as_str()),
        ],
    )
}

/// Records that an end date was moved to an earlier day.
///
/// # Errors
/// When the memory cannot be written.
pub fn shorten_grant(conn: &Connection, key: &GrantKey, until: Date) -> Result<(), MemoryError> {
    on_one(conn, "UPDATE standing SET until_day = ?5", key, &[&until.to_string()])
}

/// Records that the store has given the rights of these grants.
///
/// # Errors
/// When the memory cannot be written.
pub fn store_given(conn: &Connection, keys: &[&GrantKey], day: Date) -> Result<(), MemoryError> {
    let day = day.to_string();
    let rows: Vec<_> = keys
        .iter()
        .map(|key| {
            let [person, application, unit, request] = places(key);
            [person, application, unit, request, Value::Text(&day)]
        })
        .collect();
    conn.execute_each(
        &format!("UPDATE standing SET given = coalesce(given, ?5), replaced = NULL WHERE {ONE}"),
        &rows,
    )?;
    Ok(())
}

/// Records that the store has confirmed the end of these grants. Their requests are spent (R33).
///
/// # Errors
/// When the memory cannot be written.
pub fn store_ended(conn: &Connection, ended: &[(&GrantKey, Cause)], day: Date) -> Result<(), MemoryError> {
    let day = day.to_string();
    let words = ended.iter().map(|(_, cause)| cause_word(*cause)).collect::<Result<Vec<_>, _>>()?;
    let rows: Vec<_> = ended
        .iter()
        .zip(&words)
        .map(|((key, _), word)| {
            let [person, application, unit, request] = places(key);
            [person, application, unit, request, Value::Text(word), Value::Text(&day)]
        })
        .collect();
    conn.execute_each(
        &format!("UPDATE standing SET cleared = coalesce(cleared, ?5), ended = ?6 WHERE {ONE}"),
        &rows,
    )?;
    Ok(())
}

/// Records which account a person uses.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_account(conn: &Connection, person: &PersonId, account: &AccountId) -> Result<(), MemoryError> {
    set_accounts(conn, &[(person, account)])
}

/// Records the accounts of several people.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_accounts(conn: &Connection, used: &[(&PersonId, &AccountId)]) -> Result<(), MemoryError> {
    let rows = pairs(used);
    // An account has only one person. The person it is found to belong to takes it over.
    conn.execute_each("DELETE FROM person_account WHERE account = ?2 AND person <> ?1", &rows)?;
    conn.execute_each(
        "INSERT INTO person_account (person, account) VALUES (?1, ?2)
         ON CONFLICT (person) DO UPDATE SET account = excluded.account",
        &rows,
    )?;
    Ok(())
}

/// Records that the accounts of these people have been closed. They are never used again (R34).
///
/// # Errors
/// When the memory cannot be written.
pub fn close_accounts(conn: &Connection, used: &[(&PersonId, &AccountId)]) -> Result<(), MemoryError> {
    conn.execute_each("DELETE FROM person_account WHERE person = ?1 AND account = ?2", &pairs(used))?;
    Ok(())
}

fn pairs<'v>(used: &[(&'v PersonId, &'v AccountId)]) -> Vec<[Value<'v>; 2]> {
    used.iter()
        .map(|(person, account)| [Value::Text(person.as_str()), Value::Text(account.as_str())])
        .collect()
}

/// Does the same if the store has closed the account by itself and the person has no grant left. It returns whether
/// that was the case.
///
/// # Errors
/// When the memory cannot be written.
pub fn leave_account(conn: &Connection, person: &PersonId, account: &AccountId) -> Result<bool, MemoryError> {
    let left = conn
        .prepare_cached(
            "DELETE FROM person_account WHERE person = ?1 AND account = ?2 AND NOT EXISTS
             (SELECT 1 FROM standing WHERE standing.person = ?1 AND ended IS NULL)
         AND NOT EXISTS (SELECT 1 FROM account WHERE id = ?2 AND active = 1)",
        )?
        .execute(params![person.as_str(), account.as_str()])?;
    Ok(left > 0)
}

/// Records a request that the store gave and took back before the program knew about it (R33). If the request is
/// already on record, nothing changes.
///
/// # Errors
/// When the memory cannot be written.
pub fn spend_request(
    conn: &Connection,
    key: &GrantKey,
    day: Date,
    rules: &Digest,
) -> Result<(), MemoryError> {
    conn.prepare_cached(&INSERT)?.execute(Columns::spent(key, day, rules).values().as_slice())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::by_keys::plan_of;

    fn statement(number: usize) -> Digest {
        Digest::of(format!("statement {number}").as_bytes())
    }

    #[test]
    fn a_statement_is_found_by_its_digest_among_all_that_ever_served() {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        for number in 0..2_000 {
            use_statement(&conn, &statement(number)).unwrap();
            use_person_statement(&conn, &statement(10_000 + number)).unwrap();
        }
        let asked = BTreeSet::from([3, 1_999, 2_000, 10_003].map(statement));
        assert_eq!(used_statements_among(&conn, &asked).unwrap(), BTreeSet::from([3, 1_999].map(statement)));
        assert_eq!(
            used_person_statements_among(&conn, &asked).unwrap(),
            BTreeSet::from([10_003].map(statement))
        );
        // These are many more than one question can hold.
        let asked: BTreeSet<Digest> = (1_000..3_000).map(statement).collect();
        let both: BTreeSet<Digest> = (1_000..2_000).map(statement).collect();
        assert_eq!(used_statements_among(&conn, &asked).unwrap(), both);
        assert_eq!(used_statements_among(&conn, &BTreeSet::new()).unwrap(), BTreeSet::new());
    }

    #[test]
    fn a_served_statement_is_found_without_reading_the_others() {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        for question in [USED, USED_OF_PEOPLE] {
            let steps = plan_of(&conn, question);
            assert!(!steps.is_empty() && steps.iter().all(|step| step.starts_with("SEARCH")), "{steps:?}");
        }
    }
}
