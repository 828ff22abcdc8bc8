//! Nobody loses or gains access by a slip, a wrong clock or a half-written file. Each of these cases failed once.

use std::time::Duration;

use portvakt_core::decide::{Decided, Lasting, Patience};
use portvakt_core::diag::{Code, Severity};
use portvakt_core::model::FilePath;

use super::fixture::*;

const KARI: &str = "desired-state/ahus/kari.testesen.yaml";

fn kari() -> File {
    file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)])
}

/// Makes this number of people at a trust.
fn people(trust: &str, unit: u32, by: &str, count: usize) -> Vec<File> {
    let one = |n| file(trust, &format!("p{n}.testesen"), [lu(unit, &format!("R-{trust}-{n}"), by)]);
    (0..count).map(one).collect()
}

fn rights(world: &World) -> usize {
    world.accounts().iter().filter(|account| account.active).map(|account| account.rights.len()).sum()
}

fn withheld(decided: &Decided) -> bool {
    codes(decided).contains(&Code::LossWithheld)
}

#[test]
fn a_clock_behind_takes_nothing_and_gives_nothing_by_date() {
    for wrong in ["1970-01-02T00:00:00Z", "2025-03-02T11:00:00Z", "2026-03-01T22:30:00Z"] {
        let mut world = World::with(&people("ahus", AHUS, LC_AHUS, 5));
        world.put(&file("ahus", "ny.testesen", [lu(AHUS, "R-NEW", LC_AHUS).on("2026-03-02")]));
        let (before, ledger) = (rights(&world), world.content()["ledger"].len());
        let right = world.now;
        world.now = wrong.parse().unwrap();
        let decided = world.pass();
        assert!(decided.plan.steps.is_empty(), "{wrong}: {:?}", decided.plan.steps);
        assert!(
            decided.unsettled.refused.is_empty() && decided.outcome.grants.is_empty(),
            "{wrong}: what hangs on the clock waits"
        );
        assert_eq!((rights(&world), world.content()["ledger"].len()), (before, ledger), "{wrong}");
        let suspect = decided.findings.iter().find(|finding| finding.code == Code::ClockSuspect).unwrap();
        assert_eq!(suspect.severity, Severity::Held, "somebody waits for it");
        world.now = right;
        let decided = world.pass();
        assert!(!codes(&decided).contains(&Code::ClockSuspect));
        assert!(world.has("ny.testesen"), "{wrong}: what waited is judged when the clock is right");
    }
}

#[test]
fn nothing_begins_on_a_clock_ahead_and_a_wrong_clock_cannot_walk() {
    let later = lu(AHUS, "R-LATER", LC_AHUS).from("2026-06-01");
    let mut world = World::with(&[file("ahus", "ny.testesen", [later])]);
    for wrong in ["2026-07-01", "2026-07-02", "2026-07-03"] {
        world.now = noon(wrong);
        let decided = world.pass();
        assert!(codes(&decided).contains(&Code::ClockSuspect), "{wrong}");
        assert!(!world.has("ny.testesen"), "{wrong}");
    }
    world.day("2026-07-03").pass();
    assert!(world.has("ny.testesen"), "the date is confirmed");
}

#[test]
fn an_approval_of_today_waits_while_the_clock_is_an_hour_back_over_midnight() {
    let mut world = World::with(&[]);
    world.now = "2026-03-02T23:30:00Z".parse().unwrap();
    world.pass();
    world.put(&file("ahus", "ny.testesen", [lu(AHUS, "R1", LC_AHUS).on("2026-03-03")]));
    world.now = "2026-03-02T22:30:00Z".parse().unwrap();
    assert!(world.pass().unsettled.refused.is_empty());
    world.now = "2026-03-02T23:40:00Z".parse().unwrap();
    assert!(world.pass().unsettled.refused.is_empty());
    assert!(world.has("ny.testesen"));
}

#[test]
fn a_week_without_a_pass_waits_for_one_word_and_ends_act() {
    let ending = file("ahus", "slutter.testesen", [lu(AHUS, "R-END", LC_AHUS).until("2026-03-05")]);
    let mut world = World::with(&[ending]);
    world.put(&file("ahus", "ny.testesen", [lu(AHUS, "R1", LC_AHUS).on("2026-03-08")]));
    world.now = noon("2026-03-09");
    let decided = world.pass();
    assert!(!world.has("slutter.testesen"), "an end acts within the budget");
    assert!(!world.has("ny.testesen") && decided.unsettled.refused.is_empty(), "a new approval waits");
    world.day("2026-03-09").pass();
    assert!(world.has("ny.testesen"));
}

