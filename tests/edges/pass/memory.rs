//! The memory is checked. A person who can write SQL gains no access by it, and the change does not last.

use std::collections::BTreeSet;

use portvakt_core::decide::Scope;
use portvakt_core::diag::Code;
use portvakt_core::model::FilePath;
use portvakt_core::planted::PlantedFault;
use portvakt_engine::apply::adopt_memory;
use portvakt_engine::ledger::{EntryKind, append, verify};
use portvakt_engine::memory;
use portvakt_engine::memory::Bound;

use crate::pass::fixture::*;

const KARI: &str = "kari.testesen";

fn kari() -> File {
    file("ahus", KARI, [lu(AHUS, "R1", LC_AHUS).until("2026-06-30")])
}

fn ola() -> File {
    file("ahus", "ola.testesen", [lu(AHUS, "R2", LC_AHUS)])
}

fn world() -> World {
    World::with(&[kari(), ola()])
}

const UNBOUND: &str = "DROP TRIGGER ledger_gapless; DROP TRIGGER ledger_unchanged; DROP TRIGGER ledger_kept;";

#[test]
fn a_row_changed_by_hand_gives_nothing_and_takes_nothing() {
    for sql in [
        "UPDATE standing SET role = 'LC' WHERE person = 'kari.testesen'",
        "UPDATE standing SET application = 'rapporteket-smerte' WHERE person = 'kari.testesen'",
        "UPDATE standing SET unit = 200089 WHERE person = 'kari.testesen'",
        "UPDATE standing SET request = 'R9' WHERE person = 'kari.testesen'",
        "UPDATE standing SET trust = 'helse-fonna' WHERE person = 'kari.testesen'",
        "UPDATE standing SET from_day = '2027-01-01' WHERE person = 'kari.testesen'",
        "UPDATE standing SET until_day = NULL WHERE person = 'kari.testesen'",
        "UPDATE standing SET until_day = '2026-01-31' WHERE person = 'kari.testesen'",
        "UPDATE standing SET approved_by = 'ola.testesen' WHERE person = 'kari.testesen'",
        "UPDATE standing SET revoked_on = '2026-01-31', revoked_by = 'lc.ahusen', revoked_reason = 'x'
         WHERE person = 'kari.testesen'",
        "UPDATE standing SET staff = 'ict' WHERE person = 'kari.testesen'",
        "UPDATE standing SET way = 'judged' WHERE person = 'kari.testesen'",
        "UPDATE standing SET evidence = '\"declared\"' WHERE person = 'kari.testesen'",
        "UPDATE standing SET given = NULL WHERE person = 'kari.testesen'",
        "UPDATE standing SET cleared = 'revoked' WHERE person = 'kari.testesen'",
        "UPDATE standing SET ended = '2026-01-31' WHERE person = 'kari.testesen'",
        "UPDATE standing SET replaced = '{\"application\":\"smerteregisteret\",\"unit\":200089,\"role\":\"LU\"}'
         WHERE person = 'kari.testesen'",
        "DELETE FROM standing WHERE person = 'kari.testesen'",
        "INSERT INTO standing SELECT person, application, unit, 'R8', trust, 'LC', from_day, until_day, approved_by,
             approved_on, identity, revoked_on, revoked_by, revoked_reason, employer, staff, position, login,
             accepted_on, way, policies, rules, NULL, replaced, cleared, ended, evidence
         FROM standing WHERE person = 'kari.testesen'",
        "UPDATE person_account SET account = 'another' WHERE person = 'kari.testesen'",
        "DELETE FROM person_account WHERE person = 'kari.testesen'",
        "UPDATE standing SET from_day = 'no day' WHERE person = 'kari.testesen'",
        "UPDATE standing SET role = CAST(x'ff41' AS TEXT) WHERE person = 'kari.testesen'",
        "DELETE FROM person_key WHERE person = 'kari.testesen'",
        "UPDATE person_key SET key = 'x' WHERE person = 'kari.testesen'",
    ] {
        let mut world = world();
        let accounts = world.accounts();
        world.sql(sql);
        world.restart();
        for _ in 0..2 {
            let decided = world.pass();
            let told = only(&decided, Code::MemoryDiffers);
            assert!(told.message.en().contains(KARI), "{sql}: {told:?}");
            assert!(decided.plan.steps.is_empty(), "{sql}: {:#?}", decided.plan.steps);
        }
        assert_eq!(world.accounts(), accounts, "{sql}");
        // With this row the absence of the file takes nothing away.
        world.tree.remove("ahus", KARI);
        assert!(world.pass().plan.steps.is_empty(), "{sql}");
        assert_eq!(world.accounts(), accounts, "{sql}");
        world.ledger_holds();
    }
}

