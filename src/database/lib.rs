//! One small face over two databases, so that what is written of register, memory and ledger is written once.
//!
//! Statements are SQL that SQLite and PostgreSQL both read, with numbered places (`?1`). The face promises the same on
//! both: a [`Transaction`] is undone unless it is committed, [`as_one`] is one snapshot for what it reads and all or
//! nothing for what it writes, a statement is prepared once for its text, and a value that does not fit its place is an
//! error, never a guess. Days and moments are text, so that comparing them is comparing text.
//!
//! SQLite has one writer because the file has; PostgreSQL has one because of a [`Lease`], whose epoch every transaction
//! checks before it writes.
//!
//! A statement that is asked for many rows ([`Connection::execute_each`]) is one journey to a server, not one a row.
//!
//! PostgreSQL is waited for on the thread that asks: a connection of that kind is used on threads that may, never inside an
//! async task.

mod connection;
mod dialect;
mod driver;
mod fault;
mod lease;
mod row;
mod server;
mod session;
mod statement;
mod store_error;
mod transaction;
mod value;

pub use connection::{Connection, Dialect};
pub use dialect::in_postgres;
pub use driver::{Sent, sent};
pub use fault::{Error, Fault, OptionalRow};
pub use lease::{Hold, Lease, LeaseError, host};
pub use row::{FromValue, Row, Rows};
pub use server::{ConnectError, Server, ServerAddress, ServerAddressError, Site};
use session::Session;
pub use statement::Statement;
pub use transaction::{Savepoint, Transaction, as_one, snapshot};
pub use value::{Bind, Params, Value};

/// The values of a statement's numbered places, of any kinds.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        [$(&$value as &dyn $crate::Bind),*]
    };
}
