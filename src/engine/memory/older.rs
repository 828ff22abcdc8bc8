//! Adds the columns that the tables of an older version do not have, so that a new column is one line in a schema.
//!
//! The rows of that version have no value there. So the definition of a new column allows NULL or names a default, or SQLite
//! refuses to add it. In PostgreSQL the owner of the tables adds columns, and indexes too: a new one of
//! either is a version of `stores/tables/postgres_schema.rs`.

use std::collections::BTreeSet;

use portvakt_database::{Connection, as_only_writer};

use super::MemoryError;

/// A column of a schema: its name, and the whole definition that begins with the name.
type ColumnDefinition<'s> = (&'s str, &'s str);

/// Adds the columns of this schema that the tables of a file do not have. A table that does not exist is left alone.
pub(super) fn add_columns(conn: &Connection, schema: &str) -> Result<(), MemoryError> {
    if missing_columns(conn, schema)?.is_empty() {
        return Ok(());
    }
    // Another program may be adding the same columns. So the file is asked again while nobody else writes.
    as_only_writer(conn, |conn| {
        for (table, definition) in missing_columns(conn, schema)? {
            conn.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {definition}"))?;
        }
        Ok(())
    })
}

/// Returns the columns of this schema that the tables of a file do not have: the table, and the definition.
fn missing_columns<'s>(conn: &Connection, schema: &'s str) -> Result<Vec<(&'s str, &'s str)>, MemoryError> {
    let mut missing = Vec::new();
    let mut names = conn.prepare_cached("SELECT name FROM pragma_table_info(?1)")?;
    for (table, columns) in tables(schema) {
        let there: Vec<String> = names.query_all([table], |row| row.get(0))?;
        let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
        for (name, definition) in columns {
            if !there.is_empty() && !there.contains(name) {
                missing.push((table, definition));
            }
        }
    }
    Ok(missing)
}

/// Returns the tables that a schema makes, each with its columns.
fn tables(schema: &str) -> Vec<(&str, Vec<ColumnDefinition<'_>>)> {
    let table = |text| {
        let (name, rest) = str::split_once(text, " (")?;
        let (body, _) = rest.split_once(") STRICT")?;
        // The key of several columns comes last.
        let columns = body.split_once("PRIMARY KEY (").map_or(body, |(columns, _)| columns);
        let columns = columns.split(',').map(str::trim);
        let named = columns.filter_map(|text| Some((text.split_whitespace().next()?, text)));
        Some((name, named.collect()))
    };
    schema.split("CREATE TABLE IF NOT EXISTS ").skip(1).filter_map(table).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use portvakt_stores::tables::{Create, Tables};

    use super::*;

    const NEWER: &str = "
CREATE TABLE IF NOT EXISTS one (
    a TEXT NOT NULL, b INTEGER,
    c TEXT, d INTEGER NOT NULL DEFAULT 7,
    PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS one_c ON one (c) WHERE c IS NOT NULL;
CREATE TABLE IF NOT EXISTS other (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

    #[test]
    fn what_a_table_of_before_lacks_is_added_and_its_rows_stay() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE one (a TEXT NOT NULL, b INTEGER); INSERT INTO one VALUES ('x', 1);")
            .unwrap();
        add_columns(&conn, NEWER).unwrap();
        conn.execute_batch(NEWER).unwrap();
        let row: (String, i64, Option<String>, i64) = conn
            .query_row("SELECT a, b, c, d FROM one", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .unwrap();
        assert_eq!(row, ("x".to_owned(), 1, None, 7));
        // There is nothing more to add, and a table that is not there is made by the schema itself.
        add_columns(&conn, NEWER).unwrap();
        assert_eq!(
            tables(NEWER)[1],
            ("other", vec![("key", "key TEXT PRIMARY KEY"), ("value", "value TEXT NOT NULL")])
        );
    }

    #[test]
    fn two_programs_that_open_an_older_file_at_once_add_a_column_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("register.db");
        let first = Tables::open(&path, Create::IfMissing).unwrap();
        let begun = "CREATE TABLE one (a TEXT NOT NULL, b INTEGER);
            BEGIN IMMEDIATE; ALTER TABLE one ADD COLUMN c TEXT";
        first.connection().execute_batch(begun).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                let second = Tables::open(&path, Create::MustExist).unwrap();
                add_columns(second.connection(), NEWER).unwrap();
            });
            // The second one looks at the table of before, and waits for the first one.
            std::thread::sleep(Duration::from_millis(500));
            first.connection().execute_batch("COMMIT").unwrap();
            second.join().unwrap();
        });
        let mut names =
            first.connection().prepare_cached("SELECT name FROM pragma_table_info('one')").unwrap();
        let names: Vec<String> = names.query_all([], |row| row.get(0)).unwrap();
        assert_eq!(names, ["a", "b", "c", "d"]);
    }

    #[test]
    fn every_column_of_the_memory_is_found_in_its_schema() {
        let conn = Connection::open_in_memory().unwrap();
        crate::memory::prepare(&conn).unwrap();
        let mut found = 0;
        for (table, columns) in crate::memory::SCHEMAS.into_iter().flat_map(tables) {
            let mut names = conn.prepare_cached("SELECT name FROM pragma_table_info(?1)").unwrap();
            let there: Vec<String> = names.query_all([table], |row| row.get(0)).unwrap();
            assert_eq!(there, columns.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{table}");
            found += 1;
        }
        let made = "SELECT count(*) FROM sqlite_master WHERE type = 'table'";
        assert_eq!(conn.query_row(made, [], |row| row.get::<i64>(0)).unwrap(), found);
    }
}