#[test]
fn rules_that_are_not_what_was_accepted_under_their_digest_are_not_used() {
    for (kept, from, to) in [("settings", "Koordinator", "Kordinator"), ("policies", "forbid", "permit")] {
        let world = world();
        let conn = world.register.connection();
        let (policies, settings) = memory::accepted_rules(conn).unwrap().unwrap();
        assert!(memory::rules_by_digests(conn, &policies, &settings).is_ok());
        let digest = if kept == "settings" { settings } else { policies };
        let edit = format!(
            "UPDATE artifact SET body = replace(body, ?1, ?2) WHERE digest = '{digest}' AND body LIKE '%' || ?1 || '%'"
        );
        assert_eq!(conn.execute(&edit, [from, to]).unwrap(), 1);
        assert!(memory::rules_by_digests(conn, &policies, &settings).is_err(), "{kept}");
    }
}

#[test]
fn everybody_else_goes_on() {
    let mut world = world();
    world.sql("UPDATE standing SET role = 'LC' WHERE person = 'kari.testesen'");
    world.tree.remove("ahus", "ola.testesen");
    world.put(&file("ahus", "ny.testesen", [lu(AHUS, "R3", LC_AHUS).on("2026-02-27").from("2026-03-01")]));
    world.pass();
    assert!(world.has("ny.testesen") && !world.has("ola.testesen") && world.has(KARI));
}

#[test]
fn a_role_written_by_hand_approves_nothing() {
    let mut world = world();
    world.sql("UPDATE standing SET role = 'LC' WHERE person = 'kari.testesen'");
    let entry = lu(AHUS, "R3", KARI).on("2026-02-27").from("2026-03-01");
    let new = file("ahus", "ny.testesen", [entry]);
    world.put(&new);
    world.pass_over(&Scope::Files([FilePath::new(&new.path())].into()));
    assert!(!world.has("ny.testesen"));
}

#[test]
fn nobody_makes_himself_unremovable() {
    for sql in [
        "UPDATE standing SET until_day = NULL WHERE person = 'kari.testesen'",
        "DELETE FROM standing WHERE person = 'kari.testesen'",
        "DELETE FROM person_account WHERE person = 'kari.testesen'",
    ] {
        // An accepted end acts by the ledger.
        let mut world = world();
        world.sql(sql);
        world.day("2026-07-01");
        world.pass();
        assert!(!world.has(KARI), "{sql}: the end of the ledger has passed");
        // A revocation has the same effect.
        let mut world = self::world();
        world.sql(sql);
        let mut gone = kari();
        gone.access[0] = gone.access[0].clone().revoked(LC_AHUS);
        world.put(&gone);
        let scope = Scope::Files(BTreeSet::from([FilePath::new(&gone.path())]));
        world.pass_over(&scope);
        assert!(!world.has(KARI), "{sql}: revoked");
        assert!(world.pass().plan.steps.is_empty(), "{sql}");
    }
}

#[test]
fn a_baseline_is_the_way_out() {
    for sql in [
        "UPDATE standing SET role = 'LC' WHERE person = 'kari.testesen'",
        "UPDATE standing SET from_day = 'no day' WHERE person = 'kari.testesen'",
        "UPDATE standing SET ended = '2026-01-31' WHERE person = 'kari.testesen'",
        "DELETE FROM standing WHERE person = 'kari.testesen'",
        "DELETE FROM person_account WHERE person = 'kari.testesen'",
        "UPDATE person_key SET key = 'x' WHERE person = 'kari.testesen'",
    ] {
        let mut world = world();
        let accounts = world.accounts();
        world.sql(sql);
        world.restart();
        only(&world.pass(), Code::MemoryDiffers);
        world.baseline(START);
        let decided = world.pass();
        assert_eq!(errors(&decided.findings), Vec::<String>::new(), "{sql}");
        assert_eq!(world.accounts(), accounts, "{sql}");
        world.quiet();
        world.ledger_holds();
    }
}

#[test]
fn what_has_served_is_bound_too() {
    let mut world = world();
    world.tree.remove("ahus", KARI);
    world.pass();
    assert!(!world.has(KARI));
    // The row is deleted, as if the request had never served.
    world.sql("DELETE FROM standing WHERE person = 'kari.testesen'");
    world.put(&kari());
    only(&world.pass(), Code::MemoryDiffers);
    assert!(!world.has(KARI));
    // An old copy of the row, as it once stood.
    let mut world = self::world();
    world.sql("CREATE TABLE copy AS SELECT * FROM standing WHERE person = 'kari.testesen'");
    world.tree.remove("ahus", KARI);
    world.pass();
    world.sql("INSERT OR REPLACE INTO standing SELECT * FROM copy; DROP TABLE copy");
    world.put(&kari());
    only(&world.pass(), Code::MemoryDiffers);
    assert!(!world.has(KARI));
}

