//! In a file in error nothing is taken for absent. What says `revoked` acts all the same.

use std::time::Duration;

use portvakt_core::decide::{Decided, Lasting, Patience, Scope};
use portvakt_core::diag::Code;
use portvakt_core::model::FilePath;

use super::{KARI, kari, people, withheld};
use crate::pass::fixture::*;

/// Each case changes a file with two entries. One is then missing, and a part is in error.
#[test]
fn in_a_file_in_error_nothing_is_taken_for_absent() {
    let both = || [lu(AHUS, "R1", LC_AHUS), lu(AHUS, "R2", LC_AHUS).rapporteket()];
    let whole = file("ahus", "kari.testesen", both()).text();
    let cut = whole.find("  - application: rapporteket").unwrap() + 40;
    let second_equal = whole.replace("rapporteket-smerte", "smerteregisteret").replace("R2", "R1");
    let beside_a_bad_date = whole.replace("R2", "R3").replacen("from: 2026-01-05", "from: 05.01.2026", 1);
    let refused = whole.replace("R2", "R3").replacen("by: lc.ahusen", "by: lc.fonnasen", 2);
    for (what, text) in [
        ("cut", whole[..cut].to_owned()),
        ("equal", second_equal),
        ("bad date", beside_a_bad_date),
        ("refused", refused),
    ] {
        let mut world = World::with(&[file("ahus", "kari.testesen", both())]);
        let before = world.account("kari.testesen").unwrap().id;
        world.tree.raw(KARI, &text);
        let decided = world.pass();
        assert!(!errors(&decided.findings).is_empty(), "{what}");
        assert_eq!(world.rights("kari.testesen").len(), 2, "{what}");
        world.quiet();
        world.tree.raw(KARI, &whole);
        world.pass();
        assert_eq!(world.account("kari.testesen").unwrap().id, before, "{what}");
        assert_eq!(world.rights("kari.testesen").len(), 2, "{what}");
        world.quiet();
    }
}

#[test]
fn what_is_withheld_beside_an_error_goes_when_two_release_it() {
    let both = || [lu(AHUS, "R1", LC_AHUS), lu(AHUS, "R2", LC_AHUS).rapporteket()];
    let mut world = World::with(&[file("ahus", "kari.testesen", both())]);
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)]));
    world.tree.edit(KARI, "role: LU", "role: XX");
    let decided = world.pass();
    assert!(withheld(&decided));
    let [set] = decided.unsettled.sets.as_slice() else { panic!("{:?}", decided.unsettled.sets) };
    assert_eq!(set.people.iter().map(String::as_str).collect::<Vec<_>>(), ["kari.testesen"]);
    world.release(set.digest);
    let decided = world.pass();
    assert!(decided.charged.removals.is_empty(), "what two have released does not count");
    assert_eq!(world.rights("kari.testesen"), ["100089/LU"], "and the entry in error stays");
    assert_eq!(world.pass().unsettled.sets, []);
}

#[test]
fn revoked_acts_whatever_else_is_wrong_with_the_entry_the_file_or_the_folder() {
    let text = file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]).text();
    let broken = [
        ("an unknown key", format!("{text}nonsense: 1\n")),
        ("a wrong role", text.replace("role: LU", "role: XX")),
        ("a wrong employer", text.replace("employer: ahus", "employer: nowhere")),
        ("a wrong person", text.replace("person: kari", "person: karri")),
        ("a bad date", text.replace("from: 2026-01-05", "from: 5.1.2026")),
    ];
    for (what, text) in broken {
        let mut world = World::with(&[kari()]);
        world.tree.raw(KARI, &text);
        world.pass();
        assert!(!world.has("kari.testesen"), "{what}");
    }
    let mut world = World::with(&[kari()]);
    world.tree.raw("desired-state/ahus/README.md", "odd");
    world.tree.raw(KARI, &text);
    world.pass();
    assert!(!world.has("kari.testesen"), "something odd in the folder");
    // A file that disagrees with another file of the person is held. Its revocations act all the same.
    let mut there = file("helse-fonna", "kari.testesen", [lu(FONNA, "R2", LC_FONNA)]);
    there.employer = "ahus".to_owned();
    let mut world = World::with(&[kari(), there]);
    world.tree.raw(KARI, &text.replace("name: Navn", "name: Annet"));
    world.pass();
    assert_eq!(world.rights("kari.testesen"), ["100084/LU"]);
}

