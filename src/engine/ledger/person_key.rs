//! In the ledger, random keys represent people, so that nothing personal is hashed: an entry can never change, but
//! personal data may have to be deleted. The key of a person is made once and stays.
//!
//! The ledger also binds each key to its person. The entry that first uses a key has a commitment to the key and the
//! person, made with a random salt. The salt is only in the row of the key. If the row is deleted, nobody can connect
//! the rest in the ledger with this person or with anybody else.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::model::{Digest, Hasher, PersonId};
use portvakt_core::store::StoreError;
use portvakt_database::{Connection, Error, OptionalRow as _, Row, Value};
use serde_json::Value as Json;

use super::{EntryKind, LedgerError};

/// The table of person keys. [`super::prepare`] makes it.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS person_key (
    person TEXT PRIMARY KEY NOT NULL,
    key    TEXT NOT NULL UNIQUE,
    salt   TEXT
) STRICT, WITHOUT ROWID;
";

/// Makes the table, or adds the new column to a table that an older version made.
pub(super) fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(SCHEMA)?;
    let salted = "SELECT count(*) FROM pragma_table_info('person_key') WHERE name = 'salt'";
    if connection.query_row(salted, [], |row| row.get::<i64>(0))? == 0 {
        connection.execute_batch("ALTER TABLE person_key ADD COLUMN salt TEXT")?;
    }
    Ok(())
}

/// Returns whether keys have salts here. A file that an older version wrote and that is only read has none yet.
///
/// # Errors
/// Fails with the error of the database.
pub fn has_salts(connection: &Connection) -> Result<bool, LedgerError> {
    if connection.as_sqlite().is_none() {
        return Ok(true);
    }
    let salted = "SELECT count(*) FROM pragma_table_info('person_key') WHERE name = 'salt'";
    Ok(connection.query_row(salted, [], |row| row.get::<i64>(0))? > 0)
}

/// The key of a person, with its salt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaltedKey {
    /// The text that represents the person in the ledger.
    pub key: String,
    /// The salt, which is not in the ledger. Without it nobody can guess the person behind a commitment.
    pub salt: String,
}

impl SaltedKey {
    /// Returns the commitment for the ledger. Together with the salt it shows that the key belongs to this person.
    #[must_use]
    pub fn commitment(&self, person: &PersonId) -> Digest {
        let mut hasher = Hasher::new("portvakt person key 1");
        hasher.part(self.salt.as_bytes()).part(self.key.as_bytes()).part(person.as_str().as_bytes());
        hasher.finish()
    }
}

fn random() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// An entry has the commitments of the keys it uses first under this name.
pub const COMMITMENTS: &str = "keys";

/// The keys of people, each looked up once. Use it inside one transaction, and no longer than that transaction.
#[derive(Debug)]
pub struct Keys<'c> {
    connection: &'c Connection,
    known: RefCell<BTreeMap<PersonId, SaltedKey>>,
    /// The keys that were made or salted, and that no entry has bound yet.
    unbound: RefCell<BTreeMap<String, Digest>>,
}

const KEY: &str = "SELECT key, salt FROM person_key WHERE person = ?1";

impl<'c> Keys<'c> {
    /// Makes an empty set of keys.
    #[must_use]
    pub fn new(connection: &'c Connection) -> Self {
        Self { connection, known: RefCell::default(), unbound: RefCell::default() }
    }

    /// Looks up the keys of these people all at once. A person without a key gets one when it is first asked for.
    ///
    /// # Errors
    /// Fails with the error of the database.
    pub fn of(connection: &'c Connection, people: &BTreeSet<&PersonId>) -> Result<Self, LedgerError> {
        let keys = Self::new(connection);
        let asked: Vec<_> = people.iter().map(|person| [Value::Text(person.as_str())]).collect();
        let people: Vec<&PersonId> = people.iter().copied().collect();
        connection.query_each(KEY, &asked, |at, row| {
            if let (Some(person), (key, Some(salt))) = (people.get(at), key_and_salt(row)?) {
                keys.known.borrow_mut().insert((*person).clone(), SaltedKey { key, salt });
            }
            Ok::<_, Error>(())
        })?;
        Ok(keys)
    }

