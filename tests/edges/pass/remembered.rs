//! The parts of the memory that concern the whole register are checked like the rows of a person: releases, budgets,
//! rules, the clock, files and holds. A person who can write SQL gains no access by it.

use portvakt_core::decide::{Decided, Scope, Today, rules_of};
use portvakt_core::diag::Code;
use portvakt_core::model::{Digest, FilePath};
use portvakt_engine::apply::adopt_memory;
use portvakt_engine::ledger::{EntryKind, append};
use portvakt_engine::memory;
use portvakt_engine::memory::Bound;

use crate::pass::fixture::*;

mod budgets;
mod slots;

const KARI: &str = "kari.testesen";

fn kari() -> File {
    file("ahus", KARI, [lu(AHUS, "R1", LC_AHUS).until("2026-06-30")])
}

fn user(number: usize) -> File {
    file("ahus", &format!("bruker{number}"), [lu(AHUS, &format!("R-{number}"), LC_AHUS)])
}

/// Eight people at one trust. Two of them may go in one pass, and four in a week.
fn eight() -> World {
    World::with(&(0..8).map(user).collect::<Vec<_>>())
}

fn gone(world: &mut World, numbers: impl IntoIterator<Item = usize>) {
    for number in numbers {
        world.tree.remove("ahus", &format!("bruker{number}"));
    }
}

fn held(decided: &Decided) -> Digest {
    assert_eq!(decided.unsettled.sets.len(), 1, "{:#?}", decided.unsettled.sets);
    decided.unsettled.sets[0].digest
}

fn kinds(world: &World, kind: EntryKind) -> usize {
    let mark = format!("| {kind} |");
    world.content()["ledger"].iter().filter(|row| row.contains(&mark)).count()
}

/// An opening, an intent and a report debt that no pass has written.
const PLANTED: [&str; 3] = [
    "INSERT INTO opening (person, opening, since) VALUES ('kari.testesen', 'x', '2026-01-01T00:00:00Z')",
    "INSERT INTO intent (at, day, step) VALUES ('2026-01-01T00:00:00Z', '2026-01-01', '{}')",
    "INSERT INTO report_debt (account, address, state, ends, takes, since)
         VALUES ('x', 'kari@example.org', 'owed', '[]', '[]', '2026-01-01T00:00:00Z')",
];

#[test]
fn what_no_pass_has_asked_a_register_elsewhere_for_is_not_believed() {
    for sql in PLANTED {
        let mut world = World::with(&[kari(), user(1)]);
        world.sql(sql);
        world.tree.remove("ahus", "bruker1");
        for _ in 0..2 {
            let told = only(&world.pass(), Code::MemoryDiffers);
            assert!(told.message.en().contains("was asked for"), "{told:?}");
            assert!(world.has("bruker1"), "{sql}");
        }
        // A baseline of two leaves nothing of it.
        world.baseline(START);
        let decided = world.pass();
        assert!(!codes(&decided).contains(&Code::MemoryDiffers), "{sql}: {:#?}", decided.findings);
    }
}

#[test]
fn rules_that_the_ledger_never_recorded_are_not_in_force() {
    let mut world = World::with(&[kari(), user(1)]);
    // Everybody may approve everywhere, and the leader is somebody else.
    let mut tree = world.tree.clone();
    tree.edit("desired-state/register.yaml", "Koordinator", "Kordinator");
    let (snapshot, rules) = (tree.snapshot(), rules_of(&tree.snapshot()).unwrap());
    let conn = world.register.connection();
    let settings = (&rules.settings_digest, snapshot.settings());
    memory::store_rules(conn, (&rules.policies_digest, snapshot.policies()), settings).unwrap();
    memory::set_accepted_rules(conn, &rules.policies_digest, &rules.settings_digest).unwrap();
    world.put(&file("ahus", "ny.testesen", [lu(AHUS, "R3", LC_AHUS).on("2026-02-27").from("2026-03-01")]));
    world.tree.remove("ahus", "bruker1");
    for _ in 0..2 {
        let decided = world.pass();
        only(&decided, Code::MemoryDiffers);
        assert_ne!(decided.rules.settings_digest, rules.settings_digest);
        assert!(!world.has("ny.testesen") && world.has("bruker1"));
    }
    // `revoked` and ends act.
    let mut gone = kari();
    gone.access[0] = gone.access[0].clone().revoked(LC_AHUS);
    world.put(&gone);
    world.pass();
    assert!(!world.has(KARI));
    world.baseline(START);
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::MemoryDiffers), "{:#?}", decided.findings);
    world.pass();
    assert!(world.has("ny.testesen"));
}

