//! Random keys that stand for people in the ledger, so that nothing personal is hashed: an entry that may never
//! change must not hold what may have to be forgotten. The key of a person is made once and stays.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::LedgerError;
use crate::database::{Connection, Error, OptionalRow as _, Value};
use crate::model::PersonId;

/// The table, made by [`super::prepare`].
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS person_key (
    person TEXT PRIMARY KEY NOT NULL,
    key    TEXT NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;
";

/// The key of a person, made on first use; inside the caller's transaction.
///
/// # Errors
/// What the database says.
pub fn key_of(connection: &Connection, person: &PersonId) -> Result<String, LedgerError> {
    if let Some(known) = known_key(connection, person)? {
        return Ok(known);
    }
    let key = uuid::Uuid::new_v4().to_string();
    connection
        .prepare_cached("INSERT INTO person_key (person, key) VALUES (?1, ?2)")?
        .execute([person.as_str(), &key])?;
    Ok(key)
}

/// The keys of people, each asked for once; inside one transaction, and no longer than what was made there may be kept.
#[derive(Debug)]
pub struct Keys<'c> {
    connection: &'c Connection,
    known: RefCell<BTreeMap<PersonId, String>>,
}

impl<'c> Keys<'c> {
    /// Knows nobody yet.
    #[must_use]
    pub fn new(connection: &'c Connection) -> Self {
        Self { connection, known: RefCell::default() }
    }

    /// Looks these people up, all at once; who has no key yet is given one when it is asked for.
    ///
    /// # Errors
    /// What the database says.
    pub fn of(connection: &'c Connection, people: &BTreeSet<&PersonId>) -> Result<Self, LedgerError> {
        let keys = Self::new(connection);
        let asked: Vec<_> = people.iter().map(|person| [Value::Text(person.as_str())]).collect();
        let people: Vec<&PersonId> = people.iter().copied().collect();
        connection.query_each(KEY, &asked, |at, row| {
            if let Some(person) = people.get(at) {
                keys.known.borrow_mut().insert((*person).clone(), row.get(0)?);
            }
            Ok::<_, Error>(())
        })?;
        Ok(keys)
    }

    /// The key of a person, made on first use.
    ///
    /// # Errors
    /// What the database says.
    pub fn key(&self, person: &PersonId) -> Result<String, LedgerError> {
        if let Some(known) = self.known.borrow().get(person) {
            return Ok(known.clone());
        }
        let key = key_of(self.connection, person)?;
        self.known.borrow_mut().insert(person.clone(), key.clone());
        Ok(key)
    }
}

const KEY: &str = "SELECT key FROM person_key WHERE person = ?1";

/// The key of a person who has one; writes nothing.
///
/// # Errors
/// What the database says.
pub fn known_key(connection: &Connection, person: &PersonId) -> Result<Option<String>, LedgerError> {
    Ok(connection.prepare_cached(KEY)?.query_row([person.as_str()], |row| row.get(0)).optional()?)
}

/// Whom a key means; `None` for a key that was never given, or whose person has been forgotten.
///
/// # Errors
/// What the database says, also when a row holds no person.
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
        let key = key_of(&connection, &kari).unwrap();
        assert_eq!(key_of(&connection, &kari).unwrap(), key);
        assert_ne!(key_of(&connection, &ola).unwrap(), key);
        assert!(!key.contains("kari"));
        assert_eq!(person_of(&connection, &key).unwrap(), Some(kari));
        assert_eq!(person_of(&connection, "no-such-key").unwrap(), None);
    }
}
