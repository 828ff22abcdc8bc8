//! What waits keeps its limits, and what a release lets go is what it names.

use portvakt_core::diag::Code;

use super::{kari, people};
use crate::pass::fixture::*;

/// Releases the settings that the tree proposes.
fn release_settings(world: &mut World) {
    let decided = world.pass();
    let held = decided.findings.iter().find(|f| f.code == Code::ProtectedChange).unwrap();
    let digest = held.message.en().rsplit(' ').next().unwrap().parse().unwrap();
    world.release(digest);
    world.pass();
}

#[test]
fn what_waits_keeps_the_limits_it_was_first_held_by() {
    let mut world = World::with(&people("ahus", AHUS, LC_AHUS, 20));
    for n in 0..20 {
        world.tree.remove("ahus", &format!("p{n}.testesen"));
    }
    let before = world.pass().unsettled.sets[0].digest;
    world.tree.edit(
        "desired-state/register.yaml",
        "trust: {least: 2, percent: 10}",
        "trust: {least: 100, percent: 100}",
    );
    let all = "all: {least: 100, percent: 100, most: 1000}";
    world.tree.edit("desired-state/register.yaml", "all: {least: 3, percent: 5, most: 10}", all);
    release_settings(&mut world);
    let decided = world.pass();
    assert_eq!(decided.unsettled.sets[0].digest, before);
    assert!((0..20).all(|n| world.has(&format!("p{n}.testesen"))));
    world.release(before);
    world.pass();
    assert!((0..20).all(|n| !world.has(&format!("p{n}.testesen"))), "its own digest lets it go");
    // Nothing waits any more, and the new limits are in force.
    for file in people("helse-fonna", FONNA, LC_FONNA, 12) {
        let named = format!("q{}", file.person);
        world.put(&File { person: named, ..file });
    }
    world.pass();
    for n in 0..12 {
        world.tree.remove("helse-fonna", &format!("qp{n}.testesen"));
    }
    assert_eq!(world.pass().unsettled.sets, []);
}

#[test]
fn what_two_have_released_does_not_use_up_the_week() {
    let mut world = World::with(&people("ahus", AHUS, LC_AHUS, 12));
    for n in 0..10 {
        world.tree.remove("ahus", &format!("p{n}.testesen"));
    }
    let digest = world.pass().unsettled.sets[0].digest;
    world.release(digest);
    world.pass();
    world.put(&file("ahus", "p10.testesen", [lu(AHUS, "R-ahus-10", LC_AHUS).revoked(LC_AHUS)]));
    assert_eq!(world.pass().unsettled.sets, []);
    assert!(!world.has("p10.testesen"));
}

#[test]
fn additions_have_a_budget_and_a_release_lets_go_what_it_names() {
    let mut world = World::with(&[]);
    let all = people("ahus", AHUS, LC_AHUS, 22);
    for file in &all[..21] {
        world.put(file);
    }
    let decided = world.pass();
    assert_eq!(decided.outcome.grants.len(), 21, "what is accepted is accepted");
    assert!(codes(&decided).contains(&Code::AdditionsHeld));
    assert!((0..21).all(|n| !world.has(&format!("p{n}.testesen"))));
    world.quiet();
    let set = decided.unsettled.sets[0].clone();
    world.release_set(&set);
    // Another person joins the queue. The release lets go only the people whom it names.
    world.put(&all[21]);
    world.pass();
    assert!((0..21).all(|n| world.has(&format!("p{n}.testesen"))));
    world.pass();
    assert!(world.has("p21.testesen"), "one is within the budget");
    world.quiet();
}

#[test]
fn a_changed_right_and_a_movers_loss_wait_with_their_gain() {
    let mut world = World::with(&[kari(), file("ahus", "ola.testesen", [lu(AHUS, "R-OLA", LC_AHUS)])]);
    for file in people("helse-fonna", FONNA, LC_FONNA, 25) {
        world.put(&file);
    }
    world.tree.remove("ahus", "kari.testesen");
    let mut moved = file("helse-fonna", "kari.testesen", [lu(FONNA, "R2", LC_FONNA)]);
    moved.employer = "ahus".to_owned();
    world.put(&moved);
    world.pass();
    assert_eq!(world.rights("kari.testesen"), ["100089/LU"], "the old access waits with the new one");
}

#[test]
fn what_came_with_the_baseline_and_what_is_given_back_use_no_budget() {
    let mut world = World::accepted(Tree::with(&people("ahus", AHUS, LC_AHUS, 40)), &[]);
    assert_eq!(world.pass().unsettled.sets, []);
    assert!(world.has("p39.testesen"));
    world.sql("UPDATE access SET ended = '2026-03-02' WHERE application = 'smerteregisteret'");
    assert_eq!(world.pass().unsettled.sets, [], "drift that is given back does not count");
    assert!(world.has("p0.testesen") && world.has("p39.testesen"));
}

#[test]
fn nothing_begins_whose_removal_waits() {
    let mut files = people("ahus", AHUS, LC_AHUS, 8);
    files.push(file("ahus", "senere.testesen", [lu(AHUS, "R-LATER", LC_AHUS).from("2026-03-03")]));
    let mut world = World::with(&files);
    for file in &files {
        world.tree.remove("ahus", &file.person);
    }
    assert_eq!(world.pass().unsettled.sets.len(), 1);
    world.day("2026-03-03").pass();
    assert!(world.has("p0.testesen") && !world.has("senere.testesen"));
    world.quiet();
}

#[test]
fn one_alone_takes_no_end_back() {
    let mut world =
        World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).until("2026-03-31")])]);
    world.day("2026-04-02").pass();
    assert!(!world.has("kari.testesen"));
    confirm(&mut world.register, noon("2026-03-03"), &[LEADER]);
    world.now = noon("2026-03-03");
    world.pass();
    assert!(!world.has("kari.testesen"));
}
