//! A connection to either database.

use std::time::Duration;

use super::driver::Driver;
use super::sqlite::Sqlite;
use super::statement::StatementKind;
use super::timeline::Timeline;
use super::{Error, Params, Row, Session, Statement, Value};

/// A connection to a register's database.
pub struct Connection(ConnectionKind);

pub(super) enum ConnectionKind {
    Sqlite(Sqlite),
    Postgres(Box<Session>),
}

/// The kind of database, for the few places where it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite, in one file.
    Sqlite,
    /// PostgreSQL, on a server.
    Postgres,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({:?})", self.dialect())
    }
}

impl From<rusqlite::Connection> for Connection {
    fn from(connection: rusqlite::Connection) -> Self {
        Self(ConnectionKind::Sqlite(Sqlite::new(connection)))
    }
}

impl Connection {
    /// Makes a connection to PostgreSQL. `server` is the one that was taken of several. `timeline` is known if the
    /// connection may write and the server says it.
    pub(super) fn to_server(driver: Driver, server: Option<String>, timeline: Option<Timeline>) -> Self {
        Self(ConnectionKind::Postgres(Box::new(Session::new(driver, server, timeline))))
    }

    /// Opens an empty SQLite database in memory, which nobody else sees.
    ///
    /// # Errors
    /// Fails when there is no memory for it.
    pub fn open_in_memory() -> Result<Self, Error> {
        Ok(rusqlite::Connection::open_in_memory()?.into())
    }

    /// Returns the kind of database.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self.0 {
            ConnectionKind::Sqlite(_) => Dialect::Sqlite,
            ConnectionKind::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Returns SQLite's own connection, for features that only SQLite has. `None` for PostgreSQL.
    #[must_use]
    pub fn as_sqlite(&self) -> Option<&rusqlite::Connection> {
        match &self.0 {
            ConnectionKind::Sqlite(sqlite) => Some(sqlite.plain()),
            ConnectionKind::Postgres(_) => None,
        }
    }

