//! Reads what is remembered beside the accepted state. It is read in one place, before anything is decided.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::decide::{Known, Remembered, Scope, whose};
use portvakt_core::model::{FilePath, GrantKey};
use portvakt_core::planted::PlantedFault;
use portvakt_database::Connection;

use crate::memory;
use crate::memory::MemoryError;

/// Reads what earlier passes recorded. Holds and refusals are read of the files that are looked at.
pub(super) fn read(conn: &Connection, scope: &Scope) -> Result<Known, MemoryError> {
    Ok(Known {
        strays: Remembered {
            astray: memory::astray(conn)?,
            missing: memory::missing(conn)?,
            moved: memory::moved(conn)?,
        },
        first_limits: memory::waiting_limits(conn)?.filter(|_| !PlantedFault::RaisedLimitLetsGo.is_planted()),
        released_items: memory::released_items(conn)?,
        refusals: refusals(conn, scope)?,
        holds: match scope {
            Scope::Whole => memory::file_holds(conn)?,
            Scope::Files(paths) => memory::file_holds_among(conn, paths)?,
        }
        .into_keys()
        .collect(),
    })
}

/// Reads which entries are refused. A refusal stands in the file of its person.
fn refusals(conn: &Connection, scope: &Scope) -> Result<BTreeMap<GrantKey, FilePath>, MemoryError> {
    let refused = match scope {
        Scope::Whole => memory::refusals(conn)?,
        Scope::Files(paths) => {
            let people: Vec<_> = paths.iter().filter_map(whose).map(|(person, _)| person).collect();
            let people: BTreeSet<_> = people.iter().collect();
            memory::refusals_of(conn, &people)?
        }
    };
    Ok(refused.into_iter().map(|(key, refused)| (key, refused.path)).collect())
}
