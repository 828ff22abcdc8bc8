//! Files that were moved, also to a wrong place or under a wrong name, are not gone.

use portvakt_core::diag::Code;
use portvakt_core::model::FilePath;

use super::{KARI, kari, people, withheld};
use crate::pass::fixture::*;

/// Every way in which a file can be moved to a place where it is not valid.
const WRONG_PLACES: [&str; 11] = [
    "desired-state/ahus/Kari.Testesen.yaml",
    "desired-state/ahus/kari.testesen2.yaml",
    "desired-state/ahus/kopi av kari.yaml",
    "desired-state/helse-fonna/kari.testesen.yaml",
    "desired-state/ukjent/kari.testesen.yaml",
    "desired-state/Ahus/kari.testesen.yaml",
    "desired-state/kari.testesen.yaml",
    "desired-state/ahus/kari.testesen.yml",
    "desired-state/ahus/kari.testesen.yaml.txt",
    "desired-state/helse-fonna/kari.testesen\u{200b}.yaml",
    "desired-state/ahus\u{200b}/kari.testesen.yaml",
];

#[test]
fn a_file_in_a_wrong_place_or_under_a_wrong_name_is_moved_and_not_gone() {
    for place in WRONG_PLACES {
        let mut world = World::with(&[kari()]);
        let before = world.account("kari.testesen").unwrap().id;
        let bytes = world.tree.0.remove(&FilePath::new(KARI)).unwrap();
        world.tree.0.insert(FilePath::new(place), bytes.clone());
        let decided = world.pass();
        assert!(world.has("kari.testesen"), "{place}");
        assert!(withheld(&decided), "{place}");
        world.quiet();
        world.tree.0.remove(&FilePath::new(place));
        world.tree.0.insert(FilePath::new(KARI), bytes);
        world.pass();
        assert_eq!(world.account("kari.testesen").unwrap().id, before, "{place}");
        world.quiet();
    }
}

#[test]
fn a_move_between_trusts_with_a_mistake_in_the_new_file_keeps_the_old_access() {
    let mut wrong_date = file("helse-fonna", "kari.testesen", [lu(FONNA, "R2", LC_FONNA)]).text();
    wrong_date = wrong_date.replace("from: 2026-01-05", "from: 05.01.2026");
    let refused = file("helse-fonna", "kari.testesen", [lu(FONNA, "R2", LC_AHUS)]).text();
    for text in [wrong_date, refused] {
        let mut world = World::with(&[kari()]);
        world.tree.remove("ahus", "kari.testesen");
        world.tree.raw("desired-state/helse-fonna/kari.testesen.yaml", &text);
        assert!(withheld(&world.pass()));
        assert_eq!(world.rights("kari.testesen"), ["100089/LU"]);
        let mut right = file("helse-fonna", "kari.testesen", [lu(FONNA, "R2", LC_FONNA)]);
        right.employer = "ahus".to_owned();
        world.put(&right);
        world.pass();
        assert_eq!(
            world.rights("kari.testesen"),
            ["100084/LU"],
            "the old entries go when the new ones are accepted"
        );
    }
}

#[test]
fn nobody_is_shielded_by_junk_that_lay_there_before_or_for_ever() {
    // The other file was there before this one went.
    let mut world = World::with(&[kari()]);
    world.tree.raw("desired-state/helse-fonna/kari.testesen.yaml", "person: kari.testesen\n");
    world.pass();
    world.now += jiff::SignedDuration::from_secs(600);
    world.tree.remove("ahus", "kari.testesen");
    world.pass();
    assert!(!world.has("kari.testesen"));
    // It comes later than the file went.
    let mut world = World::with(&people("ahus", AHUS, LC_AHUS, 8));
    for n in 0..8 {
        world.tree.remove("ahus", &format!("p{n}.testesen"));
    }
    world.pass();
    world.now += jiff::SignedDuration::from_secs(600);
    world.tree.raw("desired-state/ahus/p0.testesen2.yaml", "person: p0.testesen\n");
    assert!(!withheld(&world.pass()));
    // Seven days in red are enough.
    let mut world = World::with(&[kari()]);
    let bytes = world.tree.0.remove(&FilePath::new(KARI)).unwrap();
    world.tree.0.insert(FilePath::new("desired-state/ahus/Kari.Testesen.yaml"), bytes);
    for day in ["2026-03-03", "2026-03-05", "2026-03-07", "2026-03-08"] {
        world.day(day);
        assert!(withheld(&world.pass()), "{day}");
    }
    world.day("2026-03-10").pass();
    assert!(!world.has("kari.testesen"));
    world.quiet();
}