    /// Returns the name of the server that the connection goes to. `None` if its address names only one.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        match &self.0 {
            ConnectionKind::Sqlite(_) => None,
            ConnectionKind::Postgres(session) => session.server.as_deref(),
        }
    }

    /// Returns the timeline that the connection writes on, if it may write and the server says it.
    pub(super) fn timeline(&self) -> Option<Timeline> {
        match &self.0 {
            ConnectionKind::Sqlite(_) => None,
            ConnectionKind::Postgres(session) => session.timeline,
        }
    }

    pub(super) fn kind(&self) -> &ConnectionKind {
        &self.0
    }

    /// Prepares a statement. Each SQL text is prepared only once.
    ///
    /// # Errors
    /// Fails when the database reports an error.
    pub fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>, Error> {
        Ok(Statement(match &self.0 {
            ConnectionKind::Sqlite(sqlite) => {
                StatementKind::Sqlite(sqlite, sqlite.ask(|plain| plain.prepare_cached(sql))?)
            }
            ConnectionKind::Postgres(session) => StatementKind::Postgres(session, session.prepare(sql)?),
        }))
    }

    /// Runs one statement and returns the number of changed rows.
    ///
    /// # Errors
    /// Fails when the database reports an error.
    pub fn execute(&self, sql: &str, params: impl Params) -> Result<usize, Error> {
        self.prepare_cached(sql)?.execute(params)
    }

    /// Runs one statement and reads the first row of its answer.
    ///
    /// # Errors
    /// Fails when the database reports an error, and with [`Error::NoRow`] when there is no row.
    pub fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.prepare_cached(sql)?.query_row(params, read)
    }

    /// Runs one statement for each of these rows of values, in order, and returns the number of changed rows for
    /// each. All of them are sent to PostgreSQL before the first answer is waited for, so many rows cost one round
    /// trip.
    ///
    /// # Errors
    /// Fails with the database's error for the first row that fails. Inside a transaction, PostgreSQL does nothing
    /// after that row. In either case the caller undoes the unit of work.
    pub fn execute_each<const N: usize>(
        &self,
        sql: &str,
        rows: &[[Value<'_>; N]],
    ) -> Result<Vec<usize>, Error> {
        if let ConnectionKind::Postgres(session) = &self.0 {
            return session.execute_each(&session.prepare(sql)?, rows);
        }
        let mut statement = self.prepare_cached(sql)?;
        rows.iter().map(|row| statement.execute(row.as_slice())).collect()
    }

    /// Asks one question for each of these rows of values, in order. `read` gets the position of the question and each
    /// row of its answer. Round trips are as in [`Connection::execute_each`].
    ///
    /// # Errors
    /// Fails with the error of the database or of `read`.
    pub fn query_each<const N: usize, E: From<Error>>(
        &self,
        sql: &str,
        rows: &[[Value<'_>; N]],
        mut read: impl FnMut(usize, &Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if let ConnectionKind::Postgres(session) = &self.0 {
            let answers = session.query_each(&session.prepare(sql)?, rows)?;
            for (at, answer) in answers.iter().enumerate() {
                for row in answer {
                    read(at, &Row::of_postgres(row))?;
                }
            }
            return Ok(());
        }
        let mut statement = self.prepare_cached(sql)?;
        for (at, values) in rows.iter().enumerate() {
            let mut rows = statement.query(values.as_slice())?;
            while let Some(row) = rows.next()? {
                read(at, &row)?;
            }
        }
        Ok(())
    }

    /// Runs several statements that have no places for values.
    ///
    /// # Errors
    /// Fails when the database reports an error.
    pub fn execute_batch(&self, sql: &str) -> Result<(), Error> {
        match &self.0 {
            ConnectionKind::Sqlite(sqlite) => sqlite.ask(|plain| plain.execute_batch(sql)),
            ConnectionKind::Postgres(session) => session.batch(sql),
        }
    }

    /// Returns whether a table exists.
    ///
    /// # Errors
    /// Fails when the database reports an error.
    pub fn has_table(&self, name: &str) -> Result<bool, Error> {
        let sql = match self.0 {
            ConnectionKind::Sqlite(_) => {
                "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1"
            }
            ConnectionKind::Postgres(_) => {
                "SELECT count(*) FROM information_schema.tables
                 WHERE table_schema = current_schema() AND table_name = ?1"
            }
        };
        self.query_row(sql, [name], |row| row.get(0))
    }

    /// Returns a number that changes when somebody else has committed.
    ///
    /// # Errors
    /// Fails when the database reports an error.
    pub fn version(&self) -> Result<i64, Error> {
        match &self.0 {
            ConnectionKind::Sqlite(_) => self.query_row("PRAGMA data_version", [], |row| row.get(0)),
            ConnectionKind::Postgres(session) => session.heard(),
        }
    }

    /// Makes everything that is written through this connection use this epoch of the lease. `None` is for an
    /// operator's command that writes beside a daemon. SQLite has no lease.
    pub fn write_under(&self, epoch: Option<i64>) {
        if let ConnectionKind::Postgres(session) = &self.0 {
            session.epoch.set(epoch);
        }
    }

    /// Sets how long a server may be silent while an answer is waited for. After that the connection is given up.
    /// SQLite has no server.
    pub fn bear(&self, silence: Duration) {
        if let ConnectionKind::Postgres(session) = &self.0 {
            session.bear(silence);
        }
    }

    /// Returns whether the connection has ended, because the server has ended it or the driver has panicked.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        match &self.0 {
            ConnectionKind::Sqlite(sqlite) => sqlite.is_closed(),
            ConnectionKind::Postgres(session) => session.is_closed(),
        }
    }

    pub(super) fn open_mark(&self, begin: &str) -> Result<bool, Error> {
        match &self.0 {
            ConnectionKind::Sqlite(_) => {
                self.prepare_cached(begin)?.execute([])?;
                Ok(false)
            }
            ConnectionKind::Postgres(session) => {
                session.batch(begin)?;
                Ok(session.open.replace(true))
            }
        }
    }

    pub(super) fn close_mark(&self, end: &str) -> Result<(), Error> {
        match &self.0 {
            ConnectionKind::Sqlite(_) => self.prepare_cached(end)?.execute([]).map(drop),
            ConnectionKind::Postgres(session) => session.batch(end),
        }
    }
}
