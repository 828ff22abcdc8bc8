//! A register's file of an earlier version gives the same result in this version: the same content, the same digests in
//! the ledger, and the same pass.
//!
//! `older_file/register.sql` is the file as SQL text. It was written by the version that read the columns of a standing
//! by their number. That version also wrote what it read (`standings.txt`), and what it read after one more pass
//! without one of the files (`standings_after.txt`). The people are fictional.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use portvakt_core::change::Standing;
use portvakt_core::decide::{MemoryPart, Patience, Rest};
use portvakt_core::diag::Code;
use portvakt_core::model::FilePath;
use portvakt_engine::apply::adopt_slots;
use portvakt_engine::memory;
use portvakt_engine::memory::Bound;
use portvakt_engine::pass::Shelf;
use portvakt_engine::reconcile::engine::open_register;
use portvakt_stores::tables::Create;
use rusqlite::Connection;

use crate::pass::fixture::*;

const REGISTER_FILE: &str = include_str!("older_file/register.sql");
const KARI: &str = "kari.testesen";

/// The files as they stood when the version stopped. Settings and policies are those that the file remembers.
fn tree(world: &World) -> Tree {
    let conn = world.register.connection();
    let (policies, settings) = memory::accepted_rules(conn).unwrap().unwrap();
    let mut tree = Tree(memory::rule_files(conn, &policies, &settings).unwrap());
    tree.put(&file("ahus", LC_AHUS, [lc(AHUS, "REQ-LC-1", LEADER).on("2026-01-02")]));
    tree.put(&file("helse-fonna", LC_FONNA, [lc(FONNA, "REQ-LC-2", LEADER).on("2026-01-02")]));
    let later = lu(200_089, "R1", LC_AHUS).on("2026-01-02").from("2026-05-01");
    let both = [lu(AHUS, "R1", LC_AHUS).on("2026-01-02").until("2026-06-30"), later];
    tree.put(&file("ahus", KARI, both).login("karites"));
    let revoked = lu(FONNA, "R3", LC_FONNA).on("2026-01-02").until("2026-08-31").revoked(LC_FONNA);
    tree.put(&file("helse-fonna", "per.testesen", [revoked]).lis());
    tree.put(
        &file("utvikling", "ikt.testesen", [lu(TEST, "R4", ICT).on("2026-01-02")]).ict("helse-vest-ikt"),
    );
    tree.put(&file("ahus", "gammel.testesen", [lu(AHUS, "R10", LC_AHUS).on("2026-01-02")]));
    let new = lu(AHUS, "R5", LC_AHUS).on("2026-02-27").from("2026-03-01");
    let new = File { name: "Navn nytestesen".to_owned(), ..file("ahus", "ny.testdal", [new]) };
    let approved = format!("approved: {{by: {LC_AHUS}, on: {START}, identity: known}}");
    let before = format!("previously: {{person: ny.testesen, {approved}}}\nname:");
    tree.raw(&new.path(), &new.text().replacen("name:", &before, 1));
    tree
}

fn world() -> World {
    world_after("")
}

/// The same file, after a statement has made it one of a still older version.
fn world_after(sql: &str) -> World {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("register.db");
    Connection::open(&path).unwrap().execute_batch(&format!("{REGISTER_FILE};{sql}")).unwrap();
    let register = open_register(&path, Create::MustExist).unwrap();
    let now = memory::clock_mark(register.connection()).unwrap().unwrap();
    let mut world = World {
        tree: Tree::new(),
        register,
        now,
        shelf: Shelf::default(),
        patience: Patience::None,
        began: (Instant::now(), Duration::ZERO),
        dir,
    };
    world.tree = tree(&world);
    world
}

/// Everything of a standing, in the words of the version that left the file.
fn line(standing: &Standing) -> String {
    let Standing { grant, accepted, given, replaced, cleared, ended } = standing;
    let (key, approval) = (&grant.key, &grant.approval);
    let of = format!("{} {} {} {}", key.person, key.application, key.unit.0, key.request);
    let right = format!("{} {} {} {:?}", grant.trust, grant.role, grant.from, grant.until);
    let approved = format!("{} {} {:?}", approval.by, approval.on, approval.identity);
    let (revoked, vouched) = (&grant.revoked, &grant.vouched);
    let (on, way, policies, rules) =
        (accepted.on, accepted.way.as_str(), &accepted.policies, &accepted.rules);
    let accepted = format!("{on} {way} {policies:?} {rules} {:?}", accepted.proof);
    let became = format!("{given:?} {replaced:?} {cleared:?} {ended:?}");
    format!("{of}\n  {right}\n  {approved}\n  {revoked:?}\n  {vouched:?}\n  {accepted}\n  {became}\n")
}

fn standings(world: &World) -> String {
    let path = FilePath::new("desired-state/register.yaml");
    let register = portvakt_core::parse::register(&path, settings_text().as_bytes()).unwrap();
    let base = memory::base(world.register.connection(), &register, None).unwrap();
    let mut all = String::new();
    for standing in base.people.values().flat_map(|known| known.grants.values()) {
        write!(all, "{}", line(standing)).unwrap();
    }
    all
}

