//! The tables that grow with the years are bound slot by slot, on a server as in a file: a pass over few files tells of a
//! row that was changed by hand where it asks, and a whole pass tells of it everywhere.

use std::collections::BTreeSet;
use std::time::Instant;

use jiff::Timestamp;
use portvakt_core::decide::{MemoryPart, Rest};
use portvakt_core::diag::Code;
use portvakt_engine::memory::Bound;
use portvakt_engine::reconcile::engine::{Engine, PassReach, Passed};

use super::cluster::OWNER;
use super::world::{World, pass, person, today};

const REFUSED: &str = "ahus/mange.nr8.yaml";
const HELD: &str = "ahus/mange.nr5.yaml";

/// An entry that its own person has approved.
fn selfish(name: &str) -> String {
    let own = person(8, None).replace("by: lars.demostad", "by: mange.nr8");
    own.replace("name: Mange", &format!("name: {name}"))
}

/// A file is held, an entry is refused, and the statement of a rejection has served.
fn held_refused_and_served() -> Option<(World, Engine)> {
    let world = World::accepted(3)?;
    let mut engine = world.engine();
    std::fs::write(world.file(REFUSED), selfish("Mange")).unwrap();
    std::fs::write(world.file(HELD), "x: [").unwrap();
    let list = format!(
        "rejected:\n  - {{request: REQ-70, on: {}, by: lars.demostad, reason: a mistake}}\n",
        today()
    );
    std::fs::create_dir_all(world.root().join("requests")).unwrap();
    std::fs::write(world.root().join("requests/ahus.yaml"), list).unwrap();
    for _ in 0..2 {
        assert!(!differs(&pass(&mut engine).unwrap()));
    }
    for table in ["file_hold", "refusal", "used_statement"] {
        assert!(world.number(&format!("SELECT count(*) FROM {table}")) > 0, "{table}");
    }
    Some((world, engine))
}

fn differs(passed: &Passed) -> bool {
    passed.decided.findings.iter().any(|finding| finding.code == Code::MemoryDiffers)
}

/// A pass over the files that have changed since the last one.
fn over_changes(engine: &mut Engine) -> Passed {
    let passed = engine.pass(PassReach::Changes, Timestamp::now(), Instant::now(), |_, _| {}).unwrap();
    assert!(!passed.decided.tree.whole);
    assert!(passed.carried.failed.is_empty(), "{:?}", passed.carried.failed);
    passed
}

fn has(world: &World, id: &str) -> bool {
    let right = "SELECT count(*) FROM access JOIN account ON account.id = access.account
                 WHERE access.ended IS NULL AND account.person = ";
    world.number(&format!("{right}'{id}'")) > 0
}

/// Writes the file of somebody new, whose id begins as no other one does. Returns the id.
fn write_new(world: &World, first: &str) -> String {
    let id = format!("{first}.testesen");
    let text = person(9, None).replace("mange.nr9", &id).replace("Mange Nr9", "Navn Testesen");
    let text = text.replace("REQ-9", &format!("REQ-9{first}"));
    std::fs::write(world.file(&format!("ahus/{id}.yaml")), text).unwrap();
    id
}

/// The parts that differ when every slot is compared.
fn parts_that_differ(engine: &Engine) -> BTreeSet<Rest> {
    let (conn, mut bound) = (engine.register().connection(), Bound::default());
    bound.follow(conn).unwrap();
    bound.parts_that_differ(conn).unwrap()
}

#[test]
fn what_was_changed_by_hand_is_told_where_it_is_asked_about_and_by_a_whole_pass() {
    for (sql, part) in [
        ("DELETE FROM refusal", MemoryPart::Refusals),
        ("UPDATE refusal SET first_day = '2020-01-01'", MemoryPart::Refusals),
        ("UPDATE refusal SET lifted = '-'", MemoryPart::Refusals),
        ("UPDATE file_hold SET since = '2020-01-01T00:00:00Z'", MemoryPart::Holds),
        ("INSERT INTO file_hold VALUES ('', '2020-01-01T00:00:00Z', '[]')", MemoryPart::Holds),
        (
            "INSERT INTO file_hold VALUES ('desired-state/æøå', '2020-01-01T00:00:00Z', '[]')",
            MemoryPart::Holds,
        ),
        ("DELETE FROM used_statement", MemoryPart::Served),
        ("INSERT INTO used_statement SELECT upper(digest) FROM used_statement", MemoryPart::Served),
    ] {
        let Some((world, mut engine)) = held_refused_and_served() else { return };
        assert_eq!(parts_that_differ(&engine), BTreeSet::new());
        world.database.client(OWNER).batch_execute(sql).unwrap();
        // A pass over another file reads the rows of that file, and those of the files that are held or refused. It reads no
        // other ones. (Which slot its own statement has, the day decides.)
        if part != MemoryPart::Served {
            let is_read = !sql.starts_with("INSERT INTO file_hold");
            let new = write_new(&world, "ny");
            assert_eq!(differs(&over_changes(&mut engine)), is_read, "{sql}");
            assert_eq!(has(&world, &new), !is_read, "{sql}");
        }
        assert_eq!(parts_that_differ(&engine), [Rest::Part(part)].into(), "{sql}");
        for _ in 0..2 {
            assert!(differs(&pass(&mut engine).unwrap()), "{sql}");
        }
        // From then on nothing is given, whatever a pass asks about.
        let new = write_new(&world, "to");
        assert!(differs(&over_changes(&mut engine)), "{sql}");
        assert!(!has(&world, &new), "{sql}");
    }
}

#[test]
fn a_pass_over_a_changed_file_compares_what_is_remembered_of_it() {
    for (sql, file, text) in [
        ("DELETE FROM refusal", REFUSED, selfish("Annen")),
        ("UPDATE refusal SET policies = settings", REFUSED, selfish("Annen")),
        ("DELETE FROM file_hold", HELD, "y: [".to_owned()),
        ("UPDATE mark SET value = 'x' WHERE key = 'slots.salt'", HELD, "y: [".to_owned()),
    ] {
        let Some((world, mut engine)) = held_refused_and_served() else { return };
        world.database.client(OWNER).batch_execute(sql).unwrap();
        std::fs::write(world.file(file), text).unwrap();
        let new = write_new(&world, "ny");
        for _ in 0..2 {
            assert!(differs(&over_changes(&mut engine)), "{sql}");
            assert!(!has(&world, &new), "{sql}");
        }
    }
}