#[test]
fn an_entry_in_error_elsewhere_protects_the_missing_one_for_seven_days() {
    let second = || lu(AHUS, "R2", LC_AHUS).rapporteket();
    let mut world = World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS), second()])]);
    world.put(&kari());
    let mut wrong = file("helse-fonna", "kari.testesen", [second()]);
    "ahus".clone_into(&mut wrong.employer);
    world.put(&wrong);
    assert!(withheld(&world.pass()));
    for day in ["2026-03-04", "2026-03-06", "2026-03-08"] {
        assert!(withheld(&world.day(day).pass()), "{day}");
        assert_eq!(world.rights("kari.testesen").len(), 2, "{day}");
    }
    world.day("2026-03-10").pass();
    assert_eq!(world.rights("kari.testesen"), ["100089/LU"]);
    world.quiet();
}

/// What is missing from a file in error is kept by that error too, which ends with a correction or a release alone.
#[test]
fn an_entry_in_error_elsewhere_takes_no_protection_from_a_file_that_is_in_error_itself() {
    let second = || lu(AHUS, "R2", LC_AHUS).rapporteket();
    let mut world = World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS), second()])]);
    let own = kari().text().replacen("from: 2026-01-05", "from: 05.01.2026", 1);
    world.tree.raw(KARI, &own);
    let mut wrong = file("helse-fonna", "kari.testesen", [second()]);
    "ahus".clone_into(&mut wrong.employer);
    world.put(&wrong);
    for day in ["2026-03-04", "2026-03-06", "2026-03-08", "2026-03-10", "2026-03-12", "2026-03-14"] {
        assert!(withheld(&world.day(day).pass()), "{day}");
        assert_eq!(world.rights("kari.testesen").len(), 2, "{day}");
    }
}

#[test]
fn an_older_copy_of_the_tree_neither_replaces_nor_shortens_anything() {
    let kari = |entry: Entry| file("ahus", "kari.testesen", [entry]);
    let before = || lu(AHUS, "R1", LC_AHUS).until("2026-06-30").on("2026-02-26");
    // The access has been made longer since. The older copy has an earlier end, and nothing shows that a person meant
    // it.
    let mut world = World::with(&[kari(before())]);
    let older = world.tree.clone();
    world.put(&kari(before().until("2026-09-30").on("2026-03-02")));
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    let newer = std::mem::replace(&mut world.tree, older);
    for _ in 0..2 {
        assert!(withheld(&world.pass_after_taking_over()));
    }
    world.tree = newer;
    world.day("2026-03-04").pass();
    for day in ["2026-03-06", "2026-03-08"] {
        world.day(day).pass();
    }
    assert!(world.has("kari.testesen"));
    assert!(errors(&world.pass().findings).is_empty(), "and nothing of it is left");
    // The role has changed since. The older file has an approval of an earlier day, with or without a take-over.
    for taken_over in [true, false] {
        let mut world = World::with(&[kari(before())]);
        let older = world.tree.clone();
        let other = Entry { role: "LC".to_owned(), by: COORDINATOR.to_owned(), ..before().on("2026-03-02") };
        world.put(&kari(other));
        world.pass();
        assert_eq!(world.rights("kari.testesen"), ["100089/LC"]);
        world.tree = older;
        for _ in 0..2 {
            let decided = if taken_over { world.pass_after_taking_over() } else { world.pass() };
            assert!(codes(&decided).contains(&Code::ApprovalNotRenewed), "{:?}", codes(&decided));
            assert_eq!(world.rights("kari.testesen"), ["100089/LC"]);
        }
    }
}

#[test]
fn a_file_that_is_gone_while_a_folder_cannot_be_read_may_have_been_moved_there() {
    let eight = people("helse-fonna", FONNA, LC_FONNA, 8);
    let mut world = World::with(&[eight, vec![kari()]].concat());
    // The folder of another trust is suddenly a plain file.
    world.tree.remove("helse-fonna", "p0.testesen");
    let bytes = world.tree.0.remove(&FilePath::new(KARI)).unwrap();
    world.tree.raw("desired-state/ahus", "x\n");
    for _ in 0..2 {
        assert!(withheld(&world.pass()));
        assert!(world.has("p0.testesen") && world.has("kari.testesen"));
    }
    // The folder is there again, without the file: from here on it is gone.
    world.tree.0.remove(&FilePath::new("desired-state/ahus"));
    world.tree.0.insert(FilePath::new(KARI), bytes);
    world.pass();
    assert!(!world.has("p0.testesen") && world.has("kari.testesen"));
    // A plain file beside the folders of the trusts hides nobody. A file that was there before hides nobody either.
    world.tree.remove("helse-fonna", "p1.testesen");
    world.tree.raw("desired-state/notater", "x\n");
    world.pass();
    assert!(!world.has("p1.testesen"));
}

