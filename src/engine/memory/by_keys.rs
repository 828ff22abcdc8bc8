//! Asks a table for the rows of given keys, many keys in one question. So a pass reads the rows it asks about, and not
//! a table that grows with the age of the register. The question must end with the name of a column that an index begins
//! with; both databases then look up key by key.

use std::sync::LazyLock;

use portvakt_database::{Connection, Row, Value};

use super::MemoryError;

/// The number of keys in one question. A short list of keys is filled up with its last one, so that the database
/// prepares one statement for each question and not one for each length.
const TOGETHER: usize = 100;

static PLACES: LazyLock<String> =
    LazyLock::new(|| (1..=TOGETHER).map(|place| format!("?{place}")).collect::<Vec<_>>().join(", "));

fn asking(question: &str) -> String {
    format!("{question} IN ({})", *PLACES)
}

/// Returns the steps by which SQLite answers a question.
#[cfg(test)]
pub(super) fn plan_of(conn: &Connection, question: &str) -> Vec<String> {
    let mut plan = conn.prepare_cached(&format!("EXPLAIN QUERY PLAN {}", asking(question))).unwrap();
    let values = vec![Value::Text("x"); TOGETHER];
    plan.query_all(values.as_slice(), |row| row.get(3)).unwrap()
}

/// Calls `each` for every row that has one of these keys.
///
/// # Errors
/// When the memory cannot be read, and with the errors of `each`.
pub(super) fn by_keys(
    conn: &Connection,
    question: &str,
    keys: &[String],
    each: impl FnMut(&Row<'_>) -> Result<(), MemoryError>,
) -> Result<(), MemoryError> {
    let keys: Vec<Value<'_>> = keys.iter().map(|key| Value::Text(key)).collect();
    by_values(conn, question, &keys, each)
}

/// Does the same for keys that are numbers too.
///
/// # Errors
/// When the memory cannot be read, and with the errors of `each`.
pub(super) fn by_values(
    conn: &Connection,
    question: &str,
    keys: &[Value<'_>],
    mut each: impl FnMut(&Row<'_>) -> Result<(), MemoryError>,
) -> Result<(), MemoryError> {
    if keys.is_empty() {
        return Ok(());
    }
    let mut statement = conn.prepare_cached(&asking(question))?;
    for some in keys.chunks(TOGETHER) {
        let mut values = some.to_vec();
        values.resize(TOGETHER, some.last().copied().unwrap_or(Value::Null));
        let mut rows = statement.query(values.as_slice())?;
        while let Some(row) = rows.next()? {
            each(&row)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_keys_are_found_and_none_that_was_not_asked_for() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE word (text TEXT PRIMARY KEY) STRICT, WITHOUT ROWID").unwrap();
        for number in 0..500 {
            conn.execute("INSERT INTO word (text) VALUES (?1)", [format!("word {number}")]).unwrap();
        }
        for (first, last) in [(0, 0), (0, 1), (7, 107), (7, 108), (0, 250), (490, 510)] {
            let keys: Vec<String> = (first..last).map(|number| format!("word {number}")).collect();
            let mut found = Vec::new();
            by_keys(&conn, "SELECT text FROM word WHERE text", &keys, |row| {
                found.push(row.get::<String>(0)?);
                Ok(())
            })
            .unwrap();
            found.sort();
            let mut there: Vec<String> =
                (first..last.min(500)).map(|number| format!("word {number}")).collect();
            there.sort();
            assert_eq!(found, there, "{first} to {last}");
        }
    }
}