#[test]
fn a_broken_ledger_gives_nothing_and_takes_only_what_is_written() {
    let mut world = world();
    world.sql(UNBOUND);
    let second = "SELECT min(seq) FROM ledger WHERE body LIKE '%\"R2\"%'";
    let seq: u64 = world.register.connection().query_row(second, [], |row| row.get(0)).unwrap();
    world.sql(&format!("UPDATE ledger SET body = replace(body, 'R2', 'R3') WHERE seq = {seq}"));
    world.restart();
    world.tree.remove("ahus", "ola.testesen");
    world.put(&file("ahus", "ny.testesen", [lu(AHUS, "R3", LC_AHUS).on("2026-02-27").from("2026-03-01")]));
    let decided = world.pass();
    only(&decided, Code::LedgerBroken);
    assert!(!world.has("ny.testesen") && world.has("ola.testesen") && world.has(KARI));
    let mut gone = kari();
    gone.access[0] = gone.access[0].clone().revoked(LC_AHUS);
    world.put(&gone);
    world.pass();
    assert!(!world.has(KARI));

    // A baseline names the break. From there on the chain holds, and passes continue.
    let broken = verify(world.register.connection()).unwrap_err().to_string();
    assert!(broken.contains(&format!("entry {seq}")), "{broken}");
    world.baseline(START);
    assert_eq!(verify(world.register.connection()).unwrap().left_behind, [seq]);
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::LedgerBroken));
    assert!(world.has("ny.testesen") && !world.has("ola.testesen"));
    world.quiet();
    // The entries from before the break may not change any more either.
    world.sql(&format!("UPDATE ledger SET body = replace(body, 'R3', 'R4') WHERE seq = {seq}"));
    assert!(verify(world.register.connection()).is_err());
}

#[test]
fn a_ledger_that_was_emptied_is_broken() {
    let mut world = world();
    world.sql(UNBOUND);
    world.sql("DELETE FROM ledger");
    world.put(&file("ahus", "ny.testesen", [lu(AHUS, "R3", LC_AHUS).on("2026-02-27").from("2026-03-01")]));
    only(&world.pass(), Code::LedgerBroken);
    assert!(!world.has("ny.testesen"));
}

/// The entries that gave people their accounts may be gone, while the chain before them holds.
#[test]
fn a_ledger_without_its_end_takes_nothing_from_the_people_of_the_files() {
    for cut in 1..=8 {
        let mut world = world();
        world.sql(UNBOUND);
        world.sql(&format!("DELETE FROM ledger WHERE seq > (SELECT max(seq) FROM ledger) - {cut}"));
        world.restart();
        let decided = world.pass();
        assert!(world.has("ola.testesen") && world.has(KARI), "{cut}: {:?}", codes(&decided));
    }
}

#[test]
fn a_change_under_a_running_program_is_found_in_what_it_follows_next() {
    let mut world = world();
    world.sql(UNBOUND);
    world.sql("UPDATE ledger SET hash = x'00' WHERE seq = (SELECT max(seq) FROM ledger)");
    let decided = world.prepare(&Scope::Whole).unwrap();
    only(&decided, Code::LedgerBroken);
}

/// Leaves what an older version left: entries that bind nothing, and keys without salts.
fn older(world: &mut World) {
    let empty = serde_json::json!({});
    append(world.register.connection(), world.now, EntryKind::BaselineAgain, &empty).unwrap();
    world.sql("UPDATE person_key SET salt = NULL");
}

#[test]
fn what_an_older_version_remembered_is_taken_over_and_two_have_seen_it() {
    let mut world = world();
    older(&mut world);
    assert!(codes(&world.prepare(&Scope::Whole).unwrap()).is_disjoint(&[Code::MemoryDiffers].into()));
    adopt_memory(&mut world.register, world.now).unwrap();
    adopt_memory(&mut world.register, world.now).unwrap();
    let content = world.content();
    let taken = content["ledger"].iter().filter(|row| row.contains("| adopted-memory |")).count();
    assert_eq!(taken, 1 + 4 + 1, "the keys, four people, and what two are to look at");
    // The commitments of an older test world are the first ones, so they count.
    let mut bound = Bound::default();
    bound.follow(world.register.connection()).unwrap();
    let digest = bound.unseen().unwrap();
    assert!(bound.binds());
    let told = world.prepare(&Scope::Whole).unwrap();
    assert!(only(&told, Code::MemoryAdopted).way_out.en().contains(&digest.to_string()));
    world.release(digest);
    assert!(!codes(&world.prepare(&Scope::Whole).unwrap()).contains(&Code::MemoryAdopted));
}

#[test]
fn the_planted_fault_believes_what_is_remembered() {
    let mut world = world();
    world.sql("UPDATE standing SET role = 'LC' WHERE person = 'kari.testesen'");
    PlantedFault::plant(Some(PlantedFault::MemoryBelieved));
    let decided = world.prepare(&Scope::Whole);
    PlantedFault::plant(None);
    assert!(!decided.unwrap().plan.steps.is_empty());
}
