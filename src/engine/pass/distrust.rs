//! Compares memory with the ledger, and finds the people whose remembered access this pass does not rely on
//! (law: *what is remembered is checked*).

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::change::Base;
use portvakt_core::decide::Distrust;
use portvakt_core::plan::Untrusted;
use portvakt_core::planted::PlantedFault;
use portvakt_database::Connection;

use crate::memory::MemoryError;
use crate::memory::bound::{Bound, Extent, Mismatch};

/// Compares the base with the ledger. Where the rows of a person do not match, the base is changed to what the
/// ledger says.
pub(super) fn of(
    ledger: &Bound,
    conn: &Connection,
    base: &mut Base,
    extent: Extent,
) -> Result<Distrust, MemoryError> {
    if PlantedFault::MemoryBelieved.is_planted() {
        let untrusted = Untrusted::These(base.unread.clone());
        let (differences, broken, unseen) = (BTreeMap::new(), None, None);
        return Ok(Distrust { untrusted, differences, broken, unseen, rest: BTreeSet::new() });
    }
    let mut differences = BTreeMap::new();
    for (person, Mismatch { what, ledger }) in ledger.untrusted(conn, base, extent)? {
        if let Some(known) = ledger {
            base.people.insert(person.clone(), known);
        }
        differences.insert(person, what);
    }
    let broken = ledger.broken().cloned();
    let rest = ledger.parts_that_differ(conn)?;
    let keyless = match extent {
        Extent::Whole => ledger.keyless_besides(differences.len()),
        Extent::Slice => None,
    };
    let mut distrust = Distrust {
        untrusted: Untrusted::These(differences.keys().cloned().collect()),
        differences,
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
