//! Tests `plan`, `apply`, `release` and `confirm-date`.

use std::time::Duration;

use portvakt_core::decide::rules_of;
use portvakt_sources::{Depth, Directory, RealPace, Settle};

use super::desk::{COORDINATOR, Desk, LEADER, MANAGER, Told, person};

fn leave(desk: &Desk, people: &[&str]) {
    people.iter().for_each(|person| desk.delete("unn", person));
}

const THREE: [&str; 3] = ["sara.fiktivsen", "frida.skinnvik", "olav.testesen"];

#[test]
fn a_plan_says_what_would_be_done_and_writes_nothing() {
    let desk = Desk::accepted();
    leave(&desk, &["sara.fiktivsen"]);
    desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101719, "henrik.liksomdal"));
    let before = std::fs::read(desk.store()).unwrap();
    let told = desk.run(&["plan"]).ends(3);
    insta::assert_snapshot!("plan", format!("{}{}", told.out, told.err));
    let json = desk.run(&["--format", "json", "plan"]).ends(3).json();
    assert_eq!(json["exit"], 3);
    assert_eq!(json["steps"].as_array().unwrap().len(), 2);
    assert_eq!(before, std::fs::read(desk.store()).unwrap());
    let log = std::fs::metadata(desk.root().join("var/register.db-wal")).map_or(0, |log| log.len());
    assert_eq!(log, 0, "nothing waits to be written either");
}

#[test]
fn an_apply_that_finishes_its_plan_is_0_and_the_next_has_nothing_to_do() {
    let desk = Desk::accepted();
    leave(&desk, &["sara.fiktivsen"]);
    desk.run(&["apply"]).ends(0).says("1 of 1 step done").says("its e-mail is cleared");
    desk.run(&["apply"]).ends(0).says("Nothing to do").says("0 of 0 steps done");
    desk.run(&["list", "--trust", "unn"]).ends(0).never_says("sara.fiktivsen");
    desk.run(&["list", "--trust", "unn", "--all"])
        .ends(0)
        .says("Sara Fiktivsen")
        .says("no longer in the tree");
    let json = desk.run(&["--format", "json", "apply"]).ends(0).json();
    assert_eq!((json["exit"].as_u64(), json["done"].as_u64()), (Some(0), Some(0)));
}

#[test]
fn what_was_accepted_without_a_step_is_told() {
    let desk = Desk::accepted();
    let later = "2026-11-28";
    let entry = person("ny.testesen", "ahus", 100_089, "lars.demostad");
    desk.write("ahus", "ny.testesen", entry.replace("from: 2026-11-20", &format!("from: {later}")));
    for (command, summary) in [("plan", "0 steps"), ("apply", "1 entry accepted; 0 of 0 steps done")] {
        let told = desk.run(&[command]).ends(0).never_says("Nothing to do").says(summary);
        told.says("ny.testesen: ").says(&format!("is accepted, from {later}"));
    }
    let json = desk.run(&["--format", "json", "apply"]).ends(0).json();
    assert_eq!(json["accepted"].as_array().unwrap().len(), 0, "once");
}

#[test]
fn a_refused_newcomer_stops_nobody_else() {
    let desk = Desk::accepted();
    leave(&desk, &["sara.fiktivsen"]);
    desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101719, "leif.utkastli"));
    desk.run(&["apply"]).ends(1).says("1 of 1 step done").says("R15");
    desk.run(&["list", "--trust", "unn"]).ends(0).never_says("sara.fiktivsen").never_says("ny.testesen");
}

/// The digest that must be released.
fn held(told: Told) -> String {
    let digest = told.ends(4).says("held[removals-held]").after("portvakt release ");
    assert_eq!(digest.len(), 64);
    digest
}

#[test]
fn what_the_budget_holds_is_released_by_its_digest() {
    let desk = Desk::accepted();
    leave(&desk, &THREE);
    let planned = desk.run(&["plan"]).says("Nothing is done: removals are held").never_says("Nothing to do");
    let digest = held(planned);
    assert_eq!(digest, held(desk.run(&["apply"])), "an apply holds what the plan said");
    desk.run(&["list", "--trust", "unn"]).says("sara.fiktivsen").says("olav.testesen");
    desk.run(&["release", &digest, "--by", LEADER, "--by", COORDINATOR])
        .ends(0)
        .says("seven days")
        .says("portvakt apply");
    desk.run(&["plan"]).ends(3).says("3 steps");
    desk.run(&["apply"]).ends(0).says("3 of 3 steps done");
    desk.run(&["ledger", "show", "--kind", "released"]).ends(0).says(LEADER).says(COORDINATOR);
}

