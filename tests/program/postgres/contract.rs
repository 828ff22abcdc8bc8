//! The story that every store must pass, and the other promises of a connection.

use portvakt_core::store::WriteStore;
use portvakt_database::{Connection, OptionalRow as _, Server, Value, as_one, params, snapshot};

use super::cluster::{Database, ROLE};
use super::port::Port;
use super::story::{self, Bench};

struct There(Database);

impl Bench for There {
    fn store(&self) -> Box<dyn WriteStore> {
        Box::new(Port::open(self.0.site()))
    }
}

#[test]
fn the_story_on_postgresql() {
    if let Some(database) = Database::new() {
        story::tell(&There(database));
    }
}

#[test]
fn what_is_read_as_one_is_one_snapshot_and_what_is_not_committed_is_undone() {
    let Some(database) = Database::new() else { return };
    let mut connection: Connection = database.server(ROLE).connect().unwrap();
    let other = database.server(ROLE).connect().unwrap();
    let count = |connection: &Connection| {
        connection.query_row("SELECT count(*) FROM mark", [], |row| row.get::<i64>(0))
    };
    let seen: Result<_, portvakt_database::Error> = snapshot(&connection, |connection| {
        let before = count(connection)?;
        other.execute("INSERT INTO mark (key, value) VALUES (?1, ?2)", ["between", "two"])?;
        Ok((before, count(connection)?))
    });
    assert_eq!(seen.unwrap(), (0, 0));
    assert_eq!(count(&connection).unwrap(), 1);

    let undone: Result<(), portvakt_database::Error> = as_one(&connection, |connection| {
        connection.execute("DELETE FROM file_hold", [])?;
        connection.execute("INSERT INTO mark (key, value) VALUES (?1, ?2)", ["undone", "x"])?;
        connection.execute("INSERT INTO mark (key, value) VALUES (?1, ?2)", ["undone", "again"]).map(drop)
    });
    assert!(undone.unwrap_err().to_string().contains("duplicate key"), "the server's own words");
    assert_eq!(count(&connection).unwrap(), 1);

    let mut transaction = connection.begin().unwrap();
    transaction.execute("INSERT INTO mark (key, value) VALUES ('kept', 'x')", []).unwrap();
    let point = transaction.savepoint().unwrap();
    assert!(point.execute("INSERT INTO mark (key, value) VALUES ('kept', 'x')", []).is_err());
    drop(point);
    transaction.execute("INSERT INTO mark (key, value) VALUES ('kept too', 'x')", []).unwrap();
    transaction.commit().unwrap();
    drop(connection.begin().unwrap());
    assert_eq!(count(&connection).unwrap(), 3);

    // A value that does not fit its place is an error, and leaves the connection as it was.
    assert!(
        connection.execute("INSERT INTO mark (key, value) VALUES (?1, ?2)", params!["one", 1_i64]).is_err()
    );
    let none: Option<String> = connection
        .query_row("SELECT value FROM mark WHERE key = ?1", ["none"], |row| row.get(0))
        .optional()
        .unwrap();
    assert_eq!(none, None);
    assert!(connection.query_row("SELECT value FROM mark", [], |row| row.get::<i64>(0)).is_err());
}

#[test]
fn what_is_asked_of_many_rows_is_answered_in_order_and_undone_as_one() {
    let Some(database) = Database::new() else { return };
    let mut connection = database.server(ROLE).connect().unwrap();
    let keys: Vec<String> = (0..300).map(|number| format!("key {number}")).collect();
    let rows: Vec<_> = keys.iter().map(|key| [Value::Text(key), Value::Text("x")]).collect();
    let insert = "INSERT INTO mark (key, value) VALUES (?1, ?2)";
    let mut transaction = connection.begin().unwrap();
    assert_eq!(transaction.execute_each(insert, &rows).unwrap(), vec![1; 300]);
    let asked: Vec<_> = keys.iter().rev().map(|key| [Value::Text(key)]).collect();
    let mut answers = Vec::new();
    let read = |at: usize, row: &portvakt_database::Row<'_>| {
        answers.push((at, row.get::<String>(0)?));
        Ok::<_, portvakt_database::Error>(())
    };
    transaction.query_each("SELECT key FROM mark WHERE key = ?1", &asked, read).unwrap();
    let expected: Vec<_> = keys.iter().rev().cloned().enumerate().collect();
    assert_eq!(answers, expected);

    // One that cannot be: nothing of them is kept, and the transaction goes on.
    let point = transaction.savepoint().unwrap();
    let [more, again] = [["more", "x"], ["key 7", "x"]].map(|row| row.map(Value::Text));
    let told = point.execute_each(insert, &[more, again, more]).unwrap_err().to_string();
    assert!(told.contains("duplicate key"), "{told}");
    drop(point);
    transaction.execute(insert, ["kept", "x"]).unwrap();
    transaction.commit().unwrap();
    let count = connection.query_row("SELECT count(*) FROM mark", [], |row| row.get::<i64>(0)).unwrap();
    assert_eq!(count, 301);
}

#[test]
fn commits_of_others_are_heard_and_ones_own_are_not() {
    let Some(database) = Database::new() else { return };
    let connection = database.server(ROLE).connect().unwrap();
    let open = "INSERT INTO account (id, name, active, opened) VALUES (?1, 'Kari', 1, '2026-11-23')";
    let before = connection.version().unwrap();
    connection.execute(open, ["own"]).unwrap();
    assert_eq!(connection.version().unwrap(), before);
    database.client(ROLE).execute(&open.replace('?', "$"), &[&"others"]).unwrap();
    let heard = connection.version().unwrap();
    assert_ne!(heard, before);
    assert_eq!(connection.version().unwrap(), heard);
}

#[test]
fn a_port_stands_where_postgresqls_own_programs_take_it() {
    let Some(database) = Database::new() else { return };
    for url in database.with_ports() {
        let address: portvakt_database::ServerAddress =
            url.parse().unwrap_or_else(|why| panic!("{url}: {why}"));
        assert_eq!(address.to_string().parse().as_ref(), Ok(&address), "{address}");
        let server = Server { address, password: Some(database.password()), authorities: None };
        let connection = server.connect().unwrap_or_else(|why| panic!("{url}: {why}"));
        assert_eq!(connection.query_row("SELECT 1", [], |row| row.get::<i64>(0)).unwrap(), 1, "{url}");
    }
}
