//! Units of work, which are done completely or not at all.

use std::ops::Deref;

use portvakt_core::planted::kill::boundary;

use super::connection::ConnectionKind;
use super::lease::{renew, wait_turn};
use super::{Connection, Dialect, Error};

/// A transaction that writes. It is undone unless it is committed. While it is open, no other transaction of this
/// program writes.
#[derive(Debug)]
pub struct Transaction<'c> {
    connection: &'c Connection,
    done: bool,
}

impl Connection {
    /// Begins a transaction that writes. From now on it is the only one of this program. It waits for an open one,
    /// and later ones wait for it.
    ///
    /// # Errors
    /// Fails with the database's error, and if another transaction did not end in time.
    pub fn begin(&mut self) -> Result<Transaction<'_>, Error> {
        Transaction::begin(self)
    }
}

impl<'c> Transaction<'c> {
    pub(super) fn begin(connection: &'c Connection) -> Result<Self, Error> {
        boundary();
        match connection.kind() {
            ConnectionKind::Sqlite(sqlite) => sqlite.ask(|plain| plain.execute_batch("BEGIN IMMEDIATE"))?,
            ConnectionKind::Postgres(session) => {
                session.batch("BEGIN")?;
                session.open.set(true);
            }
        }
        // From here on the transaction is undone if it is not this program's turn to write.
        let transaction = Self { connection, done: false };
        transaction.turn()?;
        Ok(transaction)
    }

    /// Keeps what was written.
    ///
    /// # Errors
    /// Fails when the database reports an error. Then nothing was written.
    pub fn commit(mut self) -> Result<(), Error> {
        // The lease is renewed once more, because the work may have taken a long time.
        if self.epoch().is_some() {
            self.turn()?;
        }
        boundary();
        self.connection.execute_batch("COMMIT")?;
        self.done = true;
        self.ended();
        boundary();
        Ok(())
    }

    /// Sets a point in the transaction that can be returned to.
    ///
    /// # Errors
    /// Fails when the database reports an error.
    pub fn savepoint(&mut self) -> Result<Savepoint<'_>, Error> {
        self.connection.prepare_cached("SAVEPOINT step")?.execute([])?;
        Ok(Savepoint { connection: self.connection, done: false })
    }

    fn epoch(&self) -> Option<i64> {
        match self.connection.kind() {
            ConnectionKind::Sqlite(_) => None,
            ConnectionKind::Postgres(session) => session.epoch.get(),
        }
    }

    /// On PostgreSQL this renews the lease that the program writes under. A command without a lease waits for its turn.
    /// Either way the transaction holds the row of the lease until its end.
    fn turn(&self) -> Result<(), Error> {
        match (self.connection.dialect(), self.epoch()) {
            (Dialect::Sqlite, _) => Ok(()),
            (Dialect::Postgres, None) => wait_turn(self.connection),
            (Dialect::Postgres, Some(epoch)) if renew(self.connection, epoch)? => Ok(()),
            (Dialect::Postgres, Some(_)) => Err(Error::LeaseLost),
        }
    }

    fn ended(&self) {
        if let ConnectionKind::Postgres(session) = self.connection.kind() {
            session.open.set(false);
        }
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.done {
            undo(self.connection, "ROLLBACK");
            self.ended();
        }
    }
}

/// A point in a transaction. What was written after it is undone unless it is committed.
#[derive(Debug)]
pub struct Savepoint<'t> {
    connection: &'t Connection,
    done: bool,
}

impl Savepoint<'_> {
    /// Keeps what was written after the point, as part of the transaction.
    ///
    /// # Errors
    /// Fails when the database reports an error.
    pub fn commit(mut self) -> Result<(), Error> {
        self.connection.prepare_cached("RELEASE step")?.execute([])?;
        self.done = true;
        Ok(())
    }
}

impl Deref for Savepoint<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Drop for Savepoint<'_> {
    fn drop(&mut self) {
        if !self.done {
            undo(self.connection, "ROLLBACK TO step; RELEASE step");
        }
    }
}

/// Runs `work` as one unit: it reads from one snapshot and writes all or nothing. It also works inside a transaction of
/// the caller. There PostgreSQL reads what is committed at the time of each statement.
///
/// # Errors
/// Fails with the error of `work` or of the database.
pub fn as_one<T, E: From<Error>>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let (begin, end, back) = match connection.kind() {
        ConnectionKind::Postgres(session) if !session.open.get() => {
            ("BEGIN ISOLATION LEVEL REPEATABLE READ", "COMMIT", "ROLLBACK")
        }
        _ => ("SAVEPOINT as_one", "RELEASE as_one", "ROLLBACK TO as_one; RELEASE as_one"),
    };
    unit_of_work(connection, (begin, end, back), work)
}

/// Does the same for work that only reads. Inside a transaction of the caller this saves PostgreSQL two statements.
///
/// # Errors
/// Fails with the error of `work` or of the database.
pub fn snapshot<T, E: From<Error>>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    match connection.kind() {
        ConnectionKind::Postgres(session) if session.open.get() => work(connection),
        ConnectionKind::Postgres(_) => {
            let read_only = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
            unit_of_work(connection, (read_only, "COMMIT", "ROLLBACK"), work)
        }
        ConnectionKind::Sqlite(_) => as_one(connection, work),
    }
}

/// Runs `work` as the only writer: nobody else writes while it reads and writes, and it writes all or nothing. It waits
/// for an open transaction of another program. It does not work inside a transaction of the caller.
///
/// # Errors
/// Fails with the error of `work` or of the database, and if another transaction did not end in time.
pub fn as_only_writer<T, E: From<Error>>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = Transaction::begin(connection)?;
    let done = work(connection)?;
    transaction.commit()?;
    Ok(done)
}

fn unit_of_work<T, E: From<Error>>(
    connection: &Connection,
    (begin, end, back): (&str, &str, &str),
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let was_open = connection.open_mark(begin)?;
    let result = work(connection);
    let result = match result {
        Ok(done) => match connection.close_mark(end) {
            Ok(()) => Ok(done),
            Err(error) => {
                undo(connection, back);
                Err(error.into())
            }
        },
        Err(error) => {
            undo(connection, back);
            Err(error)
        }
    };
    if let ConnectionKind::Postgres(session) = connection.kind() {
        session.open.set(was_open);
    }
    result
}

/// Undoes the work. A failure here does no harm: a full disk makes SQLite roll back the whole transaction by itself,
/// and a lost connection leaves nothing to undo. So the first error is the one to report.
fn undo(connection: &Connection, back: &str) {
    if let Err(error) = connection.execute_batch(back) {
        tracing::debug!(%error, "nothing left to roll back");
    }
}
