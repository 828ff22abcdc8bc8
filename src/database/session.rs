//! A connection to PostgreSQL: its statements, prepared once each, what transaction it is in, and the epoch it writes
//! under.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use postgres::Client;
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::ToSql;

use super::{Error, Value};

/// A connection to PostgreSQL.
pub struct Session {
    /// Taken out when the session ends.
    client: RefCell<Option<Client>>,
    statements: RefCell<HashMap<String, postgres::Statement>>,
    /// Whether a transaction is under way.
    pub(super) open: Cell<bool>,
    /// The epoch of the lease this connection writes under; `None` for what an operator does beside a daemon.
    pub(super) epoch: Cell<Option<i64>>,
    /// Commits of others that the server has told of; `None` until they are listened for.
    heard: Cell<Option<i64>>,
    /// The server's number of this connection.
    own: Cell<i32>,
}

impl Session {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client: RefCell::new(Some(client)),
            statements: RefCell::default(),
            open: Cell::new(false),
            epoch: Cell::new(None),
            heard: Cell::new(None),
            own: Cell::new(0),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Client) -> Result<T, Error>) -> Result<T, Error> {
        self.client.borrow_mut().as_mut().map_or(Err(Error::Closed), work)
    }

    pub(super) fn prepare(&self, sql: &str) -> Result<postgres::Statement, Error> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        let statement = self.with(|client| Ok(client.prepare(&numbered(sql))?))?;
        self.statements.borrow_mut().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(super) fn execute(&self, sql: &postgres::Statement, values: &[Value<'_>]) -> Result<usize, Error> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let changed = self.with(|client| Ok(client.execute(sql, &values)?))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    pub(super) fn query(
        &self,
        sql: &postgres::Statement,
        values: &[Value<'_>],
    ) -> Result<Vec<postgres::Row>, Error> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        self.with(|client| Ok(client.query(sql, &values)?))
    }

    pub(super) fn batch(&self, sql: &str) -> Result<(), Error> {
        self.with(|client| Ok(client.batch_execute(sql)?))
    }

    /// Whether the connection has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.client.borrow().as_ref().is_none_or(Client::is_closed)
    }

    /// How many commits of others the server has told of. The tables tell of themselves (`portvakt_written`), once a
    /// transaction and at its commit.
    pub(super) fn heard(&self) -> Result<i64, Error> {
        let known = self.heard.get();
        let heard = self.with(|client| {
            let Some(mut heard) = known else {
                client.batch_execute("LISTEN portvakt_written")?;
                self.own.set(client.query_one("SELECT pg_backend_pid()", &[])?.try_get(0)?);
                return Ok(0);
            };
            // A question makes the driver read what has come.
            client.batch_execute("")?;
            let mut told = client.notifications();
            let mut told = told.iter();
            while let Some(note) = told.next()? {
                heard += i64::from(note.process_id() != self.own.get());
            }
            Ok(heard)
        })?;
        self.heard.set(Some(heard));
        Ok(heard)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The driver blocks while it says goodbye, which an async task must not.
        if let Some(client) = self.client.get_mut().take()
            && tokio::runtime::Handle::try_current().is_ok()
        {
            std::thread::spawn(move || drop(client));
        }
    }
}

/// Places as PostgreSQL writes them: `$1` for `?1`. No statement of this program has a question mark in its text.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}
