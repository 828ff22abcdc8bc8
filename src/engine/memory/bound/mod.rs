//! This module compares the rows of the memory with the ledger (law: *what is remembered is checked*).
//!
//! An entry that records a change of a remembered row binds the whole row. So the ledger shows what each row must say,
//! and an attacker who can write SQL would have to rewrite the ledger too. When a program starts, it reads the ledger
//! from the beginning; afterwards it goes on from where it stopped. It keeps a few bytes for each row. If the rows of
//! some people do not match, it reads the ledger again for these people only.
//!
//! The files in reading order:
//!
//! ```text
//!  event     what one ledger entry says about the memory
//!  accepted  how one accepted grant is bound to the ledger
//!  digest    the digests that represent a remembered row in the ledger
//!  state     a few bytes for each row, enough to see that the row has changed
//!  value     the full rows of a few people, read again from the ledger
//!  compared  the people whose rows differ from the ledger
//!  whole     what the ledger says about the register as a whole
//!  reviewed  the latest statement of each reviewer about each list
//!  slots     the digest of each slot as the ledger bound it last
//!  rest      the comparison of the memory of the register as a whole with the ledger
//! ```

mod accepted;
mod compared;
mod digest;
mod event;
mod rest;
mod reviewed;
mod slots;
mod state;
mod value;
mod whole;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use digest::{Short, short, short_of_key, short_of_row};
use event::MemoryEvent;
use jiff::Timestamp;
use portvakt_core::decide::{Broken, EndedWith, Flaw};
use portvakt_core::model::{Digest, GrantKey, PersonId, Right, TrustId};
use portvakt_database::Connection;
use slots::FoundDifferences;
use state::BoundPeople;
use whole::Whole;

use super::MemoryError;
use crate::ledger::person_key::SaltedKey;
use crate::ledger::{Link, VerifyError, Walk, person_key};

pub use accepted::{accepted_body, revocation_body, row_digest};
pub use compared::{ComparedPart, Mismatch};
pub use digest::{bytes_digest, file_digest, id_digest, revocation_digest};
pub use event::BINDS;
pub use rest::RuleDigests;
pub use whole::TakenOver;

pub use crate::memory::spending::{Charge, GivenRelease};

/// The key of a person, and whether the ledger binds it to that person.
#[derive(Debug, Clone)]
struct Name {
    key: Short,
    salt: Option<Box<str>>,
    holds: bool,
}

/// The state of the ledger as far as it has been followed.
#[derive(Debug, Clone, Default)]
pub struct Bound {
    walk: Walk,
    /// The database file's own counter of writes by others, read when this state was begun.
    version: Option<i64>,
    broken: Option<Broken>,
    /// How much the entries bind: 0 is nothing, 1 is accesses, accounts and keys, and [`BINDS`] is everything.
    binds: u64,
    unseen: Option<Digest>,
    state: BoundPeople,
    whole: Whole,
    names: HashMap<PersonId, Name>,
    /// The grants of people who have no key here any more. Their requests still count as used.
    orphans: HashSet<Short>,
    /// The number of these people who still have access or an account. Their keys were not forgotten but removed or
    /// changed.
    keyless: usize,
    commitments: HashMap<Short, Short>,
    found: FoundDifferences,
    /// Statements of lists that have served. The memory said so when it matched the ledger. A statement that has
    /// served counts as served for ever.
    served: BTreeSet<Digest>,
}

impl Bound {
    /// Follows the ledger to its end. It starts at the beginning the first time, and whenever the chain is broken.
    /// Otherwise it goes on from where it stopped.
    ///
    /// # Errors
    /// When the ledger cannot be read. A broken chain is not an error here: see [`Bound::broken`].
    pub fn follow(&mut self, conn: &Connection) -> Result<(), MemoryError> {
        if self.broken.is_some() || !self.stands_where_it_was(conn)? {
            self.begin_anew(self.version);
        }
        self.go_on(conn)
    }

