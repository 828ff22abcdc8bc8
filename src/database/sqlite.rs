//! A connection to SQLite. Every call into its driver goes through one door, [`Sqlite::ask`].
//!
//! A panic inside the driver is an error, and ends the connection, because the driver's state is not used afterwards.
//! A caller that keeps a connection then opens another one.

use std::cell::Cell;

use portvakt_net::caught;

use super::Error;

/// A connection to SQLite.
pub struct Sqlite {
    plain: rusqlite::Connection,
    /// Whether the driver has panicked.
    given_up: Cell<bool>,
}

impl Sqlite {
    pub(super) fn new(plain: rusqlite::Connection) -> Self {
        Self { plain, given_up: Cell::new(false) }
    }

    /// Returns the driver's own connection. Calls to it do not go through the door.
    pub(super) fn plain(&self) -> &rusqlite::Connection {
        &self.plain
    }

    pub(super) fn is_closed(&self) -> bool {
        self.given_up.get()
    }

    /// Asks the driver for something.
    pub(super) fn ask<'c, T>(
        &'c self,
        work: impl FnOnce(&'c rusqlite::Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, Error> {
        if self.given_up.get() {
            return Err(Error::Closed);
        }
        match caught(|| work(&self.plain)) {
            Ok(answer) => Ok(answer?),
            Err(panic) => {
                self.given_up.set(true);
                // The transaction is ended, so that nobody else waits for it.
                let _either_way = caught(|| self.plain.execute_batch("ROLLBACK"));
                Err(Error::Panicked(panic))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::OpenFlags;

    use super::*;

    /// Returns a connection to one database in memory that all connections of this test share.
    fn open() -> Sqlite {
        let shared = "file:door?mode=memory&cache=shared";
        Sqlite::new(rusqlite::Connection::open_with_flags(shared, OpenFlags::default()).unwrap())
    }

    #[test]
    fn a_panic_of_the_driver_is_an_error_that_undoes_the_work_and_ends_the_connection() {
        let (one, other) = (open(), open());
        let begun = "CREATE TABLE t (x); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)";
        one.ask(|plain| plain.execute_batch(begun)).unwrap();
        let told = one.ask(|_| -> Result<(), rusqlite::Error> { panic!("a part is missing") }).unwrap_err();
        assert!(matches!(&told, Error::Panicked(why) if why == "a part is missing"), "{told:?}");
        assert!(one.is_closed());
        let after = one.ask(|plain| plain.execute_batch("SELECT 1"));
        assert!(matches!(after, Err(Error::Closed)), "{after:?}");
        // Another connection reads and writes at once, and finds nothing of the work.
        let count = "SELECT count(*) FROM t";
        let rows: i64 = other.ask(|plain| plain.query_row(count, [], |row| row.get(0))).unwrap();
        assert_eq!(rows, 0);
        other.ask(|plain| plain.execute_batch("INSERT INTO t VALUES (2)")).unwrap();
        assert!(!other.is_closed());
    }
}
