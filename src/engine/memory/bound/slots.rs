//! This module keeps the digest of each slot as the ledger bound it last, and compares the memory with them.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::model::Digest;
use portvakt_database::Connection;

use crate::memory;
use crate::memory::{AskedSlots, MemoryError, SlotChanges, SlotTable, part_of_slot};

/// The slots according to the ledger.
#[derive(Debug, Clone)]
pub(super) struct BoundSlots {
    /// The salt of the names is bound by this digest.
    named_by: Digest,
    /// The digest of each slot that has rows.
    digests: BTreeMap<String, Digest>,
    /// The parts with a slot that was not as bound when this program changed it. They stay different until two people
    /// accept the state again.
    overwritten: BTreeSet<String>,
    /// The parts that differed in a comparison, since every slot was compared last.
    found: BTreeSet<String>,
}

impl BoundSlots {
    pub fn new(named_by: Digest) -> Self {
        Self { named_by, digests: BTreeMap::new(), overwritten: BTreeSet::new(), found: BTreeSet::new() }
    }

    /// Applies the changes of one entry.
    pub fn apply(&mut self, changes: SlotChanges) {
        for (name, (before, now)) in changes {
            if self.digests.get(&name).copied() != before {
                self.overwritten.insert(part_of_slot(&name).to_owned());
            }
            match now {
                Some(digest) => self.digests.insert(name, digest),
                None => self.digests.remove(&name),
            };
        }
    }

    /// Remembers which parts differed when these slots were compared.
    pub fn keep_differing(&mut self, parts: BTreeSet<String>, asked: &AskedSlots) {
        match asked {
            AskedSlots::Every => self.found = parts,
            AskedSlots::These(_) => self.found.extend(parts),
        }
    }

    /// Returns the parts with a slot among these that differs. If only some slots are compared, what was found before still
    /// differs.
    pub fn differ(&self, conn: &Connection, asked: &AskedSlots) -> Result<BTreeSet<String>, MemoryError> {
        if memory::slots_named_by(conn)? != Some(self.named_by) {
            return Ok(SlotTable::ALL.iter().map(|table| table.part().to_owned()).collect());
        }
        let now = memory::slots(conn, asked)?;
        let changed = now.iter().filter(|(name, digest)| self.digests.get(*name).copied() != **digest);
        let mut names: BTreeSet<&String> = changed.map(|(name, _)| name).collect();
        let mut differ = self.overwritten.clone();
        match asked {
            AskedSlots::Every => names.extend(self.digests.keys().filter(|name| !now.contains_key(*name))),
            AskedSlots::These(_) => differ.extend(self.found.iter().cloned()),
        }
        differ.extend(names.into_iter().map(|name| part_of_slot(name).to_owned()));
        Ok(differ)
    }
}