/// Moves Kari's file to a name that is not in order.
pub(super) fn move_wrongly(world: &mut World) {
    let bytes = world.tree.0.remove(&FilePath::new(KARI)).unwrap();
    world.tree.0.insert(FilePath::new("desired-state/ahus/Kari.Testesen.yaml"), bytes);
}

#[test]
fn a_file_that_is_moved_wrongly_once_more_is_still_kept_and_junk_after_it_keeps_nobody() {
    let mut world = World::with(&[kari()]);
    let bytes = world.tree.0.remove(&FilePath::new(KARI)).unwrap();
    let [first, second] = ["desired-state/ahus/Kari.Testesen.yaml", "desired-state/ahus/kari.testesen2.yaml"]
        .map(FilePath::new);
    world.tree.0.insert(first.clone(), bytes.clone());
    assert!(withheld(&world.pass()));
    world.now += jiff::SignedDuration::from_hours(1);
    world.tree.0.remove(&first);
    world.tree.0.insert(second.clone(), bytes.clone());
    assert!(withheld(&world.pass()), "renamed wrongly once more");
    assert!(world.has("kari.testesen"));
    world.tree.0.remove(&second);
    world.pass();
    assert!(!world.has("kari.testesen"), "both have gone");
    world.now += jiff::SignedDuration::from_hours(1);
    world.tree.0.insert(first, bytes);
    assert!(!withheld(&world.pass()));
}

#[test]
fn revoked_acts_in_a_file_that_stands_in_a_wrong_place() {
    let text = file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]).text();
    for place in WRONG_PLACES {
        let mut world = World::with(&[kari()]);
        world.tree.0.remove(&FilePath::new(KARI));
        world.tree.raw(place, &text);
        world.pass();
        assert!(!world.has("kari.testesen"), "{place}");
    }
    // A person with more than one access there is signed away in a file of another trust.
    let mut two = kari();
    two.access.push(lu(AHUS, "R3", LC_AHUS));
    let mut world = World::with(&[two]);
    world.tree.0.remove(&FilePath::new(KARI));
    world.tree.raw("desired-state/helse-fonna/kari.testesen.yaml", &text);
    let decided = world.pass();
    assert!(withheld(&decided), "R3 stays");
    assert!(world.has("kari.testesen"));
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)]));
    world.tree.remove("helse-fonna", "kari.testesen");
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::Forbidden), "R1 was taken back and its request has served");
}

#[test]
fn a_moved_file_lets_go_when_it_goes_when_it_says_revoked_or_when_two_release_it() {
    let moved = || {
        let mut world = World::with(&[kari()]);
        let bytes = world.tree.0.remove(&FilePath::new(KARI)).unwrap();
        let place = FilePath::new("desired-state/ahus/Kari.Testesen.yaml");
        world.tree.0.insert(place.clone(), bytes);
        let decided = world.pass();
        (world, place, decided.unsettled.sets[0].digest)
    };
    let (mut world, place, _) = moved();
    world.tree.0.remove(&place);
    world.pass();
    assert!(!world.has("kari.testesen"));
    let (mut world, place, _) = moved();
    let text = file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]).text();
    world.tree.raw(place.as_str(), &text);
    world.pass();
    assert!(!world.has("kari.testesen"));
    let (mut world, _, digest) = moved();
    world.release(digest);
    world.pass();
    assert!(!world.has("kari.testesen"));
}

#[test]
fn a_moved_file_that_is_refused_keeps_the_access_in_every_pass() {
    let mut world = World::with(&[kari()]);
    world.tree.remove("ahus", "kari.testesen");
    world.put(&file("helse-fonna", "kari.testesen", [lu(FONNA, "R2", LC_AHUS)]));
    for _ in 0..4 {
        assert!(withheld(&world.pass()));
        assert_eq!(world.rights("kari.testesen"), ["100089/LU"]);
        world.now += jiff::SignedDuration::from_hours(1);
    }
    world.quiet();
    world.tree.remove("helse-fonna", "kari.testesen");
    world.pass();
    assert!(!world.has("kari.testesen"));
}
