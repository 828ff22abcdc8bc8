//! The register's day lags behind, although the clock is right by now. An approval of today waits for the day, or is judged
//! again when somebody has confirmed the date.

use portvakt_core::diag::{Code, Severity};

use crate::pass::fixture::*;

fn newcomer(approved: &str) -> File {
    file("ahus", "ny.testesen", [lu(AHUS, "R1", LC_AHUS).on(approved)])
}

#[test]
fn an_approval_of_a_day_that_has_begun_in_one_time_zone_waits_for_the_other_midnight() {
    let mut world = World::with(&[]);
    world.tree.edit("desired-state/register.yaml", "Europe/Oslo", "Europe/Helsinki");
    let held = world.pass();
    let digest = held.findings.iter().find(|finding| finding.code == Code::ProtectedChange).unwrap();
    world.release(digest.message.en().rsplit(' ').next().unwrap().parse().unwrap());
    // The new zone is in force from the next pass on.
    world.pass();
    world.put(&newcomer("2026-03-03"));
    world.now = "2026-03-02T22:30:00Z".parse().unwrap();
    let decided = world.pass();
    assert!(decided.unsettled.refused.is_empty() && !world.has("ny.testesen"));
    assert_eq!(only(&decided, Code::ApprovalInFuture).severity, Severity::Advice, "it is the second in Oslo");
    world.now = "2026-03-03T09:00:00Z".parse().unwrap();
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    assert!(world.has("ny.testesen"));
    // A day that has begun in neither is refused, and waiting gains nothing.
    let mut world = World::with(&[newcomer("2026-02-27")]);
    world.put(&file("ahus", "seinere.testesen", [lu(AHUS, "R2", LC_AHUS).on("2026-03-03")]));
    only(&world.pass(), Code::ApprovalInFuture);
    world.now = noon("2026-03-03");
    only(&world.pass(), Code::ApprovalInFuture);
    assert!(!world.has("seinere.testesen"));
}

#[test]
fn a_new_time_zone_that_a_baseline_brings_ends_nothing_before_both_midnights() {
    let until = lu(AHUS, "R1", LC_AHUS).until("2026-03-02");
    let mut world = World::with(&[file("ahus", "kari.testesen", [until])]);
    world.tree.edit("desired-state/register.yaml", "Europe/Oslo", "Pacific/Kiritimati");
    // It is one o'clock in the night of the third there, and noon of the second in Oslo.
    world.baseline("2026-03-03");
    world.pass();
    assert!(world.has("kari.testesen"), "the second has not ended in Oslo");
    world.now = "2026-03-02T23:05:00Z".parse().unwrap();
    world.pass();
    assert!(!world.has("kari.testesen"));
    world.ledger_holds();
}

#[test]
fn an_approval_that_was_refused_by_a_clock_behind_is_judged_again_when_the_date_is_confirmed() {
    let mut world = World::with(&[]);
    world.put(&newcomer("2026-04-20"));
    only(&world.pass(), Code::ApprovalInFuture);
    // This one is refused by a clock that is right, and the day comes by itself.
    world.put(&file("ahus", "seinere.testesen", [lu(AHUS, "R2", LC_AHUS).on("2026-03-03")]));
    assert_eq!(world.pass().unsettled.refused.len(), 2);
    world.now = noon("2026-03-04");
    assert_eq!(world.pass().unsettled.refused.len(), 2);
    world.day("2026-04-20");
    assert_eq!(world.pass().unsettled.refused.len(), 1);
    assert!(world.has("ny.testesen") && !world.has("seinere.testesen"));
    world.restart();
    assert_eq!(world.pass().unsettled.refused.len(), 1);
}
