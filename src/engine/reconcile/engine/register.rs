//! Opens the register of a pass, and checks that the memory belongs to it. The caller says whether a missing register
//! may be made. The daemon makes none.

use portvakt_core::diag::{Text, text};
use portvakt_core::store::WriteStore;
use portvakt_database::{Connection, Server, Site};
use portvakt_stores::tables::{Create, Tables};

use super::EngineError;
use crate::memory;

/// A register that is outside this program's own tables.
#[derive(Debug)]
pub struct ExternalRegister {
    /// Its address, as people write it. The memory belongs to this address.
    pub place: String,
    /// The connection to the register.
    pub store: Box<dyn WriteStore>,
}

/// Checks that tables with a baseline belong to this store. Account ids of one register mean nothing in another
/// register.
///
/// # Errors
/// When they belong to another store, or cannot be read.
pub fn belongs(conn: &Connection, place: Option<&str>) -> Result<(), EngineError> {
    let known = memory::belongs_to(conn)?;
    if known.as_deref() == place || memory::accepted_rules(conn)?.is_none() {
        return Ok(());
    }
    let here = |place: Option<&str>| match place {
        None => text!(en: "this file itself", nb: "denne filen selv"),
        Some(place) => Text::same(format!("`{place}`")),
    };
    Err(EngineError::OtherRegister { known: here(known.as_deref()), asked: here(place) })
}

/// Creates the tables of a register in PostgreSQL, with everything this program keeps in it. The program will
/// connect with the given role. The owner of the database does this once.
///
/// # Errors
/// When the tables cannot be created. In that case none of them were created.
pub fn create_register(server: &Server, role: &str) -> Result<(), EngineError> {
    Ok(portvakt_stores::tables::create_tables(server, role, &[crate::ledger::tables(), memory::tables()])?)
}

/// Opens a register for writing, with everything this program keeps in it.
///
/// # Errors
/// When it cannot be opened or written.
pub fn open_register(store: impl Into<Site>, create: Create) -> Result<Tables, EngineError> {
    let register = Tables::open(store, create)?;
    crate::ledger::prepare(register.connection())?;
    memory::prepare(register.connection())?;
    Ok(register)
}
