//! What the budgets have spent, and the releases, are what the ledger says: a release serves once, and a week or a run
//! that was broken off goes on counting.

use portvakt_core::decide::{Advance, FollowedBranch, Scope};
use portvakt_core::diag::Code;
use portvakt_core::plan::BudgetUse;
use portvakt_engine::apply::carry_out;
use portvakt_engine::ledger::EntryKind;

use super::{KARI, eight, gone, held, kinds};
use crate::pass::fixture::*;

fn here(world: &World) -> usize {
    (0..8).filter(|number| world.has(&format!("bruker{number}"))).count()
}

#[test]
fn a_release_that_nobody_gave_lets_nothing_go() {
    let mut world = eight();
    gone(&mut world, 0..3);
    let digest = held(&world.pass());
    world.sql(&format!(
        "INSERT INTO release (digest, at, people, keys) VALUES ('{digest}', '{}', '[]', '[]')",
        world.now
    ));
    for _ in 0..2 {
        let decided = world.pass();
        assert!(only(&decided, Code::MemoryDiffers).message.en().contains("never gave"));
        assert_eq!(here(&world), 8);
    }
    // A set that two administrators release is carried out, whatever other rows are there.
    world.release(digest);
    world.pass();
    assert_eq!(here(&world), 5);
    // A baseline leaves nothing of it.
    world.baseline(START);
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::MemoryDiffers), "{:#?}", decided.findings);
}

#[test]
fn a_release_that_has_served_does_not_serve_again() {
    let mut world = eight();
    gone(&mut world, 0..3);
    let digest = held(&world.pass());
    world.release(digest);
    world.pass();
    assert_eq!((here(&world), kinds(&world, EntryKind::ReleaseSpent)), (5, 1));
    for sql in
        ["UPDATE release SET spent = NULL", "UPDATE release SET spent = NULL, at = '2026-03-02T11:00:01Z'"]
    {
        world.sql(sql);
        only(&world.pass(), Code::MemoryDiffers);
    }
}

#[test]
fn what_the_week_has_used_is_what_the_ledger_was_charged() {
    let mut world = eight();
    gone(&mut world, 0..2);
    world.pass();
    gone(&mut world, 2..4);
    world.pass();
    assert_eq!(here(&world), 4);
    world.quiet();
    world.sql("DELETE FROM budget");
    gone(&mut world, 4..5);
    let decided = world.pass();
    only(&decided, Code::MemoryDiffers);
    assert_eq!(here(&world), 4, "the week is used up");
    held(&decided);
}

/// Two of eight are gone, and an entry is refused, so another pass could do more.
fn two_gone_and_one_refused() -> World {
    let mut world = eight();
    gone(&mut world, 0..2);
    world.put(&file("ahus", KARI, [lu(AHUS, "R1", LC_FONNA)]));
    world.now += jiff::SignedDuration::from_secs(60);
    world
}

/// Two of eight were removed in a pass of a run along a branch that has more to do, and the program was killed.
fn killed_in_a_run() -> World {
    let mut world = two_gone_and_one_refused();
    let decided = world.prepare_along(&FollowedBranch { advance: None });
    carry_out(&mut world.register, None, &decided, |_, _| {}).unwrap();
    assert_eq!(here(&world), 6);
    world.restart();
    world.tree.remove("ahus", KARI);
    gone(&mut world, 2..3);
    world
}

#[test]
fn the_decision_says_what_the_next_pass_of_the_run_counts() {
    let mut world = two_gone_and_one_refused();
    let advance = Advance { from: "a".repeat(40), to: "b".repeat(40) };
    let branch = FollowedBranch { advance: Some(advance.clone()) };
    let decided = world.prepare_along(&branch);
    assert_eq!((decided.unsettled.refused.len(), decided.charged.run.all), (1, 2));
    assert_eq!(decided.tree.advance, Some(advance));
    // With a directory each pass is a run of its own.
    let decided = world.prepare(&Scope::Whole).unwrap();
    assert_eq!((&decided.tree.advance, &decided.charged.run), (&None, &BudgetUse::default()));
    // If nothing more can be done, the run is over.
    world.tree.remove("ahus", KARI);
    let decided = world.prepare_along(&branch);
    assert_eq!((decided.charged.removals.len(), &decided.charged.run), (2, &BudgetUse::default()));
}

#[test]
fn a_run_along_a_branch_goes_on_counting_after_a_kill() {
    let mut world = killed_in_a_run();
    held(&world.pass());
    assert_eq!(here(&world), 6, "two of eight may go in one run, whoever carries it out");
    // That pass was the last of the run. The next one has a count of its own.
    world.pass();
    assert_eq!(here(&world), 5);
    world.quiet();
}

#[test]
fn what_a_run_has_counted_is_bound() {
    for sql in [
        "DELETE FROM mark WHERE key = 'run.removals'",
        "UPDATE mark SET value = 'null' WHERE key = 'run.removals'",
        "UPDATE mark SET value = '{\"all\":1,\"trusts\":{\"ahus\":1}}' WHERE key = 'run.removals'",
        "UPDATE mark SET value = 'x' WHERE key = 'run.removals'",
    ] {
        let mut world = killed_in_a_run();
        world.sql(sql);
        for _ in 0..2 {
            only(&world.pass(), Code::MemoryDiffers);
            assert_eq!(here(&world), 6, "{sql}");
        }
        world.baseline(START);
        let decided = world.pass();
        assert!(!codes(&decided).contains(&Code::MemoryDiffers), "{sql}: {:#?}", decided.findings);
    }
}