#[test]
fn a_plain_file_in_the_place_of_a_folder_holds_the_folder() {
    let mut world = World::with(&people("ahus", AHUS, LC_AHUS, 1));
    world.tree.0.retain(|path, _| !path.as_str().starts_with("desired-state/ahus/"));
    world.tree.raw("desired-state/ahus", "x");
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::OddPath));
    assert!(world.has("p0.testesen") && world.has(LC_AHUS));
}

#[test]
fn a_file_that_blinks_is_waited_for_anew_each_time() {
    let mut world = World::with(&[kari()]);
    world.patience = Patience::Lasting(Lasting::new(Duration::from_secs(30)));
    let later = |world: &mut World, seconds| world.began.1 += Duration::from_secs(seconds);
    for _ in 0..5 {
        world.tree.remove("ahus", "kari.testesen");
        world.pass();
        later(&mut world, 20);
        world.pass();
        world.put(&kari());
        later(&mut world, 5);
        world.pass();
    }
    assert!(world.has("kari.testesen"), "gone for a hundred seconds, never thirty without a break");
    world.tree.remove("ahus", "kari.testesen");
    let mut told = 0;
    for _ in 0..40 {
        later(&mut world, 20);
        told += usize::from(withheld(&world.pass()));
        world.put(&kari());
        later(&mut world, 5);
        world.pass();
        world.tree.remove("ahus", "kari.testesen");
    }
    assert!(told > 0 && world.has("kari.testesen"), "after twenty times as long somebody is told");
    world.pass();
    later(&mut world, 30);
    world.pass();
    assert!(!world.has("kari.testesen"));
}

/// What is odd keeps a missing file for seven days, and a changed one for as long.
#[test]
fn a_changed_file_beside_something_odd_waits_for_seven_days() {
    let mut world = World::with(&[kari()]);
    world.tree.raw("desired-state/ahus/README.md", "odd");
    world.put(&file("ahus", "ny.testesen", [lu(AHUS, "R4", LC_AHUS).on("2026-03-01")]));
    let held = |decided: &Decided| {
        let found = decided.findings.iter().find(|finding| finding.code == Code::FileHeld);
        found.map(|finding| finding.way_out.en().to_owned())
    };
    let told = held(&world.pass()).unwrap();
    for day in ["2026-03-03", "2026-03-05", "2026-03-07", "2026-03-08"] {
        // Another odd thing in place of the first one begins no other seven days.
        world.tree.0.remove(&FilePath::new("desired-state/ahus/README.md"));
        world.tree.raw("desired-state/ahus/notater.txt", "odd");
        assert_eq!(held(&world.day(day).pass()).as_ref(), Some(&told), "{day}");
        assert!(!world.has("ny.testesen"), "{day}");
    }
    assert!(told.contains("the file counts from 2026-03-09 on all the same"), "{told}");
    assert_eq!(held(&world.day("2026-03-10").pass()), None);
    assert!(world.has("ny.testesen") && world.has("kari.testesen"));
}

/// An extension in a folder that is held is accepted when the folder is mended, although the access has ended.
#[test]
fn an_extension_that_waited_beside_something_odd_is_accepted_after_the_last_day() {
    let kari = |entry: Entry| file("ahus", "kari.testesen", [entry]);
    let access = || lu(AHUS, "R1", LC_AHUS).until("2026-03-03");
    let mut world = World::with(&[kari(access())]);
    world.tree.raw("desired-state/ahus/README.md", "odd");
    world.put(&kari(access().until("2026-09-30").on(START)));
    assert!(codes(&world.pass()).contains(&Code::FileHeld));
    world.day("2026-03-04").pass();
    assert!(!world.has("kari.testesen"), "its end acts");
    // Nobody makes an extension one that was seen in time by writing into the memory.
    let seen = "SELECT value FROM mark WHERE key = 'extensions.seen'";
    let seen: String = world.register.connection().query_row(seen, [], |row| row.get(0)).unwrap();
    assert!(seen.contains(START), "{seen}");
    let write = |world: &World, value: &str| {
        world.sql(&format!("UPDATE mark SET value = '{value}' WHERE key = 'extensions.seen'"));
    };
    write(&world, &seen.replace(START, "2026-03-03"));
    assert!(codes(&world.prepare(&Scope::Whole).unwrap()).contains(&Code::MemoryDiffers));
    write(&world, &seen);
    world.tree.0.remove(&FilePath::new("desired-state/ahus/README.md"));
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    world.pass();
    assert!(world.has("kari.testesen"));
    world.ledger_holds();
}
