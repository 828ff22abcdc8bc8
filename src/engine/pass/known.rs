//! What is remembered beside what was accepted: read in one place, before anything is judged.

use std::collections::{BTreeMap, BTreeSet};

use crate::memory;
use crate::memory::{MemoryError, Refused, ReleasedItems};
use portvakt_core::model::{BudgetLimits, FilePath, GrantKey};
use portvakt_core::planted::Fault;
use portvakt_database::Connection;

use super::withhold::Remembered;

/// What earlier passes left.
pub(super) struct Known {
    /// Files that are missing, or not in order.
    pub(super) strays: Remembered,
    /// The limits by which removals that wait were first held; `None` where none wait.
    pub(super) first_limits: Option<BudgetLimits>,
    /// What two have released item by item.
    pub(super) released_items: ReleasedItems,
    /// Entries that were refused.
    pub(super) refusals: BTreeMap<GrantKey, Refused>,
    /// Files that are held.
    pub(super) holds: BTreeSet<FilePath>,
}

impl Known {
    /// Reads it.
    pub(super) fn read(conn: &Connection) -> Result<Self, MemoryError> {
        Ok(Self {
            strays: Remembered {
                astray: memory::astray(conn)?,
                missing: memory::missing(conn)?,
                moved: memory::moved(conn)?,
            },
            first_limits: memory::waiting_limits(conn)?.filter(|_| !Fault::RaisedLimitLetsGo.is_planted()),
            released_items: memory::released_items(conn)?,
            refusals: memory::refusals(conn)?,
            holds: memory::file_holds(conn)?.into_keys().collect(),
        })
    }
}
