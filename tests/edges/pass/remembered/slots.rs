//! Tables that grow with the years are bound in slots, so that a pass over few files reads few rows. A row changed by
//! hand is told by the pass that asks about it, or else by the next whole pass.

use portvakt_core::decide::{Decided, Scope};
use portvakt_core::diag::Code;
use portvakt_core::model::FilePath;
use portvakt_engine::apply::carry_out;
use portvakt_engine::ledger::{EntryKind, append};
use portvakt_engine::memory;

use super::{KARI, PLANTED, kari, user};
use crate::pass::fixture::*;

const NEW: &str = "to.testesen";
const REFUSED: &str = "ny.testesen";

fn over(people: &[&str]) -> Scope {
    let paths = people.iter().map(|person| FilePath::new(&format!("desired-state/ahus/{person}.yaml")));
    Scope::Files(paths.collect())
}

fn refused(person: &str) -> File {
    file("ahus", person, [lu(AHUS, &format!("R-{person}"), LC_FONNA).on("2026-02-27").from("2026-03-01")])
}

fn newcomer(person: &str) -> File {
    file("ahus", person, [lu(AHUS, &format!("R-{person}"), LC_AHUS).on("2026-02-27").from("2026-03-01")])
}

/// A file is held, an entry is refused, and the statement of a rejection has served.
fn held_refused_and_served() -> World {
    let mut world = World::with(&[kari(), user(1), user(2)]);
    let list = format!("rejected:\n  - {{request: REQ-70, on: {START}, by: {LC_AHUS}, reason: a mistake}}\n");
    world.tree.raw("requests/ahus.yaml", &list);
    world.tree.raw("desired-state/ahus/bruker1.yaml", "x: [");
    world.put(&refused(REFUSED));
    world.pass();
    world.quiet();
    let content = world.content();
    for table in ["file_hold", "refusal", "used_statement"] {
        assert!(!content[table].is_empty(), "{table}: {content:#?}");
    }
    world
}

/// A pass over the files of these people, also where others have written to the memory.
fn carried_over(world: &mut World, people: &[&str]) -> Decided {
    world.now += jiff::SignedDuration::from_secs(60);
    let decided = world.prepare(&over(people)).unwrap();
    let carried = carry_out(&mut world.register, None, &decided, |_, _| {}).unwrap();
    assert!(carried.failed.is_empty(), "{:?}", carried.failed);
    decided
}

fn differs(decided: &Decided) -> bool {
    codes(decided).contains(&Code::MemoryDiffers)
}

#[test]
fn a_row_changed_by_hand_is_told_in_the_pass_over_few_files_that_asks_about_it() {
    for (sql, asks) in [
        ("DELETE FROM used_statement", KARI),
        ("UPDATE used_statement SET digest = substr(digest, 1, 60) || 'ffff'", KARI),
        ("INSERT INTO used_statement SELECT substr(digest, 1, 60) || 'ffff' FROM used_statement", KARI),
        ("DELETE FROM refusal", REFUSED),
        ("UPDATE refusal SET policies = settings", REFUSED),
        ("UPDATE refusal SET first_day = '2020-01-01'", REFUSED),
        ("UPDATE refusal SET lifted = since", REFUSED),
        ("UPDATE refusal SET lifted = '-'", REFUSED),
        (
            "INSERT INTO refusal SELECT 'ny.annensen', application, unit, request, path, statement, policies,
                 settings, first_day, since, finding, lifted FROM refusal",
            REFUSED,
        ),
        ("DELETE FROM file_hold", "bruker1"),
        ("UPDATE file_hold SET since = '2020-01-01T00:00:00Z'", "bruker1"),
        (
            "INSERT INTO file_hold SELECT replace(path, 'bruker1', 'bruker3'), since, findings FROM file_hold",
            "bruker1",
        ),
        ("DELETE FROM mark WHERE key = 'slots.salt'", KARI),
        ("UPDATE mark SET value = 'x' WHERE key = 'slots.salt'", KARI),
        ("UPDATE mark SET value = 'x' WHERE key LIKE 'slot.salt.served %'", KARI),
        (
            "DELETE FROM mark WHERE key LIKE 'slot%'; DELETE FROM used_statement; DELETE FROM refusal; DELETE FROM file_hold",
            KARI,
        ),
    ] {
        let mut world = held_refused_and_served();
        // What this program has found among what has served, it does not ask about again.
        world.restart();
        world.sql(sql);
        world.put(&newcomer(NEW));
        world.tree.remove("ahus", "bruker2");
        let scope = over(&[asks, NEW, "bruker2"]);
        // What the first pass has written as it was stays different.
        for _ in 0..2 {
            let decided = world.pass_over(&scope);
            assert!(differs(&decided), "{sql}");
            assert!(!world.has(NEW) && world.has("bruker2") && world.has(KARI), "{sql}");
        }
        let mut gone = kari();
        gone.access[0] = gone.access[0].clone().revoked(LC_AHUS);
        world.put(&gone);
        assert!(differs(&carried_over(&mut world, &[KARI])), "{sql}");
        assert!(!world.has(KARI), "`revoked` acts: {sql}");
        assert!(differs(&world.pass()), "{sql}");
    }
}

