//! This module reads a base: the whole base, or only the people a pass is about and everybody who has authority.

use std::collections::BTreeSet;

use portvakt_core::change::{Base, Standing};
use portvakt_core::decide::{Freed, WantedOfBase};
use portvakt_core::model::{
    AccountId, Digest, Facts, FilePath, GrantKey, PersonId, Register, TrustId, UnitId,
};
use portvakt_database::{Connection, OptionalRow as _, Row, Statement, params};

use super::MemoryError;
use super::file_row::{FILE, SKELETON, file};
use super::renamed::renamed;
use super::restated::restated;
use super::rows::{damaged, grant_key, readable_row};
use super::standing_row::{select, standing};
use super::waits::{authority_kept, freed_requests};

/// Reads the whole base, or the wanted part of it and everybody who has authority.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn base(
    conn: &Connection,
    register: &Register,
    wanted: Option<&WantedOfBase>,
) -> Result<Base, MemoryError> {
    let base = base_as_it_stands(conn, register, wanted)?;
    match base.unread.first() {
        None => Ok(base),
        Some(person) => Err(damaged("a row", format!("one of `{person}` cannot be read"))),
    }
}

/// Does the same as `base`, but leaves out the rows that cannot be read. Their people are listed in [`Base::unread`].
///
/// # Errors
/// When the memory cannot be read, or a row does not even say which person it is about.
pub fn base_as_it_stands(
    conn: &Connection,
    register: &Register,
    wanted: Option<&WantedOfBase>,
) -> Result<Base, MemoryError> {
    let mut base = match wanted {
        None => read_base(conn)?,
        Some(wanted) => slice(conn, register, wanted)?,
    };
    base.keeps = authority_kept(conn)?;
    base.renamed = renamed(conn)?;
    base.restated = restated(conn)?;
    Ok(base)
}

fn read_base(conn: &Connection) -> Result<Base, MemoryError> {
    let mut base = Base::default();
    let mut files = conn.prepare_cached(&format!("SELECT {} FROM person_file", *FILE))?;
    let mut rows = files.query([])?;
    while let Some(row) = rows.next()? {
        let Some((person, trust, facts, _)) = row_or_unread(&mut base, &row, file(&row))? else { continue };
        if let Some(login) = &facts.vouched.login {
            base.logins.insert(login.clone(), person.clone());
        }
        base.skeletons.insert(row.get(SKELETON)?, person.clone());
        base.people.entry(person).or_default().files.insert(trust, facts);
    }
    let mut grants = conn.prepare_cached(&select(""))?;
    let mut rows = grants.query([])?;
    while let Some(row) = rows.next()? {
        let Some(standing) = row_or_unread(&mut base, &row, standing(&row))? else { continue };
        let key = standing.grant.key.clone();
        base.bind(&key);
        base.people.entry(key.person.clone()).or_default().grants.insert(key, Box::new(standing));
    }
    let mut accounts = conn.prepare_cached("SELECT person, account FROM person_account")?;
    let mut rows = accounts.query([])?;
    while let Some(row) = rows.next()? {
        let Some(person) = readable_row(person_at(&row, 0))? else { continue };
        let read = row.get::<String>(1).map_err(MemoryError::from);
        let Some(account) = row_or_unread(&mut base, &row, read)? else { continue };
        base.people.entry(person).or_default().account = Some(AccountId::new(&account));
    }
    leave_out_freed(conn, &mut base)?;
    Ok(base)
}

/// A binding that two people have released blocks nobody any more.
fn leave_out_freed(conn: &Connection, base: &mut Base) -> Result<(), MemoryError> {
    for Freed { request, person } in freed_requests(conn)? {
        if let Some(bound) = base.requests.get_mut(&request.folded()) {
            bound.remove(&person);
        }
    }
    Ok(())
}