#[test]
fn marks_that_are_gone_or_cannot_be_read_are_what_the_ledger_says() {
    for sql in
        ["DELETE FROM mark WHERE key = 'settings'", "UPDATE mark SET value = 'x' WHERE key = 'policies'"]
    {
        let mut world = World::with(&[kari()]);
        world.sql(sql);
        only(&world.pass(), Code::MemoryDiffers);
        let mut gone = kari();
        gone.access[0] = gone.access[0].clone().revoked(LC_AHUS);
        world.put(&gone);
        world.pass();
        assert!(!world.has(KARI), "{sql}");
        world.baseline(START);
        let decided = world.pass();
        assert!(!codes(&decided).contains(&Code::MemoryDiffers), "{sql}: {:#?}", decided.findings);
    }
}

#[test]
fn a_trusted_day_written_by_hand_begins_and_ends_nothing() {
    for (sql, clock) in [
        ("UPDATE mark SET value = '2099-01-01' WHERE key = 'clock.day'", START),
        ("UPDATE mark SET value = 'no day' WHERE key = 'clock.day'", START),
        ("DELETE FROM mark WHERE key LIKE 'clock%'", "2027-03-02"),
        ("UPDATE mark SET value = 'x' WHERE key = 'clock'", "2027-03-02"),
        ("UPDATE mark SET value = '2025-03-02T11:00:00Z' WHERE key = 'clock'", "2025-03-03"),
        ("UPDATE mark SET value = 'Nowhere/At_All' WHERE key = 'clock.zone'", START),
    ] {
        let later = lu(AHUS, "R2", LC_AHUS).from("2026-09-01").until("2026-12-31");
        let mut world = World::with(&[kari(), file("ahus", "ny.testesen", [later])]);
        world.sql(sql);
        world.now = noon(clock);
        let decided = world.pass();
        only(&decided, Code::MemoryDiffers);
        // A clock that is far from the trusted day is not believed. An end by that clock alone counts as a removal.
        assert!(world.has(KARI) || clock == "2027-03-02", "{sql}");
        assert!(!world.has("ny.testesen"), "{sql}");
        assert_eq!(decided.clock.is_suspect(), clock != START, "{sql}");
        world.now = noon("2026-03-03");
        let before = world.now;
        confirm(&mut world.register, before, &[LEADER, COORDINATOR]);
        let decided = world.pass();
        assert!(!codes(&decided).contains(&Code::MemoryDiffers), "{sql}: {:#?}", decided.findings);
        assert!(!decided.clock.is_suspect());
    }
}

