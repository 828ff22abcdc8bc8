//! Reads what is remembered beside the accepted state. It is read in one place, before anything is decided.

use portvakt_core::decide::{Known, Remembered};
use portvakt_core::planted::Fault;
use portvakt_database::Connection;

use crate::memory;
use crate::memory::MemoryError;

/// Reads what earlier passes recorded.
pub(super) fn read(conn: &Connection) -> Result<Known, MemoryError> {
    let refusals = memory::refusals(conn)?;
    Ok(Known {
        strays: Remembered {
            astray: memory::astray(conn)?,
            missing: memory::missing(conn)?,
            moved: memory::moved(conn)?,
        },
        first_limits: memory::waiting_limits(conn)?.filter(|_| !Fault::RaisedLimitLetsGo.is_planted()),
        released_items: memory::released_items(conn)?,
        refusals: refusals.into_iter().map(|(key, refused)| (key, refused.path)).collect(),
        holds: memory::file_holds(conn)?.into_keys().collect(),
    })
}