    /// Returns the key of a person. It is made on first use.
    ///
    /// # Errors
    /// Fails with the error of the database.
    pub fn key(&self, person: &PersonId) -> Result<String, LedgerError> {
        Ok(self.salted(person)?.key)
    }

    /// Returns the key of a person with its salt.
    ///
    /// # Errors
    /// Fails with the error of the database.
    pub fn salted(&self, person: &PersonId) -> Result<SaltedKey, LedgerError> {
        if let Some(known) = self.known.borrow().get(person) {
            return Ok(known.clone());
        }
        let found =
            self.connection.prepare_cached(KEY)?.query_row([person.as_str()], key_and_salt).optional()?;
        let key = match found {
            Some((key, Some(salt))) => SaltedKey { key, salt },
            Some((key, None)) => {
                // This key is from a time before keys were bound. The next entry that uses it binds it.
                let key = SaltedKey { key, salt: random() };
                self.connection
                    .prepare_cached("UPDATE person_key SET salt = ?2 WHERE person = ?1")?
                    .execute([person.as_str(), &key.salt])?;
                self.unbound.borrow_mut().insert(key.key.clone(), key.commitment(person));
                key
            }
            None => {
                let key = SaltedKey { key: random(), salt: random() };
                self.connection
                    .prepare_cached("INSERT INTO person_key (person, key, salt) VALUES (?1, ?2, ?3)")?
                    .execute([person.as_str(), &key.key, &key.salt])?;
                self.unbound.borrow_mut().insert(key.key.clone(), key.commitment(person));
                key
            }
        };
        self.known.borrow_mut().insert(person.clone(), key.clone());
        Ok(key)
    }

    /// Makes the next entry bind a person's key again, because the person has another id from there on.
    ///
    /// # Errors
    /// Fails with the error of the database.
    pub fn bind_anew(&self, person: &PersonId) -> Result<SaltedKey, LedgerError> {
        let key = self.salted(person)?;
        self.unbound.borrow_mut().insert(key.key.clone(), key.commitment(person));
        Ok(key)
    }

    /// Adds the commitments of all newly made keys to the entry that uses them first.
    #[must_use]
    pub fn bound(&self, mut body: Json) -> Json {
        let unbound = std::mem::take(&mut *self.unbound.borrow_mut());
        if let (false, Some(body)) = (unbound.is_empty(), body.as_object_mut()) {
            body.insert(COMMITMENTS.to_owned(), serde_json::json!(unbound));
        }
        body
    }
}

fn key_and_salt(row: &Row<'_>) -> Result<(String, Option<String>), Error> {
    Ok((row.get(0)?, row.get(1)?))
}

/// Calls `each` for every key, with its person and its salt as they are in the table.
///
/// # Errors
/// Fails with the error of the database.
pub fn each_key(
    connection: &Connection,
    mut each: impl FnMut(String, String, Option<String>),
) -> Result<(), LedgerError> {
    let salt = if has_salts(connection)? { "salt" } else { "CAST(NULL AS TEXT)" };
    let mut statement = connection.prepare_cached(&format!("SELECT person, key, {salt} FROM person_key"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?, row.get(1)?, row.get(2)?);
    }
    Ok(())
}

/// Returns the commitments in the entries, whether or not the chain holds. If a key has several, the first one counts,
/// or the one from the last change of the person's id.
///
/// # Errors
/// Fails with the error of the database.
pub fn committed(connection: &Connection) -> Result<BTreeMap<String, Digest>, LedgerError> {
    let mut committed = BTreeMap::new();
    let mut statement = connection
        .prepare_cached("SELECT body, kind FROM ledger WHERE body LIKE '%\"keys\":{%' ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let body: Option<Json> = row.text(0).ok().and_then(|text| serde_json::from_str(text).ok());
        let keys = body.as_ref().and_then(|body| body.get(COMMITMENTS)).and_then(Json::as_object);
        for (key, commitment) in keys.into_iter().flatten() {
            if let Some(commitment) = commitment.as_str().and_then(|text| Digest::parse(text).ok()) {
                match row.text(1)? == EntryKind::IdChanged.as_str() {
                    true => drop(committed.insert(key.clone(), commitment)),
                    false => drop(committed.entry(key.clone()).or_insert(commitment)),
                }
            }
        }
    }
    Ok(committed)
}

