//! Another machine takes over, with its own clock and its own copy of the tree. Nobody loses access because of either.

use std::fs;
use std::path::Path;
use std::time::Instant;

use jiff::{Timestamp, ToSpan};
use portvakt_core::decide::Patience;
use portvakt_core::diag::Code;
use portvakt_engine::reconcile::engine::{Engine, PassReach, Passed};
use portvakt_test_bench::copy;

use crate::daemon::fixture::{SETTLE, World, newcomer};

/// A world and a second copy of its tree, as another machine has it.
fn two() -> (World, tempfile::TempDir) {
    let (world, other) = (World::accepted(), tempfile::tempdir().unwrap());
    for folder in ["desired-state", "policies"] {
        fs::create_dir(other.path().join(folder)).unwrap();
        copy(&world.root().join(folder), &other.path().join(folder));
    }
    (world, other)
}

fn engine(world: &World, root: &Path, name: &str) -> Engine {
    Engine::open(root, &world.store(), SETTLE, Patience::None).unwrap().among_others(name).unwrap()
}

fn pass_at(engine: &mut Engine, now: Timestamp) -> Passed {
    engine.pass(PassReach::Everything, now, Instant::now(), |_, _| {}).unwrap()
}

#[test]
fn an_older_copy_of_the_tree_takes_nothing_until_it_has_been_the_accepted_one() {
    let (world, other) = two();
    let mut here = engine(&world, world.root(), "here");
    pass_at(&mut here, Timestamp::now());
    fs::write(world.file("ahus/nils.nykommer.yaml"), newcomer("nils.nykommer")).unwrap();
    pass_at(&mut here, Timestamp::now());
    assert_eq!(world.rights("nils.nykommer"), 1);
    drop(here);

    let mut there = engine(&world, other.path(), "there");
    for _ in 0..2 {
        let passed = pass_at(&mut there, Timestamp::now());
        let codes: Vec<Code> = passed.decided.findings.iter().map(|finding| finding.code).collect();
        assert!(codes.contains(&Code::LossWithheld), "{codes:?}");
        assert_eq!(world.rights("nils.nykommer"), 1);
    }
    // The copy is brought up to date: nothing was lost, and from here on absence counts.
    fs::copy(
        world.file("ahus/nils.nykommer.yaml"),
        other.path().join("desired-state/ahus/nils.nykommer.yaml"),
    )
    .unwrap();
    let passed = pass_at(&mut there, Timestamp::now());
    assert!(passed.decided.unsettled.sets.is_empty() && passed.decided.unsettled.refused.is_empty());
    fs::remove_file(other.path().join("desired-state/ahus/nils.nykommer.yaml")).unwrap();
    pass_at(&mut there, Timestamp::now());
    assert_eq!(world.rights("nils.nykommer"), 0);
    // The machine that led before comes back with what is now the older copy.
    drop(there);
    let mut here = engine(&world, world.root(), "here");
    let passed = pass_at(&mut here, Timestamp::now());
    assert_eq!(
        world.rights("nils.nykommer"),
        0,
        "a spent request stays spent: {:?}",
        passed.decided.unsettled.refused
    );
}

/// A single `apply` writes under the name of its copy, too. Without that, the machine that led before would take its own
/// copy for the newest, although it is the older one.
#[test]
fn a_copy_that_another_machine_has_applied_over_takes_nothing() {
    let (world, other) = two();
    pass_at(&mut engine(&world, other.path(), "there"), Timestamp::now());
    fs::write(world.file("ahus/nils.nykommer.yaml"), newcomer("nils.nykommer")).unwrap();
    let once = Engine::open(world.root(), &world.store(), SETTLE, Patience::None).unwrap();
    pass_at(&mut once.named("here"), Timestamp::now());
    assert_eq!(world.rights("nils.nykommer"), 1);
    let passed = pass_at(&mut engine(&world, other.path(), "there"), Timestamp::now());
    let codes: Vec<Code> = passed.decided.findings.iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&Code::LossWithheld), "{codes:?}");
    assert_eq!(world.rights("nils.nykommer"), 1);
}

/// A copy with something withheld is not the accepted one, but what was accepted from it makes every other copy an older
/// one.
#[test]
fn after_a_part_of_a_copy_was_accepted_nobodys_copy_is_the_newest() {
    let (world, other) = two();
    let mut here = engine(&world, world.root(), "here");
    pass_at(&mut here, Timestamp::now());
    fs::write(world.file("ahus/nils.nykommer.yaml"), newcomer("nils.nykommer")).unwrap();
    pass_at(&mut here, Timestamp::now());
    drop(here);
    // The other machine has no `nils`, which is withheld, and somebody else, who is given.
    let nora = newcomer("nora.nykommer").replace("REQ-", "REQ-N-");
    fs::write(other.path().join("desired-state/ahus/nora.nykommer.yaml"), nora).unwrap();
    pass_at(&mut engine(&world, other.path(), "there"), Timestamp::now());
    assert_eq!((world.rights("nils.nykommer"), world.rights("nora.nykommer")), (1, 1));
    let passed = pass_at(&mut engine(&world, world.root(), "here"), Timestamp::now());
    let codes: Vec<Code> = passed.decided.findings.iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&Code::LossWithheld), "{codes:?}");
    assert_eq!((world.rights("nils.nykommer"), world.rights("nora.nykommer")), (1, 1));
}

#[test]
fn a_standby_with_a_wrong_clock_goes_by_the_trusted_day() {
    let (world, other) = two();
    let right = Timestamp::now();
    pass_at(&mut engine(&world, world.root(), "here"), right);
    let before = world.state();
    for wrong in [Timestamp::UNIX_EPOCH, right.checked_sub((366 * 24).hours()).unwrap(), right - 2.hours()] {
        let passed = pass_at(&mut engine(&world, other.path(), "there"), wrong);
        assert!(passed.decided.plan.steps.is_empty() && passed.decided.clock.is_suspect(), "{wrong}");
        assert_eq!(world.state(), before, "{wrong}");
    }
    let passed = pass_at(&mut engine(&world, other.path(), "there"), right + 1.minute());
    assert!(passed.decided.plan.steps.is_empty() && !passed.decided.clock.is_suspect());
}
