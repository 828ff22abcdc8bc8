//! One small face over two databases, so that what is written of register, memory and ledger is written once.
//!
//! Statements are SQL that SQLite and PostgreSQL both read, with numbered places (`?1`). The face promises the same on
//! both: a [`Transaction`] is undone unless it is committed, [`as_one`] is one snapshot for what it reads and all or
//! nothing for what it writes, a statement is prepared once for its text, and a value that does not fit its place is an
//! error, never a guess. Days and moments are text, so that comparing them is comparing text.
//!
//! PostgreSQL's driver blocks: a connection of that kind is used on threads that may, never inside an async task.

mod connection;
mod fault;
mod row;
mod session;
mod statement;
mod transaction;
mod value;

pub use connection::{Connection, Dialect};
pub use fault::{Error, Fault, OptionalRow};
pub use row::{FromValue, Row, Rows};
use session::Session;
pub use statement::Statement;
pub use transaction::{Savepoint, Transaction, as_one, snapshot};
pub use value::{Bind, Params, Value};

/// The values of a statement's numbered places, of any kinds.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        [$(&$value as &dyn $crate::database::Bind),*]
    };
}
pub use crate::params;