/// What is open is compared as a whole. A search for the people of the files would not find these changes.
#[test]
fn what_waits_and_was_changed_by_hand_is_told_in_a_pass_over_any_file() {
    let changes = ["DELETE FROM opening", "INSERT INTO removal_hold VALUES ('x', 'y', 'z')"];
    for sql in PLANTED.into_iter().chain(changes) {
        let mut world = World::with(&[kari(), user(1)]);
        let conn = world.register.connection();
        // An earlier pass has asked a register elsewhere for an account.
        let opening = "INSERT INTO opening VALUES ('bruker1', 'asked for', '2026-03-02T11:00:00Z')";
        conn.execute(opening, []).unwrap();
        let open = serde_json::json!({ "open": memory::open_requests(conn).unwrap() });
        append(conn, world.now, EntryKind::Asked, &open).unwrap();
        world.put(&newcomer(REFUSED));
        assert!(!differs(&carried_over(&mut world, &[REFUSED])), "{sql}");
        assert!(world.has(REFUSED), "{sql}");
        world.sql(sql);
        world.put(&newcomer(NEW));
        // A planted set that waits is taken out by the first pass, and stays different.
        for _ in 0..2 {
            assert!(differs(&carried_over(&mut world, &[NEW])), "{sql}");
            assert!(!world.has(NEW), "{sql}");
        }
        let set = "SELECT count(*) FROM removal_hold";
        let sets: i64 = world.register.connection().query_row(set, [], |row| row.get(0)).unwrap();
        assert_eq!(sets, 0, "{sql}");
        world.baseline(START);
        assert!(!differs(&world.pass()), "{sql}");
        assert!(world.has(NEW), "{sql}");
    }
}

#[test]
fn a_row_that_a_pass_over_few_files_does_not_ask_about_is_told_by_the_next_whole_pass() {
    for sql in [
        "INSERT INTO used_statement VALUES ('zzz')",
        "DELETE FROM refusal",
        "UPDATE refusal SET policies = settings",
        "DELETE FROM file_hold",
        "INSERT INTO file_hold VALUES ('desired-state/ahus/zzz.yaml', '2026-01-01T00:00:00Z', '[]')",
        "INSERT INTO file_hold VALUES ('', '2026-01-01T00:00:00Z', '[]')",
        "INSERT INTO file_hold VALUES (char(1114111), '2026-01-01T00:00:00Z', '[]')",
        "UPDATE refusal SET lifted = '-'",
        "UPDATE mark SET value = 'x' WHERE key LIKE 'slot.salt.refusals %'",
    ] {
        let mut world = held_refused_and_served();
        world.sql(sql);
        world.put(&newcomer(NEW));
        // The other rows are not read.
        assert!(!differs(&carried_over(&mut world, &[NEW])), "{sql}");
        assert!(world.has(NEW), "{sql}");
        // What a pass takes out or writes as it was stays different.
        for _ in 0..2 {
            assert!(differs(&world.pass()), "{sql}");
        }
        // From then on no pass gives anything, whatever it asks about.
        world.put(&newcomer("tre.testesen"));
        assert!(differs(&carried_over(&mut world, &["tre.testesen"])), "{sql}");
        assert!(!world.has("tre.testesen"), "{sql}");
        world.put(&user(1));
        world.baseline(START);
        assert!(!differs(&world.pass()), "{sql}");
        assert!(!differs(&world.pass_over(&over(&[REFUSED, "bruker1", "tre.testesen"]))), "{sql}");
        world.quiet();
    }
}