/// Returns the key of a person, if there is one. It writes nothing.
///
/// # Errors
/// Fails with the error of the database.
pub fn known_key(connection: &Connection, person: &PersonId) -> Result<Option<String>, LedgerError> {
    let key = "SELECT key FROM person_key WHERE person = ?1";
    Ok(connection.prepare_cached(key)?.query_row([person.as_str()], |row| row.get(0)).optional()?)
}

/// Deletes a key. After that, nobody can connect the entries under this key with a person.
///
/// # Errors
/// Fails with the error of the database.
pub fn forget(connection: &Connection, person: &str) -> Result<(), LedgerError> {
    connection.prepare_cached("DELETE FROM person_key WHERE person = ?1")?.execute([person])?;
    Ok(())
}

/// Returns the person of a key. It returns `None` for a key that was never given, or whose person has been forgotten.
///
/// # Errors
/// Fails with the error of the database, and also if a row holds no valid person.
pub fn person_of(connection: &Connection, key: &str) -> Result<Option<PersonId>, LedgerError> {
    let person: Option<String> = connection
        .prepare_cached("SELECT person FROM person_key WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    person
        .map(|person| {
            PersonId::new(&person).map_err(|source| LedgerError::OddPerson { key: key.to_owned(), source })
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_one_key_that_says_nothing_and_leads_back() {
        let connection = Connection::open_in_memory().unwrap();
        crate::ledger::prepare(&connection).unwrap();
        let (kari, ola) = (PersonId::new("kari.testesen").unwrap(), PersonId::new("ola.testesen").unwrap());
        assert_eq!(known_key(&connection, &kari).unwrap(), None);
        let keys = Keys::new(&connection);
        let key = keys.key(&kari).unwrap();
        assert_eq!(Keys::new(&connection).key(&kari).unwrap(), key);
        assert_ne!(keys.key(&ola).unwrap(), key);
        assert!(!key.contains("kari"));
        assert_eq!(person_of(&connection, &key).unwrap(), Some(kari));
        assert_eq!(person_of(&connection, "no-such-key").unwrap(), None);
    }

    #[test]
    fn the_first_entry_with_a_key_binds_it_and_no_other_does() {
        let connection = Connection::open_in_memory().unwrap();
        crate::ledger::prepare(&connection).unwrap();
        let kari = PersonId::new("kari.testesen").unwrap();
        let keys = Keys::new(&connection);
        let key = keys.salted(&kari).unwrap();
        let body = keys.bound(serde_json::json!({ "person": key.key }));
        assert_eq!(body[COMMITMENTS][&key.key], serde_json::json!(key.commitment(&kari)));
        assert_eq!(keys.bound(serde_json::json!({})), serde_json::json!({}));
        assert_eq!(Keys::new(&connection).bound(serde_json::json!({})), serde_json::json!({}));
    }

    #[test]
    fn a_table_of_an_older_version_is_given_salts() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE person_key (person TEXT PRIMARY KEY NOT NULL, key TEXT NOT NULL UNIQUE) STRICT,
                     WITHOUT ROWID;
                 INSERT INTO person_key (person, key) VALUES ('kari.testesen', 'k1')",
            )
            .unwrap();
        crate::ledger::prepare(&connection).unwrap();
        let keys = Keys::new(&connection);
        let key = keys.salted(&PersonId::new("kari.testesen").unwrap()).unwrap();
        assert_eq!(key.key, "k1");
        assert!(keys.bound(serde_json::json!({}))[COMMITMENTS]["k1"].is_string());
    }
}
