//! All rows of all tables as text. The tests use it to compare two registers.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// Returns the rows that a filter keeps, with the name of their table and their content.
///
/// The time when the SCIM service last saw a row change is left out. It comes from the machine's clock and not from the
/// pass.
pub fn rows(
    conn: &Connection,
    wanted: impl Fn(&str) -> bool,
    keep: impl Fn(&str, &str) -> bool,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut names = conn
        .prepare_cached("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .unwrap();
    let names: Vec<String> =
        names.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let mut content = BTreeMap::new();
    for name in names.into_iter().filter(|name| wanted(name)) {
        let mut statement = conn.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns: Vec<usize> = (0..statement.column_count())
            .filter(|at| statement.column_name(*at).unwrap() != "modified")
            .collect();
        let mut rows = statement.query([]).unwrap();
        let mut all = BTreeSet::new();
        while let Some(row) = rows.next().unwrap() {
            let text = |at: &usize| match row.get_ref(*at).unwrap() {
                ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                other => format!("{other:?}"),
            };
            let text = columns.iter().map(text).collect::<Vec<_>>().join(" | ");
            if keep(&name, &text) {
                all.insert(text);
            }
        }
        content.insert(name, all);
    }
    content
}
