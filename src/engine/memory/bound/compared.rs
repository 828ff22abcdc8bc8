//! This module finds the people whose rows differ from the ledger.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::change::{Base, KnownPerson};
use portvakt_core::decide::{MemoryFlaw, RenamedIds};
use portvakt_core::model::PersonId;
use portvakt_database::Connection;

use super::{Bound, Name, value};
use crate::memory::MemoryError;

/// A person's rows do not match the ledger.
#[derive(Debug, Clone)]
pub struct Mismatch {
    /// The kind of difference.
    pub what: MemoryFlaw,
    /// The rows according to the ledger. It is `None` if the ledger cannot tell, because the person's key does not
    /// match it.
    pub ledger: Option<KnownPerson>,
}

/// The part of the base that is compared with the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparedPart {
    /// Everybody is compared. A person whose rows are all gone is found too.
    Whole,
    /// Only the people in the base are compared.
    Slice,
}

impl Bound {
    /// Returns the people whose rows differ from the ledger, each with the rows according to the ledger.
    ///
    /// # Errors
    /// When the ledger cannot be read again for them.
    pub fn untrusted(
        &self,
        conn: &Connection,
        base: &Base,
        extent: ComparedPart,
    ) -> Result<BTreeMap<PersonId, Mismatch>, MemoryError> {
        let found = self.untrusted_of(base, extent)?;
        if found.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut values = if self.binds() && self.broken.is_none() {
            value::people_by_ledger(self, conn, &found.keys().collect(), base)?
        } else {
            BTreeMap::new()
        };
        let mismatch = |(person, what)| {
            let ledger = values.remove(&person);
            (person, Mismatch { what, ledger })
        };
        Ok(found.into_iter().map(mismatch).collect())
    }

    /// Returns the same people, each with the kind of difference. If the chain is broken or binds nothing, it finds
    /// only rows that cannot be read.
    ///
    /// # Errors
    /// When a row cannot be written as text.
    pub fn untrusted_of(
        &self,
        base: &Base,
        extent: ComparedPart,
    ) -> Result<BTreeMap<PersonId, MemoryFlaw>, MemoryError> {
        let mut found: BTreeMap<PersonId, MemoryFlaw> =
            base.unread.iter().map(|person| (person.clone(), MemoryFlaw::Unreadable)).collect();
        if !self.binds() || self.broken.is_some() {
            return Ok(found);
        }
        for (person, known) in &base.people {
            if let Some(what) = self.differs(person, known)? {
                found.entry(person.clone()).or_insert(what);
            }
            if !self.was(person, &base.renamed) {
                found.entry(person.clone()).or_insert(MemoryFlaw::Rows);
            }
        }
        // The memory names an earlier id of a person, but has no rows of that person. The ledger must know such an id.
        let of_nobody = base.renamed.values().filter(|now| !base.people.contains_key(*now));
        for now in of_nobody.filter(|now| !self.was(now, &base.renamed)) {
            found.entry(now.clone()).or_insert(MemoryFlaw::Rows);
        }
        if extent == ComparedPart::Whole {
            let has_rows = |name: &Name| self.state.of(&name.key).is_some_and(|person| !person.is_empty());
            let vanished = self
                .names
                .iter()
                .filter(|(person, name)| name.holds && !base.people.contains_key(*person) && has_rows(name));
            found.extend(vanished.map(|(person, _)| (person.clone(), MemoryFlaw::Rows)));
        }
        Ok(found)
    }

    /// Returns whether the remembered earlier ids of a person are the ones in the ledger.
    fn was(&self, person: &PersonId, renamed: &RenamedIds) -> bool {
        let before: Vec<&PersonId> =
            renamed.iter().filter(|(_, now)| *now == person).map(|(before, _)| before).collect();
        match self.names.get(person) {
            Some(Name { key, salt: Some(salt), holds: true }) => match self.state.of(key) {
                Some(state) => state.was(salt, &before),
                None => before.is_empty(),
            },
            _ => before.is_empty(),
        }
    }

    /// Returns only those remembered earlier ids that the ledger confirms. It returns all of them if its entries bind
    /// nothing yet.
    #[must_use]
    pub fn proven(&self, renamed: RenamedIds) -> RenamedIds {
        if !self.binds() {
            return renamed;
        }
        let holds: BTreeSet<PersonId> =
            renamed.values().filter(|now| self.was(now, &renamed)).cloned().collect();
        renamed.into_iter().filter(|(_, now)| holds.contains(now)).collect()
    }

    fn differs(&self, person: &PersonId, known: &KnownPerson) -> Result<Option<MemoryFlaw>, MemoryError> {
        let Some(name) = self.names.get(person) else {
            // This person was forgotten, or nothing was ever recorded. Then no row may be left that gives access.
            let gives = known.account.is_some()
                || known.grants.values().any(|standing| standing.ended.is_none())
                || (self.binds_all() && !known.files.is_empty());
            return Ok(gives.then_some(MemoryFlaw::Rows));
        };
        let (true, Some(salt)) = (name.holds, &name.salt) else { return Ok(Some(MemoryFlaw::Key)) };
        let same = match self.state.of(&name.key) {
            Some(state) => {
                state.agrees(salt, known)?
                    && (!self.binds_all() || state.agrees_on_files(salt, person, known))
            }
            None => {
                known.grants.is_empty()
                    && known.account.is_none()
                    && (!self.binds_all() || known.files.is_empty())
            }
        };
        Ok((!same).then_some(MemoryFlaw::Rows))
    }
}