#[test]
fn what_differed_is_not_forgotten_by_a_whole_pass_that_fails() {
    let mut world = held_refused_and_served();
    world.sql("CREATE TEMP TABLE kept AS SELECT * FROM refusal; DELETE FROM refusal");
    assert!(differs(&world.prepare(&over(&[REFUSED])).unwrap()));
    // A whole pass begins by reading the ledger again, and this one comes no further.
    world.shelf.doubt(world.register.connection()).unwrap();
    world.put(&newcomer(NEW));
    assert!(differs(&carried_over(&mut world, &[NEW])));
    assert!(!world.has(NEW));
    // A whole pass that compares every slot finds the row again, and what waited is given.
    world.sql("INSERT INTO refusal SELECT * FROM kept; DROP TABLE kept");
    assert!(differs(&world.prepare(&over(&[NEW])).unwrap()));
    assert!(!differs(&world.pass()));
    assert!(world.has(NEW));
}

#[test]
fn what_two_people_accept_again_is_no_difference_any_more() {
    let mut world = held_refused_and_served();
    world.sql("DELETE FROM refusal");
    assert!(differs(&world.prepare(&over(&[REFUSED])).unwrap()));
    world.put(&user(1));
    world.baseline(START);
    world.put(&newcomer(NEW));
    assert!(!differs(&carried_over(&mut world, &[NEW])));
    assert!(world.has(NEW));
}

/// The lists hold hundreds of statements after some years. A pass over few files has changed none of them.
#[test]
fn what_is_known_to_have_served_is_not_asked_about_again_and_still_counts() {
    let mut world = held_refused_and_served();
    world.sql("DELETE FROM used_statement");
    // The rejection would begin to count anew, and be recorded, if this pass had asked.
    world.put(&newcomer(NEW));
    let decided = carried_over(&mut world, &[NEW]);
    assert!(!differs(&decided) && decided.outcome.rejections.is_empty());
    assert!(world.has(NEW));
    assert!(differs(&world.pass()));
    // Nothing is known by the memory of before once the ledger is read again.
    world.restart();
    assert!(differs(&carried_over(&mut world, &[KARI])));
}

/// The row stands in the same slot as one that the pass writes, so the slot is bound with it.
#[test]
fn a_row_changed_between_a_decision_and_its_record_is_told() {
    let mut world = held_refused_and_served();
    world.put(&refused("ny.annensen"));
    world.now += jiff::SignedDuration::from_secs(60);
    let decided = world.prepare(&over(&["ny.annensen"])).unwrap();
    assert!(!differs(&decided));
    world.sql("UPDATE refusal SET first_day = '2020-01-01' WHERE person = 'ny.testesen'");
    carry_out(&mut world.register, None, &decided, |_, _| {}).unwrap();
    for _ in 0..2 {
        assert!(differs(&world.pass()));
    }
    world.restart();
    assert!(differs(&carried_over(&mut world, &[KARI])));
}

#[test]
fn slots_name_nobody_in_the_ledger() {
    let world = held_refused_and_served();
    let told = |row: &&String| row.contains("| remembered |");
    let bodies: Vec<String> = world.content()["ledger"].iter().filter(told).cloned().collect();
    let digest = world.content()["used_statement"].first().unwrap().clone();
    assert!(bodies.iter().any(|body| body.contains("refusals ") && body.contains("served ")), "{bodies:#?}");
    assert!(bodies.iter().all(|body| !body.contains("ny.") && !body.contains(&digest)), "{bodies:#?}");
}