#[test]
fn a_new_time_zone_ends_nothing_before_both_midnights() {
    let mut world =
        World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).until("2026-03-02")])]);
    world.tree.edit("desired-state/register.yaml", "Europe/Oslo", "Pacific/Auckland");
    let held = world.pass();
    let digest = held.findings.iter().find(|f| f.code == Code::ProtectedChange).unwrap();
    let digest = digest.message.en().rsplit(' ').next().unwrap().parse().unwrap();
    world.release(digest);
    world.pass();
    world.pass();
    assert!(world.has("kari.testesen"), "in Auckland it is the third, in Oslo the second");
    world.now = "2026-03-02T23:05:00Z".parse().unwrap();
    world.pass();
    assert!(!world.has("kari.testesen"));
}

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
        // A file of another ending holds its whole folder, as it always did.
        assert!(withheld(&decided) || place.starts_with("desired-state/ahus/kari.testesen.y"), "{place}");
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
fn move_wrongly(world: &mut World) {
    let bytes = world.tree.0.remove(&FilePath::new(KARI)).unwrap();
    world.tree.0.insert(FilePath::new("desired-state/ahus/Kari.Testesen.yaml"), bytes);
}

#[test]
fn a_time_for_which_nobody_trusted_the_clock_is_none_of_the_seven_days() {
    // Moved while the clock is not believed, or before an outage: nobody has seen the days pass.
    for moved_first in [false, true] {
        let mut world = World::with(&[kari()]);
        if moved_first {
            move_wrongly(&mut world);
            assert!(withheld(&world.pass()));
        }
        world.now = noon("2026-03-20");
        if !moved_first {
            move_wrongly(&mut world);
        }
        let decided = world.pass();
        assert!(codes(&decided).contains(&Code::ClockSuspect) && withheld(&decided));
        for day in ["2026-03-20", "2026-03-22", "2026-03-24", "2026-03-26"] {
            world.day(day);
            assert!(withheld(&world.pass()) && world.has("kari.testesen"), "{day}, {moved_first}");
        }
        world.day("2026-03-28").pass();
        assert!(!world.has("kari.testesen"), "seven days in red are enough");
        world.quiet();
    }
    // Moved while a day far ahead was trusted.
    let mut world = World::with(&[kari()]);
    world.day("2030-03-02");
    move_wrongly(&mut world);
    assert!(withheld(&world.pass()));
    world.now = noon("2026-03-04");
    confirm(&mut world.register, world.now, &[LEADER, COORDINATOR]);
    assert!(withheld(&world.pass()));
    for day in ["2026-03-06", "2026-03-08", "2026-03-10"] {
        assert!(withheld(&world.day(day).pass()), "{day}");
    }
    world.day("2026-03-12").pass();
    assert!(!world.has("kari.testesen"), "nobody is shielded for years by a clock that was wrong");
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

/// A world with three national administrators, two of whom have a file.
fn administrators() -> World {
    World::with(&[
        file("helse-bergen", LEADER, [lu(BERGEN, "R-L", COORDINATOR)]),
        file("helse-bergen", COORDINATOR, [lu(BERGEN, "R-C", LEADER)]),
    ])
}

#[test]
fn the_last_two_national_administrators_do_not_go_by_a_missing_file() {
    let mut world = administrators();
    world.tree.remove("helse-bergen", LEADER);
    world.tree.remove("helse-bergen", COORDINATOR);
    for _ in 0..2 {
        let decided = world.pass();
        assert!(codes(&decided).contains(&Code::LastAdministrators));
        assert!(world.has(LEADER) && world.has(COORDINATOR));
        assert_eq!(decided.unsettled.sets, [], "nothing to release: a successor is appointed first");
    }
    world.put(&file("helse-bergen", COORDINATOR, [lu(BERGEN, "R-C", LEADER)]));
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::LastAdministrators), "two are left");
    assert!(!world.has(LEADER) && world.has(COORDINATOR));
}

#[test]
fn an_earlier_end_of_the_last_administrators_is_a_missing_file_by_another_name() {
    let mut world = administrators();
    for (who, request, by) in [(LEADER, "R-L", COORDINATOR), (COORDINATOR, "R-C", LEADER)] {
        world.put(&file("helse-bergen", who, [lu(BERGEN, request, by).until("2026-03-01")]));
    }
    assert!(codes(&world.pass()).contains(&Code::LastAdministrators));
    assert!(world.has(LEADER) && world.has(COORDINATOR));
}

