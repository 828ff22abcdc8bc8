//! The register in this program's own tables: one SQLite file (the embedded register) or one PostgreSQL database. It
//! holds the accounts, the ledger and the memory, so that a change and its record are one transaction. Only the SQLite
//! file has the SCIM service ([`served`]) and the fictional history ([`seed()`]).
//!
//! [`Reader`] cannot write: the operating system opens the file read-only, and the server does the same for the
//! database. [`Tables`] owns the one connection that writes. Changes go through [`write::perform`], inside a
//! transaction of the caller. Each read is one snapshot and also works inside such a transaction. If the register is
//! elsewhere, the same tables hold only the ledger and the memory.
//!
//! The files in reading order:
//!
//! ```text
//!  read             the list of all accounts with proof that it is complete, and single accounts
//!  write            does one step of a plan
//!  raise            gives rights, and opens accounts for them, for many people at a time
//!  read_back        the errors for tables that do not hold what was written
//!  odd_row          the error for a row with a value that means nothing
//!  view             the user list of the register, for people
//!  history          courses, forms and their authors
//!  seed             a fictional history for a demonstration
//!  served           the accounts as the SCIM service reads and writes them
//!  sqlite           opens the register's file
//!  sqlite_schema    the tables in a SQLite file
//!  at_rest          reads a file that nobody has open
//!  postgres         opens the register in PostgreSQL
//!  postgres_schema  the tables in PostgreSQL
//!  version          the messages about tables of another version
//! ```

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use portvakt_core::model::{Account, AccountId, GrantKey, PersonId};
use portvakt_core::store::{Listing, ReadStore, StoreError};
use portvakt_database::{Connection, Site};

mod at_rest;
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
mod version;
pub mod view;
pub mod write;

pub use history::{Authorship, authorship, history_digest};
pub use postgres::create_tables;
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
    /// Fails with [`StoreError::Open`] when there is no register, or it has a version this program does not know, and
    /// with [`StoreError::Locked`] when another program has locked it.
    pub fn open(site: impl Into<Site>) -> Result<Self, StoreError> {
        let connection = match site.into() {
            Site::File(path) => sqlite::guarded(|| sqlite::readable(&path, sqlite::PATIENCE))?.into(),
            Site::Server(server) => postgres::readable(&server)?,
        };
        Ok(Self { connection })
    }

    /// Opens an existing register read-only for a caller that writes afterwards and relies on what was read. If there
    /// are several servers, it opens the one that takes writes, because a standby server may be behind.
    ///
    /// # Errors
    /// Fails like [`Reader::open`], and when no server takes writes.
    pub fn open_before_writing(site: impl Into<Site>) -> Result<Self, StoreError> {
        match site.into() {
            Site::Server(server) => Ok(Self { connection: postgres::newest(&server)? }),
            file @ Site::File(_) => Self::open(file),
        }
    }

    /// Returns the connection, which refuses to write.
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
    /// Opens a register, and makes an empty one if `create` asks for it. Committed data is on the disk when the commit
    /// returns. Another writer is waited for, at most five seconds.
    ///
    /// # Errors
    /// Fails with [`StoreError::Open`] when there is no register, it cannot be made, or it has a version this program
    /// does not know. It can also fail with [`StoreError::ReadOnly`], [`StoreError::Locked`] or [`StoreError::Full`].
    pub fn open(site: impl Into<Site>, create: Create) -> Result<Self, StoreError> {
        let connection = match site.into() {
            Site::File(path) => sqlite::guarded(|| sqlite::writable(&path, create, sqlite::PATIENCE))?.into(),
            // The owner makes the tables on a server. They are never made here.
            Site::Server(server) => postgres::writable(&server)?,
        };
        Ok(Self { connection })
    }

    /// Returns the connection, for statements and savepoints.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns the connection, for a transaction that holds a change and its record.
    pub fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

macro_rules! reads {
    ($name:ident) => {
        impl ReadStore for $name {
            fn list(&self) -> Result<Listing, StoreError> {
                read::listing(&self.connection)
            }

            fn accounts(
                &self,
                people: &BTreeSet<PersonId>,
                ids: &BTreeSet<AccountId>,
            ) -> Result<Vec<Account>, StoreError> {
                read::accounts(&self.connection, people, ids)
            }

            fn lists_may_lag(&self) -> bool {
                false
            }

            fn keeps_as_written(&self) -> bool {
                true
            }

            fn last_use(&self) -> Result<Option<BTreeMap<AccountId, Date>>, StoreError> {
                history::last_use(&self.connection).map(Some)
            }

            fn spent(&self) -> Result<BTreeSet<GrantKey>, StoreError> {
                read::spent(&self.connection)
            }
        }
    };
}

reads!(Reader);
reads!(Tables);