#[test]
fn what_a_file_said_is_bound_with_its_bytes() {
    for sql in [
        "UPDATE person_file SET login = 'ond' WHERE person = 'kari.testesen'",
        "UPDATE person_file SET email = 'ond@example.org' WHERE person = 'kari.testesen'",
        "UPDATE person_file SET staff = 'ict' WHERE person = 'kari.testesen'",
        "UPDATE person_file SET name = 'En Annen' WHERE person = 'kari.testesen'",
        "DELETE FROM person_file WHERE person = 'kari.testesen'",
    ] {
        let mut world = World::with(&[kari(), user(1)]);
        let accounts = world.accounts();
        world.sql(sql);
        for _ in 0..2 {
            let decided = world.pass();
            assert!(only(&decided, Code::MemoryDiffers).message.en().contains(KARI), "{sql}");
            assert_eq!(world.accounts(), accounts, "{sql}");
        }
        // Everybody else goes on, and `revoked` acts.
        world.put(&file(
            "ahus",
            "ny.testesen",
            [lu(AHUS, "R3", LC_AHUS).on("2026-02-27").from("2026-03-01")],
        ));
        let mut gone = kari();
        gone.access[0] = gone.access[0].clone().revoked(LC_AHUS);
        world.put(&gone);
        world.pass();
        assert!(world.has("ny.testesen") && !world.has(KARI), "{sql}");
        world.baseline(START);
        let decided = world.pass();
        assert!(!codes(&decided).contains(&Code::MemoryDiffers), "{sql}: {:#?}", decided.findings);
        world.quiet();
    }
}

#[test]
fn nobody_hides_a_revocation_behind_the_digest_of_its_file() {
    let mut world = World::with(&[kari()]);
    let mut gone = kari();
    gone.access[0] = gone.access[0].clone().revoked(LC_AHUS);
    world.put(&gone);
    let digest = world.tree.snapshot().file(&FilePath::new(&gone.path())).unwrap();
    world.sql(&format!("UPDATE person_file SET digest = '{digest}' WHERE person = 'kari.testesen'"));
    world.pass();
    assert!(!world.has(KARI));
    // The same is true in a pass over that file.
    let mut world = World::with(&[kari()]);
    world.put(&gone);
    world.sql(&format!("UPDATE person_file SET digest = '{digest}' WHERE person = 'kari.testesen'"));
    world.pass_over(&Scope::Files([FilePath::new(&gone.path())].into()));
    assert!(!world.has(KARI));
}

#[test]
fn holds_refusals_and_what_has_served_are_bound() {
    let change = "UPDATE refusal SET policies = settings";
    for sql in [
        "UPDATE file_hold SET since = '2020-01-01T00:00:00Z'",
        "DELETE FROM file_hold",
        "UPDATE removal_hold SET since = '2020-01-01T00:00:00Z'",
        "DELETE FROM removal_hold",
        "UPDATE mark SET value = replace(value, '2026-', '2025-') WHERE key = 'moved'",
        "DELETE FROM mark WHERE key = 'missing'",
        "DELETE FROM refusal",
        change,
        "UPDATE refusal SET first_day = '2020-01-01'",
        "INSERT INTO used_statement VALUES ('0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef')",
        "UPDATE mark SET value = '[{\"request\":\"R1\",\"person\":\"kari.testesen\"}]' WHERE key = 'requests.freed'",
        "INSERT INTO mark VALUES ('requests.freed', '[{\"request\":\"R1\",\"person\":\"kari.testesen\"}]')
             ON CONFLICT DO NOTHING",
        "INSERT INTO mark VALUES ('authority.kept', '[\"kari.testesen\"]') ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        "UPDATE mark SET value = replace(value, '0', '1') WHERE key = 'snapshot'",
        "UPDATE mark SET value = 'x' WHERE key = 'source.commit'",
        "DELETE FROM mark WHERE key = 'parts.salt'",
    ] {
        let mut world = World::with(&[kari(), user(1), user(2)]);
        world.tree.raw("desired-state/ahus/bruker1.yaml", "x: [");
        let refused =
            file("ahus", "ny.testesen", [lu(AHUS, "R3", LC_FONNA).on("2026-02-27").from("2026-03-01")]);
        world.put(&refused);
        let text = user(2).text();
        world.tree.remove("ahus", "bruker2");
        world.tree.raw("desired-state/ahus/Bruker2.yaml", &text);
        world.pass();
        world.quiet();
        let before = world.content();
        world.sql(sql);
        if world.content() == before {
            // There is no such value, because `requests.freed` is unset.
            continue;
        }
        let entry = lu(AHUS, "R4", LC_AHUS).on("2026-02-27").from("2026-03-01");
        world.put(&file("ahus", "to.testesen", [entry]));
        for _ in 0..2 {
            let decided = world.pass();
            assert!(codes(&decided).contains(&Code::MemoryDiffers), "{sql}");
            assert!(!world.has("to.testesen") && world.has("bruker2") && world.has(KARI), "{sql}");
        }
        let mut gone = kari();
        gone.access[0] = gone.access[0].clone().revoked(LC_AHUS);
        world.put(&gone);
        world.pass();
        assert!(!world.has(KARI), "{sql}");
    }
}