#[test]
fn every_standing_and_its_binding_are_as_that_version_had_them() {
    let world = world();
    assert_eq!(standings(&world), include_str!("older_file/standings.txt"));
    world.ledger_holds();
    assert_eq!(world.untrusted(), Vec::<String>::new());
    let mut bound = Bound::default();
    bound.follow(world.register.connection()).unwrap();
    assert!(bound.binds() && bound.unseen().is_none());
    assert_eq!(bound.parts_that_differ(world.register.connection()).unwrap(), BTreeSet::new());
    // The digests are compared, so a change by hand is found.
    for change in ["role = 'LC'", "position = 'lis'", "policies = 'x'", "login = NULL"] {
        let world = self::world();
        world.sql(&format!("UPDATE standing SET {change} WHERE person = '{KARI}'"));
        assert_eq!(world.untrusted(), [KARI], "{change}");
    }
}

#[test]
fn a_column_that_the_file_lacks_is_added() {
    let world = world_after(
        "ALTER TABLE standing DROP COLUMN evidence; ALTER TABLE person_file DROP COLUMN email;
         DROP INDEX standing_replaced; ALTER TABLE standing DROP COLUMN replaced;
         DROP INDEX IF EXISTS refusal_open; ALTER TABLE refusal DROP COLUMN lifted;",
    );
    let known = standings(&world);
    assert_eq!(known.lines().count(), include_str!("older_file/standings.txt").lines().count());
    assert!(known.contains(KARI));
    let conn = world.register.connection();
    assert_eq!(
        memory::accepted_files(conn).unwrap().len(),
        memory::accepted_files(self::world().register.connection()).unwrap().len()
    );
    let indexes = "SELECT count(*) FROM sqlite_master WHERE name IN ('standing_replaced', 'refusal_open')";
    assert_eq!(conn.query_row(indexes, [], |row| row.get::<i64>(0)).unwrap(), 2);
}

fn differing(world: &World) -> BTreeSet<Rest> {
    let conn = world.register.connection();
    let mut bound = Bound::default();
    bound.follow(conn).unwrap();
    bound.parts_that_differ(conn).unwrap()
}

#[test]
fn what_that_version_bound_as_a_whole_is_bound_slot_by_slot() {
    let served = "INSERT INTO used_statement VALUES ('zzz')";
    let mut world = world();
    adopt_slots(&mut world.register, world.now).unwrap();
    let taken = world.content();
    adopt_slots(&mut world.register, world.now).unwrap();
    assert_eq!(world.content(), taken, "it is done once");
    world.ledger_holds();
    assert_eq!(differing(&world), BTreeSet::new());
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::MemoryDiffers), "{:#?}", decided.findings);
    world.quiet();
    world.sql(served);
    assert_eq!(differing(&world), [Rest::Part(MemoryPart::Served)].into());
    // What differs by the binding of that version is not taken over, and is told as it was.
    for (sql, part) in [
        (served, MemoryPart::Served),
        ("INSERT INTO file_hold VALUES ('x', 'y', '[]')", MemoryPart::Holds),
        (
            "INSERT INTO refusal VALUES ('x', 'a', 1, 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', NULL)",
            MemoryPart::Refusals,
        ),
    ] {
        let mut world = self::world();
        world.sql(sql);
        let before = world.content();
        adopt_slots(&mut world.register, world.now).unwrap();
        assert_eq!(world.content(), before, "{sql}");
        assert_eq!(differing(&world), [Rest::Part(part)].into(), "{sql}");
        assert!(codes(&world.pass()).contains(&Code::MemoryDiffers), "{sql}");
    }
    // A part that no slot binds stays different.
    let mut world = self::world();
    world.sql("INSERT OR REPLACE INTO mark VALUES ('authority.kept', '[\"kari.testesen\"]')");
    adopt_slots(&mut world.register, world.now).unwrap();
    assert_eq!(differing(&world), [Rest::Part(MemoryPart::Exceptions)].into());
}

#[test]
fn a_pass_does_what_it_did_in_that_version() {
    let mut world = world();
    // The first pass of this version notes what it has found of `.gitattributes`, and does nothing else.
    let (before, decided) = (world.content(), world.pass());
    assert!(decided.plan.steps.is_empty(), "{:#?}", decided.plan.steps);
    let mut marked = world.content();
    assert!(marked.values_mut().any(|rows| rows.remove("attributes-found | ")), "{marked:#?}");
    assert_eq!(marked, before);
    world.quiet();
    assert_eq!(standings(&world), include_str!("older_file/standings.txt"));
    world.tree.remove("ahus", KARI);
    world.day("2026-03-03");
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert_eq!(decided.plan.steps.len(), 2, "{:#?}", decided.plan.steps);
    // A person may have another id now. Their account keeps the id with which it was opened.
    assert!(!codes(&decided).contains(&Code::MemoryDiffers) && !world.has(KARI) && world.has("ny.testesen"));
    assert_eq!(standings(&world), include_str!("older_file/standings_after.txt"));
    world.ledger_holds();
    world.quiet();
}

#[test]
fn the_tables_are_as_they_were() {
    let tables = |conn: &Connection| -> BTreeSet<String> {
        let mut schema = conn.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").unwrap();
        let rows = schema.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(|sql| sql.unwrap().replace('"', "")).collect()
    };
    let older = Connection::open_in_memory().unwrap();
    older.execute_batch(REGISTER_FILE).unwrap();
    let world = World::accepted(Tree::new(), &[]);
    let today = tables(world.register.connection().as_sqlite().unwrap());
    let lost: Vec<String> = tables(&older).difference(&today).cloned().collect();
    // A table that changes needs a migration, and a second file beside this one.
    assert_eq!(lost, Vec::<String>::new());
}