fn slice(conn: &Connection, register: &Register, wanted: &WantedOfBase) -> Result<Base, MemoryError> {
    let mut base = Base::default();
    let mut people = wanted.people.clone();
    let renamed = renamed(conn)?;
    let now = |person: &PersonId| renamed.get(person).unwrap_or(person).clone();
    people.extend(register.appointments.iter().map(|appointment| now(&appointment.person)));
    // Counted roles carry authority and limits. Each trust has only a few people with such a role.
    let mut holders =
        conn.prepare_cached("SELECT DISTINCT person FROM standing WHERE role = ?1 AND ended IS NULL")?;
    let mut roles: BTreeSet<&str> =
        register.roles.iter().filter(|(_, rules)| rules.counted).map(|(role, _)| role.as_str()).collect();
    roles.insert(register.coordinators.role.as_str());
    for role in roles {
        let mut rows = holders.query([role])?;
        while let Some(row) = rows.next()? {
            people.extend(readable_row(person_at(&row, 0))?);
        }
    }
    let mut login = conn.prepare_cached("SELECT person FROM person_file WHERE login = ?1")?;
    for wanted in &wanted.logins {
        if let Some(person) = one_person(&mut login, wanted.as_str())? {
            base.logins.insert(wanted.clone(), person);
        }
    }
    let mut skeleton = conn.prepare_cached("SELECT person FROM person_file WHERE skeleton = ?1")?;
    for wanted in &wanted.skeletons {
        if let Some(person) = one_person(&mut skeleton, wanted)? {
            base.skeletons.insert(wanted.clone(), person);
        }
    }
    let mut files = conn.prepare_cached(&format!("SELECT {} FROM person_file WHERE person = ?1", *FILE))?;
    let mut grants = conn.prepare_cached(&select("WHERE person = ?1"))?;
    let mut account = conn.prepare_cached("SELECT account FROM person_account WHERE person = ?1")?;
    for person in people {
        let mut known = portvakt_core::change::KnownPerson::default();
        let mut rows = files.query([person.as_str()])?;
        while let Some(row) = rows.next()? {
            let Some((_, trust, facts, _)) = row_or_unread(&mut base, &row, file(&row))? else { continue };
            known.files.insert(trust, facts);
        }
        let mut rows = grants.query([person.as_str()])?;
        while let Some(row) = rows.next()? {
            let Some(standing) = row_or_unread(&mut base, &row, standing(&row))? else { continue };
            known.grants.insert(standing.grant.key.clone(), Box::new(standing));
        }
        match account.query_row([person.as_str()], |row| row.get::<String>(0)).optional() {
            Ok(found) => known.account = found.map(|id| AccountId::new(&id)),
            Err(portvakt_database::Error::Column { .. }) => {
                base.unread.insert(person.clone());
            }
            Err(other) => return Err(other.into()),
        }
        base.people.insert(person, known);
    }
    let mut served = conn.prepare_cached(SERVED)?;
    for request in &wanted.requests {
        let number = request.folded();
        let mut rows = served.query([number.as_str()])?;
        while let Some(row) = rows.next()? {
            base.requests.entry(number.clone()).or_default().extend(readable_row(person_at(&row, 0))?);
        }
    }
    leave_out_freed(conn, &mut base)?;
    Ok(base)
}

/// Returns the row, or `None` if only its person can be read. That person stays in the base, so that others see them.
fn row_or_unread<T>(
    base: &mut Base,
    row: &Row<'_>,
    read: Result<T, MemoryError>,
) -> Result<Option<T>, MemoryError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(why) => {
            // If even the person of the row cannot be read, the comparison with the ledger shows whose row is missing.
            let Some(person) = readable_row(person_at(row, 0))? else { return readable_row(Err(why)) };
            base.people.entry(person.clone()).or_default();
            base.unread.insert(person);
            Ok(None)
        }
    }
}
/// Finds the people a request was accepted for, by its folded number. It uses an index of its own.
const SERVED: &str = "SELECT DISTINCT person FROM standing WHERE upper(request) = ?1";

fn person_at(row: &Row<'_>, at: usize) -> Result<PersonId, MemoryError> {
    let text: String = row.get(at)?;
    PersonId::new(&text).map_err(|why| damaged("person", why))
}

fn one_person(statement: &mut Statement<'_>, key: &str) -> Result<Option<PersonId>, MemoryError> {
    let found: Option<String> = statement.query_row([key], |row| row.get(0)).optional()?;
    found.map(|text| PersonId::new(&text).map_err(|why| damaged("person", why))).transpose()
}

/// Calls `each` for every accepted file, with the digest of the bytes by which the file was judged.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn digests(
    conn: &Connection,
    mut each: impl FnMut(FilePath, PersonId, TrustId, Digest),
) -> Result<(), MemoryError> {
    let mut files = conn.prepare_cached("SELECT person, trust, digest FROM person_file")?;
    let mut rows = files.query([])?;
    while let Some(row) = rows.next()? {
        let read = || {
            let person = person_at(&row, 0)?;
            let trust: String = row.get(1)?;
            let trust = TrustId::new(&trust).map_err(|why| damaged("trust", why))?;
            let digest: String = row.get(2)?;
            let digest = Digest::parse(&digest).map_err(|why| damaged("digest", why))?;
            Ok((person, trust, digest))
        };
        let Some((person, trust, digest)) = readable_row(read())? else { continue };
        each(FilePath::of_person(&trust, &person), person, trust, digest);
    }
    Ok(())
}

