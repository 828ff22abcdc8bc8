//! Whose remembered access is not relied on in this pass: what is remembered is held against the ledger (law: *what is
//! remembered is checked*).

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::change::Base;
use portvakt_core::decide::Distrust;
use portvakt_core::plan::Untrusted;
use portvakt_core::planted::Fault;
use portvakt_database::Connection;

use crate::memory::MemoryError;
use crate::memory::bound::{Bound, Extent, Mismatch};

/// Holds the base against the ledger. Whose rows do not match has in it from here on what the ledger says instead.
pub(super) fn of(
    ledger: &Bound,
    conn: &Connection,
    base: &mut Base,
    extent: Extent,
) -> Result<Distrust, MemoryError> {
    if Fault::MemoryBelieved.is_planted() {
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