#[test]
fn revoked_takes_the_access_of_the_last_administrators_and_not_their_authority() {
    let mut world = administrators();
    for (who, request, by) in [(LEADER, "R-L", COORDINATOR), (COORDINATOR, "R-C", LEADER)] {
        world.put(&file("helse-bergen", who, [lu(BERGEN, request, by).revoked(MANAGER)]));
    }
    world.pass();
    assert!(!world.has(LEADER) && !world.has(COORDINATOR));
    let kept = portvakt_engine::memory::authority_kept(world.register.connection()).unwrap();
    assert_eq!(kept, [person(LEADER), person(COORDINATOR)].into());
    // They can still approve: somebody has to.
    world.put(&file("ahus", "ny.testesen", [lu(AHUS, "R-NEW", LEADER).on("2026-03-02")]));
    world.pass();
    assert!(world.has("ny.testesen"));
    world.quiet();
}

#[test]
fn appointments_that_run_out_are_told_sixty_days_ahead_and_suspending_too_many_takes_two() {
    let mut tree = Tree::new();
    for who in ["Leder Eksempelvik, office: register-leader", "System Eksempelvik, office: system-manager"] {
        let with = format!("name: {who}, from: 2015-01-01");
        tree.edit("desired-state/register.yaml", &with, &format!("{with}, until: 2026-04-30"));
    }
    let mut world = World::accepted(tree, &[]);
    let told = |world: &mut World| codes(&world.pass()).contains(&Code::LastAdministrators);
    assert!(told(&mut world), "fifty-nine days ahead");
    let mut world = World::with(&[]);
    assert!(!told(&mut world));
    for who in ["register-leader", "system-manager"] {
        let with = format!("office: {who}, from: 2015-01-01");
        world.tree.edit("desired-state/register.yaml", &with, &format!("{with}, suspended: true"));
        let decided = world.pass();
        let held = decided.findings.iter().find(|finding| finding.code == Code::ProtectedChange).unwrap();
        let one = who == "register-leader";
        assert_eq!(held.way_out.en().starts_with("One national administrator"), one, "{}", held.way_out.en());
    }
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
fn settings_that_leave_fewer_than_two_administrators_are_refused_before_a_release() {
    let mut world = World::with(&[]);
    let gone = |who: &str, name: &str, office: &str| {
        format!("  - {{person: {who}, name: {name}, office: {office}, from: 2015-01-01}}\n")
    };
    let register = "desired-state/register.yaml";
    world.tree.edit(register, &gone(LEADER, "Leder Eksempelvik", "register-leader"), "");
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::ProtectedChange), "two are left: it waits");
    world.tree.edit(register, &gone(MANAGER, "System Eksempelvik", "system-manager"), "");
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::LastAdministrators));
    assert!(!codes(&decided).contains(&Code::ProtectedChange), "nobody is asked to release it");
}

/// The first baseline is made by a clock that is a year ahead. By that clock one access is over already, and another
/// ends later that day.
#[test]
fn a_first_baseline_on_a_wrong_clock_has_a_way_back() {
    let people = [
        file("ahus", "over.testesen", [lu(AHUS, "R1", LC_AHUS).until("2026-12-31")]),
        file("ahus", "ender.testesen", [lu(AHUS, "R2", LC_AHUS).until("2027-03-03")]),
        file("ahus", "borte.testesen", [lu(AHUS, "R3", LC_AHUS).until("2027-03-03")]),
        file("ahus", "lengst.testesen", [lu(AHUS, "R4", LC_AHUS).until("2026-02-28")]),
        file("ahus", "egen.testesen", [lu(AHUS, "R5", LC_AHUS)]),
    ];
    let mut world = World::accepted(Tree::with(&people), &[]);
    world.now = noon("2027-03-02");
    world.baseline("2027-03-02");
    world.pass();
    world.now = noon("2027-03-04");
    world.pass();
    assert!(!world.has("over.testesen") && !world.has("ender.testesen") && world.has("egen.testesen"));
    // One access was revoked in the meantime, and another one's file is gone.
    let mut revoked = people[2].clone();
    revoked.access[0] = revoked.access[0].clone().revoked(LC_AHUS);
    world.put(&revoked);
    world.now = noon("2026-03-03");
    confirm(&mut world.register, noon("2026-03-03"), &[LEADER, COORDINATOR]);
    for _ in 0..3 {
        world.pass();
    }
    assert!(world.has("over.testesen") && world.has("ender.testesen") && world.has("egen.testesen"));
    assert!(!world.has("borte.testesen"), "revoked");
    assert!(!world.has("lengst.testesen"), "over by the right day too");
    world.quiet();
    world.ledger_holds();
    // They end when their own day comes.
    world.day("2027-01-01").pass();
    assert!(!world.has("over.testesen") && world.has("ender.testesen"));
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
