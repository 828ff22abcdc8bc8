//! This module keeps the digest of each slot as the ledger bound it last, and compares the memory with them.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::decide::MemoryPart;
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
    overwritten: BTreeSet<MemoryPart>,
}

impl BoundSlots {
    pub fn new(named_by: Digest) -> Self {
        Self { named_by, digests: BTreeMap::new(), overwritten: BTreeSet::new() }
    }

    /// Applies the changes of one entry.
    pub fn apply(&mut self, changes: SlotChanges) {
        for (name, (before, now)) in changes {
            if self.digests.get(&name).copied() != before {
                self.overwritten.insert(part_of_slot(&name));
            }
            match now {
                Some(digest) => self.digests.insert(name, digest),
                None => self.digests.remove(&name),
            };
        }
    }

    /// Returns the parts with a slot among these that differs.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn differ(&self, conn: &Connection, asked: &AskedSlots) -> Result<BTreeSet<MemoryPart>, MemoryError> {
        if memory::slots_named_by(conn)? != Some(self.named_by) {
            return Ok(SlotTable::ALL.iter().map(|table| table.part()).collect());
        }
        let now = memory::slots(conn, asked)?;
        let changed = now.iter().filter(|(name, digest)| self.digests.get(*name).copied() != **digest);
        let mut names: BTreeSet<&String> = changed.map(|(name, _)| name).collect();
        let mut differ = self.overwritten.clone();
        if *asked == AskedSlots::Every {
            names.extend(self.digests.keys().filter(|name| !now.contains_key(*name)));
        }
        differ.extend(names.into_iter().map(|name| part_of_slot(name)));
        Ok(differ)
    }
}

/// The parts that differed in a comparison since the last comparison of every slot. They stay when the ledger is read
/// anew, because a whole pass that begins with such a reading and then fails has not found anything mended.
#[derive(Debug, Clone, Default)]
pub(super) struct FoundDifferences {
    parts: BTreeSet<MemoryPart>,
    /// The number of the last entry that was read when they were found.
    at: u64,
}

impl FoundDifferences {
    /// Remembers which parts differed when these slots were compared, at this entry of the ledger.
    pub fn keep(&mut self, parts: BTreeSet<MemoryPart>, asked: &AskedSlots, at: u64) {
        match asked {
            AskedSlots::Every => self.parts = parts,
            AskedSlots::These(_) => self.parts.extend(parts),
        }
        self.at = at;
    }

    /// Forgets them if an entry since then has bound every slot anew, as two people who accept the state again do.
    pub fn forget_before(&mut self, bound_anew: u64) {
        if self.at < bound_anew {
            self.parts.clear();
        }
    }

    /// Returns these parts, if only some slots are compared. A comparison of every slot finds them itself.
    pub fn besides(&self, asked: &AskedSlots) -> impl Iterator<Item = MemoryPart> {
        let besides = matches!(asked, AskedSlots::These(_));
        self.parts.iter().filter(move |_| besides).cloned()
    }
}
