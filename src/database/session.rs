//! A connection to PostgreSQL: its statements, prepared once each, and what transaction it is in.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use postgres::Client;
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::ToSql;

use super::{Error, Value};

/// A connection to PostgreSQL.
pub(super) struct Session {
    client: RefCell<Client>,
    statements: RefCell<HashMap<String, postgres::Statement>>,
    /// Whether a transaction is under way.
    pub(super) open: Cell<bool>,
    /// Commits of others that the server has told of; `None` until they are listened for.
    heard: Cell<Option<i64>>,
    /// The server's number of this connection.
    own: Cell<i32>,
}

impl Session {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client: RefCell::new(client),
            statements: RefCell::default(),
            open: Cell::new(false),
            heard: Cell::new(None),
            own: Cell::new(0),
        }
    }

    pub(super) fn prepare(&self, sql: &str) -> Result<postgres::Statement, Error> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.borrow_mut().prepare(&numbered(sql))?;
        self.statements.borrow_mut().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(super) fn execute(&self, sql: &postgres::Statement, values: &[Value<'_>]) -> Result<usize, Error> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let changed = self.client.borrow_mut().execute(sql, &values)?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    pub(super) fn query(
        &self,
        sql: &postgres::Statement,
        values: &[Value<'_>],
    ) -> Result<Vec<postgres::Row>, Error> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        Ok(self.client.borrow_mut().query(sql, &values)?)
    }

    pub(super) fn batch(&self, sql: &str) -> Result<(), Error> {
        Ok(self.client.borrow_mut().batch_execute(sql)?)
    }
}

impl Session {
    /// How many commits of others the server has told of. The tables tell of themselves (`portvakt_written`), once a
    /// transaction and at its commit.
    pub(super) fn heard(&self) -> Result<i64, Error> {
        let mut client = self.client.borrow_mut();
        let Some(mut heard) = self.heard.get() else {
            client.batch_execute("LISTEN portvakt_written")?;
            self.own.set(client.query_one("SELECT pg_backend_pid()", &[])?.try_get(0)?);
            self.heard.set(Some(0));
            return Ok(0);
        };
        let mut told = client.notifications();
        let mut told = told.iter();
        while let Some(note) = told.next()? {
            heard += i64::from(note.process_id() != self.own.get());
        }
        self.heard.set(Some(heard));
        Ok(heard)
    }
}

/// Places as PostgreSQL writes them: `$1` for `?1`. No statement of this program has a question mark in its text.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}