#[test]
fn a_baseline_binds_the_rest_anew() {
    let mut world = World::with(&[kari()]);
    world.sql("INSERT INTO mark VALUES ('authority.kept', '[\"kari.testesen\"]') ON CONFLICT (key) DO UPDATE SET value = excluded.value");
    only(&world.pass(), Code::MemoryDiffers);
    world.baseline(START);
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::MemoryDiffers), "{:#?}", decided.findings);
    world.quiet();
}

#[test]
fn what_a_version_that_bound_accesses_remembered_is_taken_over_once() {
    let mut world = eight();
    gone(&mut world, 0..2);
    world.pass();
    gone(&mut world, 2..5);
    let digest = held(&world.pass());
    world.release(digest);
    // That version began with this state: accesses are bound, and the rest is not.
    let rules = memory::accepted_rules(world.register.connection()).unwrap().unwrap();
    let body = serde_json::json!({ "memory": 1, "policies": rules.0, "settings": rules.1 });
    append(world.register.connection(), world.now, EntryKind::BaselineAgain, &body).unwrap();
    world.restart();
    let taken = kinds(&world, EntryKind::AdoptedMemory);
    adopt_memory(&mut world.register, world.now).unwrap();
    adopt_memory(&mut world.register, world.now).unwrap();
    assert_eq!(kinds(&world, EntryKind::AdoptedMemory), taken + 1);
    let mut bound = Bound::default();
    bound.follow(world.register.connection()).unwrap();
    assert!(bound.binds_all());
    let today = Today::at(world.now, "Europe/Oslo", None, None).unwrap();
    let (live, others) = bound.releases(world.register.connection(), (world.now, &today)).unwrap();
    assert_eq!((live.contains(&digest), others.len()), (true, 0));
    let (removed, _, less) = bound.used(world.register.connection(), world.now).unwrap();
    assert_eq!((removed.all, less), (2, None));
    assert!(bound.parts_that_differ(world.register.connection()).unwrap().is_empty());
}

#[test]
fn a_person_whose_rows_are_all_taken_out_is_missed_and_their_request_stays_spent() {
    let mut world = World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "REQ-7", LC_AHUS)])]);
    let gone = |world: &World| {
        for table in ["standing", "person_account", "person_file", "person_key"] {
            world.sql(&format!("DELETE FROM {table} WHERE person = 'kari.testesen'"));
        }
    };
    let before = world.tree.clone();
    world.tree.remove("ahus", "kari.testesen");
    world.pass();
    gone(&world);
    world.restart();
    world.tree = before;
    world.pass();
    assert!(!world.has("kari.testesen"), "the request has served");
    let mut world = World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "REQ-7", LC_AHUS)])]);
    let account = world.account("kari.testesen").unwrap().id;
    gone(&world);
    world.restart();
    let decided = world.pass();
    assert!(decided.findings.iter().any(|finding| finding.code == Code::MemoryDiffers));
    assert_eq!(world.account("kari.testesen").unwrap().id, account, "nothing is taken for it");
}

