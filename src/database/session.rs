//! A connection to PostgreSQL, with its prepared statements, the state of its transaction, and the epoch it writes
//! under.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio_postgres::{Client, Row, Statement};

use super::driver::Driver;
use super::timeline::Timeline;
use super::{Error, Value};

/// A connection to PostgreSQL.
pub struct Session {
    /// It is taken out when the session is dropped.
    driver: RefCell<Option<Driver>>,
    /// The name of the server, if the address names several.
    pub(super) server: Option<String>,
    /// The timeline that this connection writes on.
    pub(super) timeline: Option<Timeline>,
    statements: RefCell<HashMap<String, Statement>>,
    /// Whether a transaction is open.
    pub(super) open: Cell<bool>,
    /// The epoch of the lease this connection writes under. `None` for an operator's command beside a daemon.
    pub(super) epoch: Cell<Option<i64>>,
    /// The number of commits by others that the server has announced. `None` until this connection listens for them.
    heard: Cell<Option<i64>>,
    /// The server's process number for this connection.
    own: Cell<i32>,
}

impl Session {
    pub(super) fn new(driver: Driver, server: Option<String>, timeline: Option<Timeline>) -> Self {
        Self {
            driver: RefCell::new(Some(driver)),
            server,
            timeline,
            statements: RefCell::default(),
            open: Cell::new(false),
            epoch: Cell::new(None),
            heard: Cell::new(None),
            own: Cell::new(0),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Driver) -> Result<T, Error>) -> Result<T, Error> {
        self.driver.borrow_mut().as_mut().map_or(Err(Error::Closed), work)
    }

    pub(super) fn prepare(&self, sql: &str) -> Result<Statement, Error> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        let text = numbered(sql);
        let statement =
            self.with(|driver| driver.one(async |client: &Client| client.prepare(&text).await))?;
        self.statements.borrow_mut().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(super) fn execute(&self, sql: &Statement, values: &[Value<'_>]) -> Result<usize, Error> {
        let changed = self.with(|driver| {
            driver.one(async |client: &Client| client.execute_raw(sql, values.iter().copied()).await)
        })?;
        Ok(count(changed))
    }

    pub(super) fn query(&self, sql: &Statement, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        self.with(|driver| driver.one(async |client: &Client| query_rows(client, sql, values).await))
    }

    /// Runs the statement for each of these rows of values. All are sent before the first answer is waited for.
    pub(super) fn execute_each<const N: usize>(
        &self,
        sql: &Statement,
        each: &[[Value<'_>; N]],
    ) -> Result<Vec<usize>, Error> {
        let each: Vec<&[Value<'_>]> = each.iter().map(<[_; N]>::as_slice).collect();
        let changed = self.with(|driver| {
            driver.each(&each, async |client: &Client, values: &[Value<'_>]| {
                client.execute_raw(sql, values.iter().copied()).await
            })
        })?;
        Ok(changed.into_iter().map(count).collect())
    }

    /// Does the same for a question, and returns the rows of each answer.
    pub(super) fn query_each<const N: usize>(
        &self,
        sql: &Statement,
        each: &[[Value<'_>; N]],
    ) -> Result<Vec<Vec<Row>>, Error> {
        let each: Vec<&[Value<'_>]> = each.iter().map(<[_; N]>::as_slice).collect();
        self.with(|driver| {
            driver.each(&each, async |client: &Client, values: &[Value<'_>]| {
                query_rows(client, sql, values).await
            })
        })
    }

    pub(super) fn batch(&self, sql: &str) -> Result<(), Error> {
        self.with(|driver| driver.one(async |client: &Client| client.batch_execute(sql).await))
    }

    /// Sets the longest silence of the server that is accepted.
    pub(super) fn bear(&self, silence: Duration) {
        if let Some(driver) = self.driver.borrow_mut().as_mut() {
            driver.bear(silence);
        }
    }

    /// Returns whether the connection has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.driver.borrow().as_ref().is_none_or(Driver::is_closed)
    }

    /// Returns the number of commits by others that the server has announced. The tables send `portvakt_written` once
    /// for each transaction, at its commit.
    pub(super) fn heard(&self) -> Result<i64, Error> {
        let Some(heard) = self.heard.get() else {
            self.batch("LISTEN portvakt_written")?;
            let own = self.prepare("SELECT pg_backend_pid()")?;
            if let Some(row) = self.query(&own, &[])?.first() {
                self.own.set(row.try_get(0)?);
            }
            self.heard.set(Some(0));
            return Ok(0);
        };
        // An empty statement makes the driver read what has arrived.
        self.batch("")?;
        let notes = self.with(|driver| Ok(driver.notes()))?;
        let others = notes.iter().filter(|note| note.process_id() != self.own.get()).count();
        let heard = heard + i64::try_from(others).unwrap_or(i64::MAX);
        self.heard.set(Some(heard));
        Ok(heard)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Dropping the driver blocks while it closes the connection. An async task must not block, so a thread does
        // it.
        if let Some(driver) = self.driver.get_mut().take()
            && tokio::runtime::Handle::try_current().is_ok()
        {
            std::thread::spawn(move || drop(driver));
        }
    }
}

async fn query_rows(
    client: &Client,
    sql: &Statement,
    values: &[Value<'_>],
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let mut answer = pin!(client.query_raw(sql, values.iter().copied()).await?);
    let mut rows = Vec::new();
    while let Some(row) = answer.next().await {
        rows.push(row?);
    }
    Ok(rows)
}

fn count(changed: u64) -> usize {
    usize::try_from(changed).unwrap_or(usize::MAX)
}

/// Writes places as PostgreSQL does: `$1` for `?1`. No statement of this program has another question mark in its text.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}
