//! Reads what earlier passes did not finish. It is read in one place, before anything is decided.

use portvakt_core::decide::{RememberedFiles, Unfinished, WantedOfUnsettled};
use portvakt_core::planted::PlantedFault;
use portvakt_database::Connection;

use crate::memory;
use crate::memory::MemoryError;

/// Reads what earlier passes recorded. Only the wanted holds and refusals are read, or all of them.
pub(super) fn read_unfinished(
    conn: &Connection,
    wanted: Option<&WantedOfUnsettled>,
) -> Result<Unfinished, MemoryError> {
    let refusals = match wanted {
        None => memory::refusals(conn)?,
        Some(wanted) => memory::refusals_of(conn, &wanted.refusals.iter().collect())?,
    };
    let holds = match wanted {
        None => memory::file_holds(conn)?,
        Some(wanted) => memory::file_holds_among(conn, &wanted.holds)?,
    };
    Ok(Unfinished {
        strays: RememberedFiles {
            astray: memory::seen_astray(conn)?,
            missing: memory::missed_files(conn)?,
            moved: memory::moved(conn)?,
        },
        first_limits: memory::waiting_limits(conn)?.filter(|_| !PlantedFault::RaisedLimitLetsGo.is_planted()),
        released_items: memory::released_items(conn)?,
        refusals: refusals.into_iter().map(|(key, refused)| (key, refused.path)).collect(),
        extensions: memory::seen_extensions(conn)?,
        holds: holds.into_keys().collect(),
    })
}
