//! The rows that an earlier version left, in PostgreSQL. They are the rows of the older file that the passes are tested
//! with. They are read and bound as in that file, and a pass over them leaves the same rows.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use jiff::SignedDuration;
use portvakt_core::change::Standing;
use portvakt_core::decide::Patience;
use portvakt_core::hex::hex;
use portvakt_core::model::FilePath;
use portvakt_database::Site;
use portvakt_engine::memory;
use portvakt_engine::memory::Bound;
use portvakt_engine::memory::bound::ComparedPart;
use portvakt_engine::pass::Shelf;
use portvakt_engine::reconcile::engine::{Engine, PassReach};
use rusqlite::types::ValueRef;

use super::cluster::Database;
use super::passes::state;
use super::world::SETTLE;

const REGISTER_FILE: &str = include_str!("../../edges/pass/older_file/register.sql");

/// Every table that a pass reads, in an order that their references allow.
const TABLES: [&str; 11] = [
    "account",
    "account_external",
    "access",
    "ledger",
    "person_key",
    "mark",
    "artifact",
    "person_file",
    "standing",
    "person_account",
    "budget",
];

/// Copies the rows as a superuser. The triggers do not fire, because they fired when the rows were first written.
fn copy(file: &rusqlite::Connection, database: &Database) {
    let mut chief = database.client("chief");
    chief.batch_execute("SET session_replication_role = replica; SET search_path = portvakt").unwrap();
    for table in TABLES {
        let mut all = file.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let names = all.column_names().collect::<Vec<_>>().join(", ");
        let mut rows = all.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let value = |at| match row.get_ref(at).unwrap() {
                ValueRef::Null => "NULL".to_owned(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Text(text) => {
                    format!("'{}'", std::str::from_utf8(text).unwrap().replace('\'', "''"))
                }
                ValueRef::Blob(bytes) => {
                    format!("'\\x{}'", hex(bytes))
                }
                ValueRef::Real(_) => unreachable!("no table has one"),
            };
            let values: Vec<String> = (0..names.split(", ").count()).map(value).collect();
            let values = values.join(", ");
            chief.batch_execute(&format!("INSERT INTO {table} ({names}) VALUES ({values})")).unwrap();
        }
    }
}

/// Settings and policies as they are remembered, and the file of one coordinator. The others' files are gone.
fn write_tree(root: &Path, engine: &Engine) {
    let conn = engine.register().connection();
    let (policies, settings) = memory::accepted_rules(conn).unwrap().unwrap();
    let mut files = memory::rule_files(conn, &policies, &settings).unwrap();
    let coordinator = "person: lc.ahusen\nname: Navn lcahusen\nemployer: ahus\nstaff: health\naccess:\n  - \
        application: smerteregisteret\n    unit: 100089\n    role: LC\n    from: 2026-01-05\n    request: REQ-LC-1\n    \
        approved:\n      by: leder.eksempelvik\n      on: 2026-01-02\n      identity: known\n";
    files.insert(FilePath::new("desired-state/ahus/lc.ahusen.yaml"), coordinator.as_bytes().to_vec());
    for (path, bytes) in files {
        let path = root.join(path.as_str());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Returns all standings, and the rows that differ from the ledger.
fn remembered(engine: &Engine) -> (Vec<Standing>, BTreeSet<String>) {
    let conn = engine.register().connection();
    let (policies, settings) = memory::accepted_rules(conn).unwrap().unwrap();
    let rules = Shelf::default().remembered(conn, &policies, &settings).unwrap();
    let base = memory::base_as_it_stands(conn, &rules.register, None).unwrap();
    let mut bound = Bound::default();
    bound.follow(conn).unwrap();
    assert!(bound.binds());
    let mut differs: BTreeSet<String> =
        bound.parts_that_differ(conn).unwrap().iter().map(|part| format!("{part:?}")).collect();
    let untrusted = bound.untrusted_of(&base, ComparedPart::Whole).unwrap();
    differs.extend(untrusted.into_keys().map(|person| person.to_string()));
    let grants = base.people.into_values().flat_map(|known| known.grants.into_values());
    (grants.map(|standing| *standing).collect(), differs)
}

#[test]
fn an_older_versions_rows_are_read_and_bound_as_in_its_file() {
    let Some(database) = Database::new() else { return };
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("register.db");
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch(REGISTER_FILE).unwrap();
    copy(&file, &database);
    drop(file);
    let open = |site: &Site| Engine::open(home.path(), site, SETTLE, Patience::None).unwrap();
    let (mut there, mut here) = (open(&database.site()), open(&Site::File(path)));
    let (standings, differs) = remembered(&there);
    assert_eq!((standings.len(), differs), (10, BTreeSet::new()));
    assert_eq!(standings, remembered(&here).0);
    write_tree(home.path(), &here);
    let now = memory::clock_mark(here.register().connection()).unwrap().unwrap();
    let pass = |engine: &mut Engine| {
        let now = now + SignedDuration::from_secs(60);
        let passed = engine.pass(PassReach::Everything, now, Instant::now(), |_, _| {}).unwrap();
        assert!(passed.carried.failed.is_empty(), "{:?}", passed.carried.failed);
        let told = passed.decided.findings.iter().map(|finding| finding.message.en().to_owned());
        (passed.carried.done, told.collect::<Vec<_>>())
    };
    assert_eq!(pass(&mut there), pass(&mut here));
    assert_eq!(state(there.register().connection()), state(here.register().connection()));
    assert_eq!(remembered(&there), remembered(&here));
    assert_eq!(remembered(&there).1, BTreeSet::new());
}