/// An accepted file: its person, its trust, the facts it states and the digest of its bytes.
pub type AcceptedFile = (PersonId, TrustId, Facts, Digest);

/// Returns the accepted files with the facts they state, in the order of person and trust.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn accepted_files(conn: &Connection) -> Result<Vec<AcceptedFile>, MemoryError> {
    let mut statement =
        conn.prepare_cached(&format!("SELECT {} FROM person_file ORDER BY person, trust", *FILE))?;
    let mut rows = statement.query([])?;
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        files.push(file(&row)?);
    }
    Ok(files)
}

/// Returns one accepted file, if it is there.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn file_of(
    conn: &Connection,
    person: &PersonId,
    trust: &TrustId,
) -> Result<Option<(Facts, Digest)>, MemoryError> {
    let mut statement =
        conn.prepare_cached(&format!("SELECT {} FROM person_file WHERE person = ?1 AND trust = ?2", *FILE))?;
    let mut rows = statement.query(params![person.as_str(), trust.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (_, _, facts, digest) = file(&row)?;
    Ok(Some((facts, digest)))
}

/// Returns the digest of the bytes with which one file was accepted.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn digest_of(
    conn: &Connection,
    person: &PersonId,
    trust: &TrustId,
) -> Result<Option<Digest>, MemoryError> {
    let mut file = conn.prepare_cached("SELECT digest FROM person_file WHERE person = ?1 AND trust = ?2")?;
    let found: Option<String> =
        file.query_row(params![person.as_str(), trust.as_str()], |row| row.get(0)).optional()?;
    found.map(|text| Digest::parse(&text).map_err(|why| damaged("digest", why))).transpose()
}

/// Returns the person who uses an account, according to the memory.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn user_of(conn: &Connection, account: &AccountId) -> Result<Option<PersonId>, MemoryError> {
    let mut user = conn.prepare_cached("SELECT person FROM person_account WHERE account = ?1")?;
    one_person(&mut user, account.as_str())
}

/// Returns the grants at a unit that are not over and belong to another trust than this one.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn left_behind(conn: &Connection, unit: UnitId, trust: &TrustId) -> Result<Vec<Standing>, MemoryError> {
    let mut grants = conn.prepare_cached(&select("WHERE unit = ?1 AND trust <> ?2 AND ended IS NULL"))?;
    let mut rows = grants.query(params![unit.0, trust.as_str()])?;
    let mut left = Vec::new();
    while let Some(row) = rows.next()? {
        left.push(standing(&row)?);
    }
    Ok(left)
}

/// Returns the keys of the grants that are over for good. Their requests are spent (R33).
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn spent(conn: &Connection) -> Result<BTreeSet<GrantKey>, MemoryError> {
    let mut statement = conn.prepare_cached(
        "SELECT person, application, unit, request FROM standing WHERE ended IS NOT NULL OR cleared IS NOT NULL",
    )?;
    let mut rows = statement.query([])?;
    let mut spent = BTreeSet::new();
    while let Some(row) = rows.next()? {
        spent.insert(grant_key(&row, 0)?);
    }
    Ok(spent)
}

#[cfg(test)]
mod tests {
    use portvakt_core::model::RequestId;

    use super::*;

    #[test]
    fn whom_a_request_serves_is_found_in_whatever_case_it_is_written() {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        conn.execute_batch(
            "INSERT INTO standing (person, application, unit, request, trust, role, from_day, approved_by, approved_on, \
             identity, employer, staff, accepted_on, way, policies, rules) VALUES ('kari.testesen', 'a', 1, 'Req-1x', 'ahus', \
             'LU', '2026-01-01', 'b.b', '2026-01-01', 'known', 'ahus', 'internal', '2026-01-01', 'judged', '[]', '')",
        )
        .unwrap();
        let mut served = conn.prepare_cached(SERVED).unwrap();
        for number in ["Req-1x", "REQ-1X", "req-1x"] {
            let folded = RequestId::new(number).unwrap().folded();
            let people: Vec<String> = served.query_all([folded.as_str()], |row| row.get(0)).unwrap();
            assert_eq!(people, ["kari.testesen"], "{number}");
        }
    }

    #[test]
    fn whom_a_request_serves_is_found_without_reading_everybody() {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        let mut plan = conn.prepare_cached(&format!("EXPLAIN QUERY PLAN {SERVED}")).unwrap();
        let steps: Vec<String> = plan.query_all(["REQ-1"], |row| row.get(3)).unwrap();
        assert!(steps.iter().any(|step| step.contains("INDEX standing_request_folded")), "{steps:?}");
    }
}
