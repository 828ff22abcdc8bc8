//! A prepared statement of either database.

use super::row::Source;
use super::sqlite::Sqlite;
use super::{Error, Params, Row, Rows, Session};

/// A prepared statement.
pub struct Statement<'c>(pub(super) StatementKind<'c>);

pub(super) enum StatementKind<'c> {
    Sqlite(&'c Sqlite, rusqlite::CachedStatement<'c>),
    Postgres(&'c Session, tokio_postgres::Statement),
}

impl Statement<'_> {
    /// Runs the statement and returns the number of changed rows.
    ///
    /// # Errors
    /// Fails when the database reports an error.
    pub fn execute(&mut self, params: impl Params) -> Result<usize, Error> {
        params.with(|values| match &mut self.0 {
            StatementKind::Sqlite(sqlite, statement) => {
                sqlite.ask(|_| statement.execute(rusqlite::params_from_iter(values)))
            }
            StatementKind::Postgres(session, statement) => session.execute(statement, values),
        })
    }

    /// Runs the statement and returns the rows of its answer.
    ///
    /// # Errors
    /// Fails when the database reports an error.
    pub fn query(&mut self, params: impl Params) -> Result<Rows<'_>, Error> {
        params.with(|values| match &mut self.0 {
            StatementKind::Sqlite(sqlite, statement) => {
                let sqlite = *sqlite;
                let rows = sqlite.ask(|_| statement.query(rusqlite::params_from_iter(values)))?;
                Ok(Rows(Source::Sqlite(sqlite, rows)))
            }
            StatementKind::Postgres(session, statement) => {
                let rows = session.query(statement, values)?.into_iter();
                Ok(Rows(Source::Postgres { rows, now: None }))
            }
        })
    }

    /// Runs the statement and reads the first row of its answer.
    ///
    /// # Errors
    /// Fails when the database reports an error, and with [`Error::NoRow`] when there is no row.
    pub fn query_row<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut rows = self.query(params)?;
        let row = rows.next()?.ok_or(Error::NoRow)?;
        read(&row)
    }

    /// Runs the statement and reads every row of its answer.
    ///
    /// # Errors
    /// Fails when the database reports an error.
    pub fn query_all<T>(
        &mut self,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut rows = self.query(params)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(&row)?);
        }
        Ok(all)
    }
}
