//! One row of the table `person_file`: what a file states about its person, and the digest of the bytes by which the file
//! was judged. The facts that approvals vouch for have columns of their own, which are named and filled by
//! [`VouchedFact::ALL`].

use std::sync::LazyLock;

use portvakt_core::model::{Digest, Email, Facts, PersonId, TrustId, VouchedFact};
use portvakt_core::parse::confusable::skeleton;
use portvakt_database::{Connection, Row, Value};

use super::MemoryError;
use super::rows::{damaged, vouched};

/// The columns of a row before those of the facts. The person comes first, so that the person of a row that cannot be
/// read is found in every table at the same place.
const FIRST: [&str; 6] = ["person", "trust", "name", "email", "digest", "skeleton"];

/// The place of `skeleton` in a row that was asked for with [`FILE`].
pub(super) const SKELETON: usize = 5;

/// The table and its indexes.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS person_file (
    person TEXT NOT NULL, trust TEXT NOT NULL, name TEXT NOT NULL, employer TEXT NOT NULL, staff TEXT NOT NULL,
    position TEXT, login TEXT, email TEXT, skeleton TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (person, trust)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS person_file_login ON person_file (login) WHERE login IS NOT NULL;
CREATE INDEX IF NOT EXISTS person_file_skeleton ON person_file (skeleton);
";

fn column_names() -> impl Iterator<Item = &'static str> {
    FIRST.into_iter().chain(VouchedFact::ALL.map(VouchedFact::key))
}

/// The columns that a statement asks for, so that [`file`] can read the row.
pub(super) static FILE: LazyLock<String> = LazyLock::new(|| column_names().collect::<Vec<_>>().join(", "));

/// Writes a row, new or in place of the one that is there.
static UPSERT: LazyLock<String> = LazyLock::new(|| {
    let places: Vec<String> = (1..=column_names().count()).map(|place| format!("?{place}")).collect();
    let rest = column_names().filter(|name| !["person", "trust"].contains(name));
    let set: Vec<String> = rest.map(|name| format!("{name} = excluded.{name}")).collect();
    let (names, places, set) = (FILE.as_str(), places.join(", "), set.join(", "));
    format!(
        "INSERT INTO person_file ({names}) VALUES ({places}) ON CONFLICT (person, trust) DO UPDATE SET {set}"
    )
});

/// Copies the row of a person (`?1`) at one trust (`?2`) to another trust (`?3`), with another digest (`?4`). If there is a
/// row already, it only gets the digest.
pub(super) static COPY: LazyLock<String> = LazyLock::new(|| {
    let said: Vec<&str> = column_names()
        .map(|name| match name {
            "trust" => "?3",
            "digest" => "?4",
            other => other,
        })
        .collect();
    let (names, said) = (FILE.as_str(), said.join(", "));
    format!(
        "INSERT INTO person_file ({names}) SELECT {said} FROM person_file WHERE person = ?1 AND trust = ?2
         ON CONFLICT (person, trust) DO UPDATE SET digest = excluded.digest"
    )
});

/// Reads a file in a row that was asked for with [`FILE`].
///
/// # Errors
/// With [`MemoryError::Damaged`] for a row that this program does not write.
pub(super) fn file(row: &Row<'_>) -> Result<(PersonId, TrustId, Facts, Digest), MemoryError> {
    let text = |at| row.text(at).map_err(|why| damaged("a text column", why));
    let optional = |at| row.text_or_null(at).map_err(|why| damaged("a text column", why));
    let mut written = [None; VouchedFact::COUNT];
    for (at, value) in written.iter_mut().enumerate() {
        *value = optional(FIRST.len() + at)?;
    }
    let facts = Facts {
        name: text(2)?.to_owned(),
        vouched: vouched(written)?,
        email: optional(3)?.map(|text| Email::from(text.to_owned())),
    };
    let person = PersonId::new(text(0)?).map_err(|why| damaged("PersonId", why))?;
    let trust = TrustId::new(text(1)?).map_err(|why| damaged("TrustId", why))?;
    let digest = Digest::parse(text(4)?).map_err(|why| damaged("digest", why))?;
    Ok((person, trust, facts, digest))
}

