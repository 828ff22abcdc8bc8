//! A connection to either database.

use super::driver::Driver;
use super::statement::Kind as Prepared;
use super::{Error, Params, Row, Session, Statement, Transaction, Value};

/// A connection to a register's database.
pub struct Connection(Kind);

pub(super) enum Kind {
    Sqlite(rusqlite::Connection),
    Postgres(Box<Session>),
}

/// Which database it is, for the few places where that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// One file.
    Sqlite,
    /// A server.
    Postgres,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({:?})", self.dialect())
    }
}

impl From<rusqlite::Connection> for Connection {
    fn from(connection: rusqlite::Connection) -> Self {
        Self(Kind::Sqlite(connection))
    }
}

impl From<Driver> for Connection {
    fn from(driver: Driver) -> Self {
        Self(Kind::Postgres(Box::new(Session::new(driver))))
    }
}

impl Connection {
    /// An empty SQLite database that nobody else sees.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn open_in_memory() -> Result<Self, Error> {
        Ok(rusqlite::Connection::open_in_memory()?.into())
    }

    /// Which database it is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self.0 {
            Kind::Sqlite(_) => Dialect::Sqlite,
            Kind::Postgres(_) => Dialect::Postgres,
        }
    }

    /// SQLite's own connection, where it is one: for what only SQLite has.
    #[must_use]
    pub fn as_sqlite(&self) -> Option<&rusqlite::Connection> {
        match &self.0 {
            Kind::Sqlite(sqlite) => Some(sqlite),
            Kind::Postgres(_) => None,
        }
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.0
    }

    /// A statement, prepared once for its text.
    ///
    /// # Errors
    /// What the database says.
    pub fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>, Error> {
        Ok(Statement(match &self.0 {
            Kind::Sqlite(sqlite) => Prepared::Sqlite(sqlite.prepare_cached(sql)?),
            Kind::Postgres(session) => Prepared::Postgres(session, session.prepare(sql)?),
        }))
    }

    /// Runs one statement, and tells how many rows it has changed.
    ///
    /// # Errors
    /// What the database says.
    pub fn execute(&self, sql: &str, params: impl Params) -> Result<usize, Error> {
        self.prepare_cached(sql)?.execute(params)
    }

    /// Runs one statement, and reads the first row of its answer.
    ///
    /// # Errors
    /// What the database says; [`Error::NoRow`] where there is none.
    pub fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.prepare_cached(sql)?.query_row(params, read)
    }

    /// Runs one statement for each of these rows of values, in their order, and tells how many rows each has changed.
    /// PostgreSQL is sent all of them before the first answer is waited for: many cost one journey, and little more than one.
    ///
    /// # Errors
    /// What the database says of the first that is not carried out. On PostgreSQL nothing after it is, inside a
    /// transaction; the caller takes back the unit of work either way.
    pub fn execute_each<const N: usize>(
        &self,
        sql: &str,
        rows: &[[Value<'_>; N]],
    ) -> Result<Vec<usize>, Error> {
        if let Kind::Postgres(session) = &self.0 {
            return session.execute_each(&session.prepare(sql)?, rows);
        }
        let mut statement = self.prepare_cached(sql)?;
        rows.iter().map(|row| statement.execute(row.as_slice())).collect()
    }

    /// Asks one question for each of these rows of values, in their order; `read` is given the place of the question and
    /// each row of its answer. Journeys are as in [`Connection::execute_each`].
    ///
    /// # Errors
    /// What the database says, and what `read` does.
    pub fn query_each<const N: usize, E: From<Error>>(
        &self,
        sql: &str,
        rows: &[[Value<'_>; N]],
        mut read: impl FnMut(usize, &Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Kind::Postgres(session) = &self.0 {
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

    /// Runs several statements without places.
    ///
    /// # Errors
    /// What the database says.
    pub fn execute_batch(&self, sql: &str) -> Result<(), Error> {
        match &self.0 {
            Kind::Sqlite(sqlite) => Ok(sqlite.execute_batch(sql)?),
            Kind::Postgres(session) => session.batch(sql),
        }
    }

    /// Begins a transaction that writes. It is the only one of this program from here on: others wait or are waited for.
    ///
    /// # Errors
    /// What the database says, also when another one did not end in time.
    pub fn begin(&mut self) -> Result<Transaction<'_>, Error> {
        Transaction::begin(self)
    }

    /// Whether a table is there.
    ///
    /// # Errors
    /// What the database says.
    pub fn has_table(&self, name: &str) -> Result<bool, Error> {
        let sql = match self.0 {
            Kind::Sqlite(_) => "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1",
            Kind::Postgres(_) => {
                "SELECT count(*) FROM information_schema.tables
                 WHERE table_schema = current_schema() AND table_name = ?1"
            }
        };
        self.query_row(sql, [name], |row| row.get(0))
    }

    /// A number that is another one when somebody else has committed since.
    ///
    /// # Errors
    /// What the database says.
    pub fn version(&self) -> Result<i64, Error> {
        match &self.0 {
            Kind::Sqlite(_) => self.query_row("PRAGMA data_version", [], |row| row.get(0)),
            Kind::Postgres(session) => session.heard(),
        }
    }

    /// Has everything that is written through this connection written under an epoch of the lease; `None` for what an
    /// operator writes beside a daemon. SQLite has no lease.
    pub fn write_under(&self, epoch: Option<i64>) {
        if let Kind::Postgres(session) = &self.0 {
            session.epoch.set(epoch);
        }
    }

    /// Whether the connection has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        match &self.0 {
            Kind::Sqlite(_) => false,
            Kind::Postgres(session) => session.is_closed(),
        }
    }

    pub(super) fn open_mark(&self, begin: &str) -> Result<bool, Error> {
        match &self.0 {
            Kind::Sqlite(_) => {
                self.prepare_cached(begin)?.execute([])?;
                Ok(false)
            }
            Kind::Postgres(session) => {
                session.batch(begin)?;
                Ok(session.open.replace(true))
            }
        }
    }

    pub(super) fn close_mark(&self, end: &str) -> Result<(), Error> {
        match &self.0 {
            Kind::Sqlite(_) => self.prepare_cached(end)?.execute([]).map(drop),
            Kind::Postgres(session) => session.batch(end),
        }
    }
}
