//! Compares memory with the ledger, and finds the people whose remembered access this pass does not rely on
//! (law: *what is remembered is checked*).

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::change::Base;
use portvakt_core::decide::{Distrust, MemoryFlaw};
use portvakt_core::model::{AccountId, Digest, PersonId};
use portvakt_core::plan::Untrusted;
use portvakt_core::planted::PlantedFault;
use portvakt_database::Connection;

use crate::memory::bound::{Bound, ComparedPart, Mismatch};
use crate::memory::{AskedSlots, MemoryError};

/// Compares a part of the base with the ledger. Where the rows of a person do not match, the base is changed to what the
/// ledger says.
pub(super) fn correct(ledger: &Bound, conn: &Connection, base: &mut Base) -> Result<(), MemoryError> {
    if !PlantedFault::MemoryBelieved.is_planted() {
        corrected(ledger, conn, base, ComparedPart::Slice)?;
    }
    Ok(())
}

/// Does the same, and returns the people with the kind of difference, and the accounts that they had in memory.
fn corrected(
    ledger: &Bound,
    conn: &Connection,
    base: &mut Base,
    extent: ComparedPart,
) -> Result<(BTreeMap<PersonId, MemoryFlaw>, BTreeSet<AccountId>), MemoryError> {
    let (mut differences, mut accounts) = (BTreeMap::new(), BTreeSet::new());
    for (person, Mismatch { what, ledger }) in ledger.untrusted(conn, base, extent)? {
        accounts.extend(base.people.get(&person).and_then(|known| known.account.clone()));
        if let Some(known) = ledger {
            base.people.insert(person.clone(), known);
        }
        differences.insert(person, what);
    }
    Ok((differences, accounts))
}

/// Compares the base and the rest of memory with the ledger, and corrects the base. A whole base comes with every slot. With
/// the base of a few people, the slots that the pass asks about are compared.
pub(super) fn compare_with_ledger(
    ledger: &Bound,
    conn: &Connection,
    base: &mut Base,
    slots: &AskedSlots,
) -> Result<Distrust, MemoryError> {
    if PlantedFault::MemoryBelieved.is_planted() {
        let untrusted = Untrusted::These(base.unread.clone());
        return Ok(Distrust { untrusted, ..Distrust::default() });
    }
    let extent = match slots {
        AskedSlots::Every => ComparedPart::Whole,
        AskedSlots::These(_) => ComparedPart::Slice,
    };
    let (differences, accounts) = corrected(ledger, conn, base, extent)?;
    let broken = ledger.broken().cloned();
    let rest = ledger.parts_that_differ_in(conn, slots)?;
    let keyless = match extent {
        ComparedPart::Whole => ledger.keyless_besides(differences.len()),
        ComparedPart::Slice => None,
    };
    let mut distrust = Distrust {
        untrusted: Untrusted::These(differences.keys().cloned().collect()),
        differences,
        accounts,
        unseen: ledger.unseen(),
        rest: BTreeSet::new(),
        broken,
    };
    if distrust.broken.is_some() {
        distrust.untrusted = Untrusted::Everybody;
    }
    distrust.also(rest.into_iter().chain(keyless));
    Ok(distrust)
}

/// Compares slots that the pass asks about later. It returns whether one of them differs.
pub(super) fn also_slots(
    distrust: &mut Distrust,
    ledger: &Bound,
    conn: &Connection,
    slots: &AskedSlots,
) -> Result<bool, MemoryError> {
    if PlantedFault::MemoryBelieved.is_planted() {
        return Ok(false);
    }
    let differ = ledger.slots_that_differ(conn, slots)?;
    let some = !differ.is_empty();
    distrust.also(differ);
    Ok(some)
}

/// Returns whether the memory cannot be asked which of these statements have served.
pub(super) fn doubts_served(
    ledger: &Bound,
    conn: &Connection,
    statements: &BTreeSet<Digest>,
) -> Result<bool, MemoryError> {
    Ok(!PlantedFault::MemoryBelieved.is_planted() && ledger.doubts_served(conn, statements)?)
}
