//! Files that were moved too deep or beside the state, archives in their place, and odd things beside a file that is gone.

use portvakt_core::diag::Code;
use portvakt_core::model::FilePath;

use super::{KARI, kari, withheld};
use crate::pass::fixture::*;

/// Every kind of place that is too deep, or in another folder of the tree.
const TOO_DEEP: [&str; 8] = [
    "desired-state/helse-fonna/ahus/kari.testesen.yaml",
    "desired-state/ahus/gamle/kari.testesen.yaml",
    "desired-state/gamle/2026/ahus/kari.testesen.yaml",
    "reviews/ahus/kari.testesen.yaml",
    "reviews/ahus/gamle/kari.testesen.yaml",
    "requests/kari.testesen.yaml",
    "policies/kari.testesen.yaml",
    "policies/tests/kari.testesen.yaml",
];

/// The folders of lists, as files, and the settings: a person's file there takes the place of something else.
const IN_A_PLACE: [&str; 9] = [
    "reviews",
    "requests",
    "requests/ahus.yaml.sig",
    "desired-state/register.yaml",
    "desired-state/allowed_signers",
    "desired-state/revoked_keys",
    "desired-state/settings.sig",
    "desired-state/.gitattributes",
    ".gitattributes",
];

fn moved_to(place: &str) -> World {
    let mut world = World::with(&[kari()]);
    let bytes = world.tree.0.remove(&FilePath::new(KARI)).unwrap();
    world.tree.0.insert(FilePath::new(place), bytes);
    world
}

#[test]
fn a_file_that_was_moved_too_deep_or_beside_the_state_is_not_gone() {
    for place in TOO_DEEP {
        let mut world = moved_to(place);
        let decided = world.pass();
        let found = only(&decided, Code::LossWithheld);
        assert!(world.has("kari.testesen") && found.message.en().contains(place), "{place}: {found:?}");
        // It goes when that file goes.
        world.tree.0.remove(&FilePath::new(place));
        world.pass();
        assert!(!world.has("kari.testesen"), "{place}");
    }
    let mut world = moved_to(TOO_DEEP[0]);
    let decided = world.pass();
    world.release(decided.unsettled.sets[0].digest);
    world.pass();
    assert!(!world.has("kari.testesen"), "two have released it");
    let mut world = moved_to(TOO_DEEP[0]);
    world.pass();
    for day in ["2026-03-03", "2026-03-05", "2026-03-07", "2026-03-08"] {
        assert!(withheld(&world.day(day).pass()), "{day}");
    }
    world.day("2026-03-10").pass();
    assert!(!world.has("kari.testesen"), "seven days are over");
}

#[test]
fn a_file_that_was_moved_onto_the_settings_or_a_folder_of_lists_is_not_gone_and_revoked_acts_in_it() {
    let taken_back = file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]).text();
    for place in IN_A_PLACE {
        let mut world = moved_to(place);
        let decided = world.pass();
        let found = only(&decided, Code::LossWithheld);
        let named = format!("`{place}`");
        assert!(world.has("kari.testesen") && found.message.en().contains(&named), "{place}: {found:?}");
        world.tree.raw(place, &taken_back);
        world.pass();
        assert!(!world.has("kari.testesen"), "{place}");
    }
}

#[test]
fn a_folder_in_the_place_of_a_settings_file_may_hold_the_missing_file() {
    for name in ["allowed_signers", "revoked_keys", "settings.sig"] {
        let world = &mut moved_to(&format!("desired-state/{name}/kari.testesen.yaml"));
        assert!(withheld(&world.pass()) && world.has("kari.testesen"), "{name}");
    }
}

#[test]
fn revoked_acts_in_a_file_that_was_moved_too_deep_or_beside_the_state() {
    let text = file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]).text();
    for place in TOO_DEEP {
        let mut world = World::with(&[kari()]);
        world.tree.remove("ahus", "kari.testesen");
        world.tree.raw(place, &text);
        world.pass();
        assert!(!world.has("kari.testesen"), "{place}");
    }
}

#[test]
fn an_archive_may_hold_the_missing_file_and_one_that_lay_there_before_shields_nobody() {
    let archive = || b"\x1f\x8b\x08\x00\xff\xfe".to_vec();
    for place in ["desired-state/ahus.tar.gz", "desired-state/helse-fonna/ahus.zip"] {
        let mut world = World::with(&[kari()]);
        world.tree.remove("ahus", "kari.testesen");
        world.tree.0.insert(FilePath::new(place), archive());
        assert!(withheld(&world.pass()) && world.has("kari.testesen"), "{place}");
        let mut world = World::with(&[kari()]);
        world.tree.0.insert(FilePath::new(place), archive());
        world.pass();
        world.now += jiff::SignedDuration::from_secs(600);
        world.tree.remove("ahus", "kari.testesen");
        world.pass();
        assert!(!world.has("kari.testesen"), "{place} lay there before");
    }
}

#[test]
fn what_lay_in_the_folder_before_keeps_a_missing_file_for_seven_days_and_says_so() {
    let littered = || {
        let mut world = World::with(&[kari()]);
        world.tree.raw("desired-state/ahus/notes.txt", "hi\n");
        world.pass();
        world.now += jiff::SignedDuration::from_secs(600);
        world.tree.remove("ahus", "kari.testesen");
        let decided = world.pass();
        let found = only(&decided, Code::LossWithheld);
        assert!(found.message.en().contains("`desired-state/ahus/notes.txt` is in its folder"), "{found:?}");
        assert!(world.has("kari.testesen"));
        (world, decided.unsettled.sets[0].digest)
    };
    let (mut world, digest) = littered();
    world.release(digest);
    world.pass();
    assert!(!world.has("kari.testesen"), "two have released it");
    let (mut world, _) = littered();
    for day in ["2026-03-03", "2026-03-05", "2026-03-07", "2026-03-08"] {
        assert!(withheld(&world.day(day).pass()), "{day}");
    }
    // Another odd thing in its place does not begin the days anew.
    world.tree.0.remove(&FilePath::new("desired-state/ahus/notes.txt"));
    world.tree.raw("desired-state/ahus/more.txt", "hi\n");
    assert!(withheld(&world.pass()));
    world.day("2026-03-10").pass();
    assert!(!world.has("kari.testesen"), "seven days are over");
    // Without it the file is gone at once.
    let (mut world, _) = littered();
    world.tree.0.remove(&FilePath::new("desired-state/ahus/notes.txt"));
    world.pass();
    assert!(!world.has("kari.testesen"));
}

#[test]
fn revoked_acts_in_a_moved_file_whatever_is_wrong_with_its_new_folder_or_with_itself() {
    let text = file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]).text();
    let moved = |text: &str| {
        let mut world = World::with(&[kari()]);
        world.tree.remove("ahus", "kari.testesen");
        world.tree.raw("desired-state/helse-fonna/kari.testesen.yaml", text);
        world
    };
    let mut world = moved(&text);
    world.tree.raw("desired-state/helse-fonna/README.md", "odd");
    world.pass();
    assert!(!world.has("kari.testesen"), "something odd in the folder");
    let mut world = moved(&format!("{text}nonsense: 1\n"));
    world.pass();
    assert!(!world.has("kari.testesen"), "an unknown key in the file");
}
