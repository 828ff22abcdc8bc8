//! A release that is given on a clock that ran ahead. It counts at once and for seven days, and never wakes later.

use portvakt_core::decide::rules_of;
use portvakt_core::model::Digest;
use portvakt_engine::memory;

use crate::pass::fixture::*;

const REGISTER_FILE: &str = "desired-state/register.yaml";
const IN_FORCE: &str = "max_lis_months: 12";
const WAITS: &str = "max_lis_months: 11";

/// A change of the settings that two release at this time of the clock.
fn released_at(clock: &str) -> (World, Digest) {
    let mut world = World::with(&[]);
    world.tree.edit(REGISTER_FILE, IN_FORCE, WAITS);
    world.now = clock.parse().unwrap();
    assert!(world.pass().released_rules.is_none());
    let digest = rules_of(&world.tree.snapshot()).unwrap().digest;
    world.release(digest);
    (world, digest)
}

/// Whether the next pass puts the settings into force.
fn comes(world: &mut World) -> bool {
    world.pass().released_rules.is_some()
}

#[test]
fn it_counts_when_the_clock_is_put_right_and_while_it_is_wrong() {
    for ahead in ["2026-03-02T14:00:00Z", "2026-03-20T14:00:00Z", "2027-03-02T14:00:00Z"] {
        assert!(comes(&mut released_at(ahead).0), "{ahead}");
        let (mut world, digest) = released_at(ahead);
        world.now = "2026-03-02T13:00:00Z".parse().unwrap();
        let decided = world.pass();
        assert!(decided.released_rules.is_some(), "{ahead}: {:#?}", errors(&decided.findings));
        assert!(decided.charged.releases.contains(&digest), "{ahead}");
        // The ledger is not dated ahead by it.
        world.day("2026-03-03").pass();
        world.ledger_holds();
    }
}

#[test]
fn it_counts_when_two_have_confirmed_the_date_that_it_was_given_on() {
    let (mut world, _) = released_at("2026-03-20T14:00:00Z");
    confirm(&mut world.register, world.now, &[LEADER]);
    assert!(comes(&mut world));
}

#[test]
fn it_is_spent_when_the_change_is_withdrawn() {
    let (mut world, digest) = released_at("2027-03-02T14:00:00Z");
    world.tree.edit(REGISTER_FILE, WAITS, IN_FORCE);
    world.now = "2026-03-02T13:00:00Z".parse().unwrap();
    assert!(world.pass().charged.releases.contains(&digest));
    assert!(memory::live_releases(world.register.connection(), world.now).unwrap().is_empty());
    world.quiet();
    world.tree.edit(REGISTER_FILE, IN_FORCE, WAITS);
    assert!(!comes(&mut world), "it takes another release");
}

#[test]
fn it_does_not_wake_when_its_date_comes() {
    let (mut world, _) = released_at("2027-03-02T14:00:00Z");
    world.day("2026-03-10");
    for day in ["2026-03-20", "2027-03-02", "2027-03-03"] {
        assert!(!comes(world.day(day)), "{day}");
    }
    world.ledger_holds();
    // One that the date is taken back of has lived, too.
    let (mut world, _) = released_at("2026-03-02T14:00:00Z");
    world.day("2026-03-20");
    world.now = "2026-03-02T15:00:00Z".parse().unwrap();
    confirm(&mut world.register, world.now, &[LEADER, COORDINATOR]);
    assert!(!comes(&mut world), "eighteen days had passed, as far as anybody knew");
}