    /// Forgets what was read of the ledger. A difference that a comparison found stays until another comparison finds
    /// it mended.
    fn begin_anew(&mut self, version: Option<i64>) {
        let found = std::mem::take(&mut self.found);
        *self = Self { version, found, ..Self::default() };
    }

    /// Starts again if somebody else has written to the file since the ledger was last followed from its beginning: an
    /// entry in the middle may have changed. In PostgreSQL the program's role cannot change an entry.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn doubt(&mut self, conn: &Connection) -> Result<(), MemoryError> {
        if conn.as_sqlite().is_some() {
            let version = conn.version()?;
            if self.version != Some(version) {
                self.begin_anew(Some(version));
            }
        }
        Ok(())
    }

    fn go_on(&mut self, conn: &Connection) -> Result<(), MemoryError> {
        let whole = self.walk.head().is_none();
        let mut walk = std::mem::take(&mut self.walk);
        let mut fresh: Vec<String> = Vec::new();
        let walked = walk.on(conn, |link| self.read(link, &mut fresh));
        self.walk = walk;
        match walked {
            Ok(()) => {}
            Err(VerifyError::Broken(broken)) => self.broken = Some(broken),
            Err(VerifyError::Store(error)) => return Err(MemoryError::Ledger(error.into())),
        }
        self.found.forget_before(self.whole.slots_bound_anew);
        if self.walk.head().is_none() && self.broken.is_none() && super::accepted_rules(conn)?.is_some() {
            self.broken = Some(Broken { seq: 1, what: Flaw::NoneAtAll });
        }
        if whole || fresh.len() > MANY {
            self.names.clear();
            person_key::each_key(conn, |person, key, salt| self.name(&person, &key, salt))?;
        } else {
            let mut one = conn.prepare_cached("SELECT person, salt FROM person_key WHERE key = ?1")?;
            for key in fresh {
                let rows: Vec<(String, Option<String>)> =
                    one.query_all([key.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
                rows.into_iter().for_each(|(person, salt)| self.name(&person, &key, salt));
            }
        }
        if whole || self.keyless > 0 {
            let keys: HashSet<Short> = self.names.values().map(|name| name.key).collect();
            (self.orphans, self.keyless) = self.state.without(&keys);
        }
        Ok(())
    }

    fn stands_where_it_was(&self, conn: &Connection) -> Result<bool, MemoryError> {
        let Some(head) = self.walk.head() else { return Ok(true) };
        let mut at = conn.prepare_cached("SELECT hash FROM ledger WHERE seq = ?1")?;
        let found: Vec<Vec<u8>> = at.query_all([head.seq.cast_signed()], |row| row.get(0))?;
        Ok(found.first().is_some_and(|hash| hash == head.hash.as_bytes()))
    }

    fn name(&mut self, person: &str, key: &str, salt: Option<String>) {
        // Nobody with an invalid id can have a row.
        let Ok(id) = PersonId::new(person) else { return };
        let short_key = short_of_key(key);
        let salted = salt.map(|salt| SaltedKey { key: key.to_owned(), salt });
        let holds = salted
            .as_ref()
            .is_some_and(|key| self.commitments.get(&short_key) == Some(&short(&key.commitment(&id))));
        let salt = salted.map(|key| key.salt.into_boxed_str());
        self.names.insert(id, Name { key: short_key, salt, holds });
    }

    fn read(&mut self, link: Link<'_>, fresh: &mut Vec<String>) {
        let event = MemoryEvent::of(link);
        for (key, commitment) in MemoryEvent::commitments(link) {
            let at = short_of_key(&key);
            if matches!(event, Some(MemoryEvent::Renamed(_))) {
                // From here on the key belongs to the same person under another id.
                self.commitments.insert(at, short(&commitment));
                self.names.retain(|_, name| name.key != at);
            } else {
                // The first commitment counts, because a key is never bound twice.
                self.commitments.entry(at).or_insert_with(|| short(&commitment));
            }
            fresh.push(Cow::into_owned(key));
        }
        self.whole.apply(link);
        let Some(event) = event else { return };
        match event {
            MemoryEvent::Begun { binds } => (self.binds, self.unseen) = (binds, None),
            MemoryEvent::TakenOver(digest, binds) => (self.binds, self.unseen) = (binds, Some(digest)),
            MemoryEvent::Released(digest) => self.unseen = self.unseen.filter(|unseen| *unseen != digest),
            _ => {}
        }
        self.state.apply(&event, (link.seq, link.at.parse().ok()));
    }

    /// Returns whether a grant was accepted for a person who has no key here any more.
    #[must_use]
    pub fn served_somebody_forgotten(&self, key: &GrantKey) -> bool {
        self.orphans.contains(&short_of_row(key))
    }

    /// Returns the place where the chain is broken, if it is.
    #[must_use]
    pub fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    /// Returns whether the entries bind the memory. The entries of an older version do not.
    #[must_use]
    pub fn binds(&self) -> bool {
        self.binds > 0
    }

    /// Returns whether the entries bind everything, including releases, budgets, rules, files and holds.
    #[must_use]
    pub fn binds_all(&self) -> bool {
        self.binds >= BINDS
    }

    /// Returns the digest of what was taken over unchecked, as long as two people have not confirmed that they have
    /// seen it.
    #[must_use]
    pub fn unseen(&self) -> Option<Digest> {
        self.unseen
    }

    /// Returns the people whose key does not match the ledger. A key from an older version that no entry has bound yet
    /// is not counted.
    #[must_use]
    pub fn wrong_keys(&self) -> BTreeSet<&PersonId> {
        let wrong = |name: &Name| !name.holds && (self.binds() || name.salt.is_some());
        self.names.iter().filter(|(_, name)| wrong(name)).map(|(person, _)| person).collect()
    }

    /// Returns whether the ledger binds this person's key to this person.
    #[must_use]
    pub fn holds_key_of(&self, person: &PersonId) -> bool {
        self.names.get(person).is_some_and(|name| name.holds)
    }

    /// Returns everybody whose key is bound, with the short form of the key.
    pub(super) fn person_keys(&self) -> impl Iterator<Item = (&PersonId, Short)> {
        self.names.iter().filter(|(_, name)| name.holds).map(|(person, name)| (person, name.key))
    }

    /// Returns the times without a trusted clock that somebody has confirmed to have passed, each with its two ends.
    #[must_use]
    pub fn unwatched(&self) -> &[(Timestamp, Timestamp)] {
        &self.whole.unwatched
    }

    /// Returns whether the person lost a right that has not been given again.
    #[must_use]
    pub fn has_lost(&self, person: &PersonId) -> bool {
        let name = self.names.get(person).filter(|name| name.holds);
        name.and_then(|name| self.state.of(&name.key)).is_some_and(|state| state.has_lost())
    }

    /// Returns what ended when the person lost a right, as long as that right has not been given again.
    #[must_use]
    pub fn ended_with(&self, person: &PersonId, right: &Right) -> Vec<EndedWith> {
        let state =
            self.names.get(person).filter(|name| name.holds).and_then(|name| self.state.of(&name.key));
        state.map(|state| state.ended_with(right).collect()).unwrap_or_default()
    }

    /// Returns whether a file was judged by these bytes. If the entries do not bind this, the memory is trusted.
    #[must_use]
    pub fn judged_by(&self, person: &PersonId, trust: &TrustId, bytes: &Digest) -> bool {
        if !self.binds_all() || self.broken.is_some() {
            return true;
        }
        let Some(name) = self.names.get(person).filter(|name| name.holds) else { return false };
        let state = name.salt.as_ref().zip(self.state.of(&name.key));
        state.is_some_and(|(salt, state)| state.judged_by(salt, trust, bytes))
    }
}

/// If there are more new keys than this, all keys are read at once.
const MANY: usize = 256;