/// Records the facts a file states about its person, and the digest of the bytes by which it was judged.
///
/// # Errors
/// When the memory cannot be written.
pub fn accept_file(
    conn: &Connection,
    person: &PersonId,
    trust: &TrustId,
    facts: &Facts,
    digest: &Digest,
) -> Result<(), MemoryError> {
    let (digest, skeleton) = (digest.to_string(), skeleton(person));
    let mut values = vec![
        Value::Text(person.as_str()),
        Value::Text(trust.as_str()),
        Value::Text(&facts.name),
        or_null(facts.email.as_ref().map(Email::as_str)),
        Value::Text(&digest),
        Value::Text(&skeleton),
    ];
    values.extend(facts.vouched.written().map(or_null));
    conn.prepare_cached(&UPSERT)?.execute(values.as_slice())?;
    Ok(())
}

fn or_null(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Null, Value::Text)
}

#[cfg(test)]
mod tests {
    use portvakt_core::model::{EmployerId, Login, Position, Staff, Vouched};

    use super::*;

    fn prepared() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        conn
    }

    fn all(conn: &Connection) -> Vec<(PersonId, TrustId, Facts, Digest)> {
        crate::memory::accepted_files(conn).unwrap()
    }

    #[test]
    fn every_column_of_the_table_is_in_the_list() {
        let conn = prepared();
        let mut columns =
            conn.prepare_cached("SELECT name FROM pragma_table_info('person_file') ORDER BY name").unwrap();
        let columns: Vec<String> = columns.query_all([], |row| row.get(0)).unwrap();
        let mut listed: Vec<&str> = column_names().collect();
        listed.sort_unstable();
        assert_eq!(columns, listed);
        assert_eq!(FIRST.get(SKELETON), Some(&"skeleton"));
    }

    #[test]
    fn what_is_written_is_read_again_and_taken_along() {
        let conn = prepared();
        let person = PersonId::new("kari.testesen").unwrap();
        let [here, there] = ["ahus", "helse-bergen"].map(|trust| TrustId::new(trust).unwrap());
        let full = Facts {
            name: "Kari Testesen".to_owned(),
            vouched: Vouched {
                position: Some(Position::new("lis").unwrap()),
                login: Some(Login::new("karites").unwrap()),
                ..Vouched::of(EmployerId::new("helse-bergen").unwrap(), Staff::Ict)
            },
            email: Some(Email::Cleared),
        };
        let few = Facts {
            vouched: Vouched::of(EmployerId::new("ahus").unwrap(), Staff::Health),
            email: None,
            ..full.clone()
        };
        let (one, other) = (Digest::of(b"1"), Digest::of(b"2"));
        accept_file(&conn, &person, &here, &few, &one).unwrap();
        assert_eq!(all(&conn), [(person.clone(), here.clone(), few, one)]);
        accept_file(&conn, &person, &here, &full, &other).unwrap();
        assert_eq!(all(&conn), [(person.clone(), here.clone(), full.clone(), other)]);
        crate::memory::miss_at(&conn, &person, &here, &there).unwrap();
        let missed = (person.clone(), there, full.clone(), crate::memory::UNSETTLED);
        assert_eq!(all(&conn), [(person, here, full, other), missed]);
    }

    #[test]
    fn a_kind_of_staff_that_nobody_knows_is_damage() {
        let conn = prepared();
        let person = PersonId::new("kari.testesen").unwrap();
        let trust = TrustId::new("ahus").unwrap();
        let facts = Facts {
            name: "Kari Testesen".to_owned(),
            vouched: Vouched::of(EmployerId::new("ahus").unwrap(), Staff::Health),
            email: None,
        };
        accept_file(&conn, &person, &trust, &facts, &Digest::of(b"1")).unwrap();
        conn.execute_batch("UPDATE person_file SET staff = 'nurse'").unwrap();
        let told = crate::memory::accepted_files(&conn).unwrap_err().to_string();
        assert!(told.contains("staff: nurse"), "{told}");
    }
}
