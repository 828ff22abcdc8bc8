//! The day on which an access starts. One that has not come keeps the account open, and one that is moved takes nothing of
//! an access that has begun.

use portvakt_core::decide::Scope;
use portvakt_core::diag::Code;
use portvakt_core::model::FilePath;
use portvakt_engine::memory::Days;

use super::kari;
use crate::pass::fixture::*;

#[test]
fn a_future_start_keeps_the_account_open() {
    let mut world = World::with(&[kari()]);
    let before = world.account("kari.testesen").unwrap().id;
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R2", LC_AHUS).from("2026-04-01")]));
    world.pass();
    let account = world.account("kari.testesen").unwrap();
    assert!(account.id == before && account.rights.is_empty());
    world.quiet();
    world.day("2026-04-01").pass();
    assert_eq!(world.rights("kari.testesen"), ["100089/LU"]);
    assert_eq!(world.account("kari.testesen").unwrap().id, before);
}

#[test]
fn a_start_moved_to_a_day_to_come_takes_nothing_of_an_access_that_has_begun() {
    let later = file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).from("2026-04-01").on("2026-03-01")]);
    let other = file("ahus", "kari.testesen", [lc(AHUS, "R1", LEADER).from("2026-04-01").on("2026-03-01")]);
    for moved in [later, other] {
        for scope in [Scope::Whole, Scope::Files([FilePath::new(&moved.path())].into())] {
            let mut world = World::with(&[kari()]);
            world.put(&moved);
            let decided = world.pass_over(&scope);
            let finding = only(&decided, Code::StartMoved);
            assert!(finding.message.en().contains("2026-04-01"), "{}", finding.message.en());
            assert!(decided.outcome.grants.is_empty() && decided.plan.steps.is_empty());
            assert_eq!(world.rights("kari.testesen"), ["100089/LU"]);
            world.quiet();
            // Waiting gains nothing: on that day the same words are refused as before, and nothing is taken.
            world.day("2026-04-02");
            only(&world.pass(), Code::StartMoved);
            assert_eq!(world.rights("kari.testesen"), ["100089/LU"]);
            world.put(&kari());
            assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
            world.quiet();
        }
    }
}

#[test]
fn what_ends_or_revokes_an_access_acts_although_its_start_is_moved() {
    let mut world = World::with(&[kari()]);
    let moved = || lu(AHUS, "R1", LC_AHUS).from("2026-04-01").on("2026-03-01");
    world.put(&file("ahus", "kari.testesen", [moved().until("2026-05-31")]));
    only(&world.pass(), Code::StartMoved);
    let until = |world: &World| world.known("kari.testesen").grants.values().next().unwrap().grant.until;
    assert_eq!(until(&world), "2026-05-31".parse().ok(), "an earlier end needs no approval");
    world.put(&file("ahus", "kari.testesen", [moved().revoked(LC_AHUS)]));
    world.pass();
    assert!(!world.has("kari.testesen"));
    world.quiet();
}

#[test]
fn a_start_that_has_not_come_is_moved_and_remembered_on_the_new_day() {
    let starts =
        |day: &str, on: &str| file("ahus", "ny.testesen", [lu(AHUS, "R1", LC_AHUS).from(day).on(on)]);
    let mut world = World::with(&[starts("2026-03-20", "2026-02-27")]);
    let later = starts("2026-04-01", "2026-03-01");
    world.put(&later);
    let moved = world.pass_over(&Scope::Files([FilePath::new(&later.path())].into()));
    assert!(moved.outcome.grants.len() == 1 && errors(&moved.findings).is_empty(), "{:?}", moved.findings);
    let days = Days { register: &moved.rules.register, ends: "2026-03-02".parse().unwrap() };
    let day = days.next(world.register.connection());
    assert_eq!(day.unwrap(), "2026-04-01".parse().ok(), "what the daemon wakes for");
    world.day("2026-03-21").pass();
    assert!(!world.has("ny.testesen"));
    world.day("2026-04-01").pass_over(&Scope::Files([].into()));
    assert_eq!(world.rights("ny.testesen"), ["100089/LU"]);
    world.quiet();
}