#[test]
fn a_release_needs_two_who_may_and_the_right_digest() {
    let desk = Desk::accepted();
    let zeros = "0".repeat(64);
    desk.run(&["release", &zeros, "--by", LEADER, "--by", COORDINATOR]).ends(1).says("Nothing waits");
    leave(&desk, &THREE);
    let digest = held(desk.run(&["plan"]));
    desk.run(&["release", &zeros, "--by", LEADER, "--by", COORDINATOR])
        .ends(4)
        .says(&format!("nothing is held under {zeros}"))
        .says(&digest);
    desk.run(&["release", &digest, "--by", LEADER]).ends(1).says("1 named");
    desk.run(&["release", &digest, "--by", LEADER, "--by", LEADER]).ends(1).says("is one person");
    desk.run(&["release", &digest, "--by", LEADER, "--by", "henrik.liksomdal"])
        .ends(1)
        .says("`henrik.liksomdal` is no national administrator");
    held(desk.run(&["apply"]));
}

#[test]
fn nobody_releases_in_their_own_case() {
    let desk = Desk::accepted();
    for who in [COORDINATOR, "tone.testesen", "kari.testesen"] {
        desk.delete("helse-bergen", who);
    }
    let digest = held(desk.run(&["plan"]));
    desk.run(&["release", &digest, "--by", LEADER, "--by", COORDINATOR])
        .ends(1)
        .says("`ingrid.koordinatorsen`")
        .says("own case");
    desk.run(&["release", &digest, "--by", LEADER, "--by", MANAGER]).ends(0);
}

/// Settings that cannot be in force are not released, whatever refuses them: nobody would see that the release has no effect.
#[test]
fn settings_that_cannot_be_in_force_are_not_released() {
    let desk = Desk::accepted();
    let hidden = "time_zone: Europe/Oslo # the zone\u{200b}";
    desk.change_file("desired-state/register.yaml", "time_zone: Europe/Oslo", hidden);
    let settle = Settle { pause: Duration::from_millis(20), scans: 50 };
    let tree = Directory::new(&desk.root()).take(Depth::All, settle, &mut RealPace).unwrap();
    let digest = rules_of(&tree).unwrap().digest.to_string();
    desk.run(&["release", &digest, "--by", LEADER, "--by", COORDINATOR])
        .ends(1)
        .says("not-yaml")
        .says("Delete the line and write it anew by hand.");
    desk.run(&["ledger", "show", "--kind", "released"]).never_says(LEADER);
}

#[test]
fn a_release_lives_seven_days_and_is_spent_on_use() {
    let desk = Desk::accepted();
    leave(&desk, &THREE);
    let digest = held(desk.run(&["plan"]));
    desk.run(&["release", &digest, "--by", LEADER, "--by", COORDINATOR]).ends(0);
    desk.at("2026-11-30T11:00:00Z", &["plan"]).ends(3).says("3 steps");
    held(desk.at("2026-12-01T13:00:00Z", &["plan"]));
}

#[test]
fn a_changed_held_set_needs_a_new_release() {
    let desk = Desk::accepted();
    leave(&desk, &THREE);
    let digest = held(desk.run(&["plan"]));
    desk.run(&["release", &digest, "--by", LEADER, "--by", COORDINATOR]).ends(0);
    leave(&desk, &["henrik.liksomdal"]);
    assert_ne!(digest, held(desk.run(&["apply"])));
}

#[test]
fn a_change_of_the_register_waits_for_two_and_is_then_in_force() {
    let desk = Desk::accepted();
    desk.change_file("desired-state/register.yaml", "most_coordinators: 2", "most_coordinators: 3");
    let digest = desk.run(&["apply"]).ends(4).says("protected-change").after("portvakt release ");
    desk.run(&["release", &digest, "--by", LEADER, "--by", MANAGER]).ends(0).says("rules");
    desk.run(&["apply"]).ends(0);
    desk.run(&["plan"]).ends(0).never_says("protected-change");
    desk.run(&["ledger", "show", "--kind", "protected-accepted"]).ends(0).says("protected-accepted");
}

#[test]
fn a_clock_that_has_jumped_is_confirmed_by_an_administrator() {
    let desk = Desk::accepted();
    let later = "2027-03-01T12:00:00Z";
    desk.at(later, &["apply"]).ends(4).says("clock-suspect").says("portvakt confirm-date 2027-03-01");
    desk.at(later, &["confirm-date", "2027-03-02", "--by", LEADER])
        .ends(1)
        .says("2027-03-01")
        .says("Set the machine's clock");
    desk.at(later, &["confirm-date", "2027-03-01", "--by", "leif.utkastli"])
        .ends(1)
        .says("`leif.utkastli` is no national administrator");
    desk.at(later, &["confirm-date", "2027-03-01", "--by", LEADER]).ends(0).says("2027-03-01");
    let later = "2027-03-01T12:01:00Z";
    desk.at(later, &["apply"]).ends(0).says("end date passed").never_says("clock-suspect");
}
