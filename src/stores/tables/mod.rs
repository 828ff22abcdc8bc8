//! The register in this program's own tables: one SQLite file (the embedded register) or one PostgreSQL database that
//! holds the accounts, the ledger and what the program remembers, so that an effect and the record of it are one
//! transaction. The SCIM service ([`served`]) and the fictional history ([`seed`]) are the file's alone.
//!
//! [`Reader`] cannot write: the file is opened read-only, by the operating system's own word, the database by the
//! server's. [`Tables`] owns the one writing connection; what is written through it goes through [`write::perform`],
//! inside a transaction of the caller. Reads are one snapshot each and also work inside such a transaction. For a store
//! that is elsewhere the same tables hold the ledger and the memory alone, beside it.

use std::collections::BTreeSet;

use portvakt_core::model::{AccountId, GrantKey, PersonId};
use portvakt_core::store::{Account, Listing, ReadStore, StoreError};
use portvakt_database::{Connection, Site};

mod history;
mod odd_row;
mod postgres;
mod postgres_schema;
mod raise;
pub mod read;
mod read_back;
mod seed;
pub mod served;
mod sqlite;
mod sqlite_schema;
pub mod view;
pub mod write;

pub use history::{Authorship, authorship, history_digest};
pub use postgres::create;
pub use seed::{Seeded, seed};
pub use sqlite::Create;

/// A register that is only read.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens an existing register read-only.
    ///
    /// # Errors
    /// [`StoreError::Open`] when there is no such file, or it is no register of a version this program knows;
    /// [`StoreError::Locked`] when another program keeps it to itself.
    pub fn open(site: impl Into<Site>) -> Result<Self, StoreError> {
        let connection = match site.into() {
            Site::File(path) => sqlite::readable(&path, sqlite::PATIENCE)?.into(),
            Site::Server(server) => postgres::readable(&server)?,
        };
        Ok(Self { connection })
    }

    /// The connection, which refuses to write.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// A register that is read and written.
#[derive(Debug)]
pub struct Tables {
    connection: Connection,
}

impl Tables {
    /// Opens a register, and makes an empty one where that is asked for. What is committed is on the disk when
    /// the commit returns; another writer is waited for, five seconds at most.
    ///
    /// # Errors
    /// [`StoreError::Open`] when there is no such file, it cannot be made, or it is no register of a version this
    /// program knows; [`StoreError::ReadOnly`], [`StoreError::Locked`] and [`StoreError::Full`] as they say.
    pub fn open(site: impl Into<Site>, create: Create) -> Result<Self, StoreError> {
        let connection = match site.into() {
            Site::File(path) => sqlite::writable(&path, create, sqlite::PATIENCE)?.into(),
            // Its tables are made by their owner, never on the way.
            Site::Server(server) => postgres::writable(&server)?,
        };
        Ok(Self { connection })
    }

    /// The connection, for statements and savepoints.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The connection, for a transaction: effect and record together.
    pub fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

macro_rules! reads {
    ($name:ident) => {
        impl ReadStore for $name {
            fn list(&self) -> Result<Listing, StoreError> {
                read::list(&self.connection)
            }

            fn accounts(
                &self,
                people: &BTreeSet<PersonId>,
                ids: &BTreeSet<AccountId>,
            ) -> Result<Vec<Account>, StoreError> {
                read::accounts(&self.connection, people, ids)
            }

            fn spent(&self) -> Result<BTreeSet<GrantKey>, StoreError> {
                read::spent(&self.connection)
            }
        }
    };
}

reads!(Reader);
reads!(Tables);