/// A value that cannot be read affects nobody else. Two administrators can repair it by accepting the state again.
#[test]
fn a_value_that_cannot_be_read_stops_no_revocation_and_a_baseline_mends_it() {
    const KARI: &str = "kari.testesen";
    const OLA: &str = "ola.testesen";
    for sql in [
        "INSERT INTO used_statement VALUES ('x')",
        "INSERT INTO budget VALUES ('no time', 'x', 'ahus')",
        "INSERT INTO removal_hold VALUES ('x', 'y', 'z')",
        "INSERT INTO file_hold VALUES ('x', 'y', 'z')",
        "INSERT INTO refusal VALUES ('?', 'a', 1, 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', NULL)",
        "INSERT INTO release VALUES ('x', 'y', 'z', 'w', NULL)",
        "UPDATE person_file SET digest = 'x' WHERE person = 'kari.testesen'",
        "UPDATE person_file SET trust = '?' WHERE person = 'kari.testesen'",
        "UPDATE person_file SET login = '?' WHERE person = 'kari.testesen'",
        "UPDATE standing SET person = '?' WHERE person = 'kari.testesen'",
        "UPDATE standing SET from_day = '?' WHERE person = 'kari.testesen'",
        "UPDATE person_account SET person = '?' WHERE person = 'kari.testesen'",
        "INSERT OR REPLACE INTO mark VALUES ('renamed', '{')",
        "INSERT OR REPLACE INTO mark VALUES ('moved', '{')",
        "INSERT OR REPLACE INTO mark VALUES ('additions.used', '{')",
        "INSERT OR REPLACE INTO mark VALUES ('extensions.seen', '{')",
    ] {
        let people = [
            file("ahus", KARI, [lu(AHUS, "REQ-7", LC_AHUS)]),
            file("ahus", OLA, [lu(AHUS, "REQ-8", LC_AHUS)]),
        ];
        let mut world = World::with(&people);
        world.sql(sql);
        world.restart();
        world.put(&file("ahus", OLA, [lu(AHUS, "REQ-8", LC_AHUS).revoked(LC_AHUS)]));
        world.pass();
        assert!(!world.has(OLA), "`revoked` acts: {sql}");
        assert!(world.has(KARI), "{sql}");
        world.baseline(START);
        world.restart();
        let decided = world.pass();
        assert_eq!(errors(&decided.findings), Vec::<String>::new(), "{sql}");
        assert!(world.has(KARI) && !world.has(OLA), "{sql}");
    }
}

#[test]
fn policies_that_were_changed_under_their_digest_are_written_anew_by_a_baseline() {
    let mut world = World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "REQ-7", LC_AHUS)])]);
    world.sql("UPDATE artifact SET body = '{}'");
    world.shelf = portvakt_engine::pass::Shelf::default();
    assert!(world.prepare(&Scope::Whole).is_err());
    world.baseline(START);
    world.shelf = portvakt_engine::pass::Shelf::default();
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    assert!(world.has("kari.testesen"));
}

#[test]
fn whose_account_it_is_goes_by_the_ledger_and_not_by_what_the_account_says() {
    const KARI: &str = "kari.testesen";
    let mut world = World::with(&[
        file("ahus", KARI, [lu(AHUS, "REQ-7", LC_AHUS)]),
        file("ahus", "ola.testesen", [lu(AHUS, "REQ-8", LC_AHUS)]),
    ]);
    let (kari, coordinator) = (world.account(KARI).unwrap().id, world.account(LC_AHUS).unwrap().id);
    world.sql(&format!(
        "UPDATE account SET person = 'tmp' WHERE id = '{kari}';
         UPDATE account SET person = '{KARI}' WHERE id = '{coordinator}';
         UPDATE account SET person = '{LC_AHUS}' WHERE id = '{kari}'"
    ));
    let decided = world.pass();
    assert_eq!(decided.findings.iter().filter(|finding| finding.code == Code::Drift).count(), 2);
    assert!(decided.plan.steps.is_empty());
    world.baseline(START);
    world.restart();
    world.pass();
    assert_eq!(world.known(KARI).account, Some(kari.clone()));
    assert_eq!(world.rights_of(&kari), ["100089/LU"], "nobody gets another one's rights");
}
