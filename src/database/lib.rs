//! This crate gives SQLite and PostgreSQL one small interface, so that register, memory and ledger are written once.
//!
//! Statements are SQL that both databases understand, with numbered places (`?1`). The promises are the same on both:
//!
//! - A [`Transaction`] is undone unless it is committed.
//! - [`as_one`] reads from one snapshot, and writes all or nothing. [`as_only_writer`] does so while nobody else writes.
//! - A statement is prepared once for each SQL text.
//! - A value of the wrong kind is an error. It is never guessed.
//! - A panic of a driver is an error, and ends its connection.
//! - Dates and times are stored as text, so comparing them means comparing text.
//!
//! SQLite has one writer because the file allows only one. PostgreSQL has one because of a [`Lease`]. Every transaction
//! checks the epoch of the lease before it writes. An epoch is valid only on the server that gave it out.
//!
//! A statement for many rows ([`Connection::execute_each`]) costs one round trip to a server, not one for each row.
//!
//! A call to PostgreSQL blocks the thread that makes it. Use such a connection only on threads that may block, never
//! inside an async task.
//!
//! ```text
//!  connection     a connection to either database
//!  statement      a prepared statement
//!  value          the values of columns and of places in a statement
//!  row            the rows of an answer
//!  transaction    units of work that are done completely or not at all
//!  sqlite         a connection to SQLite
//!  session        a connection to PostgreSQL, with its statements and its transaction
//!  driver         sends to PostgreSQL, and blocks the thread while it waits
//!  server         where the database is, and how to connect to it
//!  address        the address of a database on one or several servers
//!  address_parts  hosts and ports as an address writes them
//!  address_error  why a text is not an address
//!  dialect        the definitions of tables in PostgreSQL's SQL
//!  lease          decides which of several programs may write
//!  timeline       shows that another server has taken over, or that an old one is back
//!  fault          the errors of both databases
//!  store_error    errors of the databases as errors of the store
//! ```

mod address;
mod address_error;
mod address_parts;
mod connection;
mod dialect;
mod driver;
mod fault;
mod lease;
mod row;
mod server;
mod session;
mod sqlite;
mod statement;
mod store_error;
mod timeline;
mod transaction;
mod value;

pub use address::ServerAddress;
pub use address_error::ServerAddressError;
pub use connection::{Connection, Dialect};
pub use dialect::in_postgres;
pub use driver::{Sent, sent};
pub use fault::{DatabaseFault, Error, OptionalRow};
pub use lease::{Hold, Lease, LeaseError, host, turn};
pub use row::{FromValue, Row, Rows};
pub use server::{ConnectError, Server, Site};
use session::Session;
pub use statement::Statement;
pub use transaction::{Savepoint, Transaction, as_one, as_only_writer, snapshot};
pub use value::{Bind, Params, Value};

/// Makes a list of values of any kinds for the numbered places of a statement.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        [$(&$value as &dyn $crate::Bind),*]
    };
}
