//! Entries follow their unit to another trust.

use portvakt_core::decide::{ChangeToCheck, Nothing, Scope, check_against};
use portvakt_core::diag::{Code, Finding, Lang};
use portvakt_core::model::FilePath;

use super::adopted::account_of;
use super::{REGISTER_FILE, release_of};
use crate::pass::fixture::*;

/// Ski goes from Ahus to Helse Bergen.
pub(super) fn moved() -> World {
    World::with(&[
        file("ahus", "en.skisen", [lu(200_089, "REQ-1", LC_AHUS)]),
        file("ahus", "to.skisen", [lu(200_089, "REQ-2", LC_AHUS)]),
        file("ahus", "tre.skisen", [lu(200_089, "REQ-3", LC_AHUS)]),
        file("ahus", "begge.skisen", [lu(200_089, "REQ-4", LC_AHUS), lu(AHUS, "REQ-4", LC_AHUS)]),
    ])
}

const SKISEN: [&str; 3] = ["en.skisen", "to.skisen", "tre.skisen"];

pub(super) fn move_unit(world: &mut World) {
    world.tree.edit(REGISTER_FILE, "units: {100089: Ahus, 200089: Ski}", "units: {100089: Ahus}");
    world.tree.edit(REGISTER_FILE, "units: {100082: Haukeland}", "units: {100082: Haukeland, 200089: Ski}");
}

fn move_files(world: &mut World) {
    for (number, who) in SKISEN.iter().enumerate() {
        world.tree.remove("ahus", who);
        let mut moved = file("helse-bergen", who, [lu(200_089, &format!("REQ-{}", number + 1), LC_AHUS)]);
        "ahus".clone_into(&mut moved.employer);
        world.put(&moved);
    }
    world.put(&file("ahus", "begge.skisen", [lu(AHUS, "REQ-4", LC_AHUS)]));
    let mut here = file("helse-bergen", "begge.skisen", [lu(200_089, "REQ-4", LC_AHUS)]);
    "ahus".clone_into(&mut here.employer);
    world.put(&here);
}

/// Checks that all people have the same accesses on the same accounts as before.
fn all_is_as_before(world: &World, accounts: &[String]) {
    let now: Vec<String> = SKISEN.iter().chain(&["begge.skisen"]).map(|who| account_of(world, who)).collect();
    assert_eq!(now, accounts);
    assert_eq!(world.rights("begge.skisen").len(), 2);
    assert!(SKISEN.iter().all(|who| world.rights(who) == ["200089/LU"]));
}

fn accounts(world: &World) -> Vec<String> {
    SKISEN.iter().chain(&["begge.skisen"]).map(|who| account_of(world, who)).collect()
}

#[test]
fn entries_follow_their_unit_when_the_files_move_later() {
    let mut world = moved();
    let before = accounts(&world);
    move_unit(&mut world);
    assert!(release_of(&mut world).released_rules.is_some());
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::WrongFolder), "what is left in the old folder is told");
    all_is_as_before(&world, &before);
    move_files(&mut world);
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert!(decided.plan.steps.is_empty() && decided.outcome.grants.is_empty(), "nothing is approved again");
    all_is_as_before(&world, &before);
    world.quiet();
    world.ledger_holds();
    // From now on the file of the new trust ends the access.
    world.tree.remove("helse-bergen", "en.skisen");
    world.pass();
    assert!(!world.has("en.skisen"));
}

#[test]
fn entries_follow_their_unit_when_the_files_move_along() {
    let mut world = moved();
    let before = accounts(&world);
    let base = world.tree.snapshot();
    move_unit(&mut world);
    move_files(&mut world);
    let tree = world.tree.snapshot();
    let today = START.parse().unwrap();
    let checked =
        check_against(&ChangeToCheck { base: &base, tree: &tree, past: &Nothing, reviews: None, today });
    let decided = world.pass();
    // CI says what the pass says.
    for findings in [&checked.findings, &decided.findings] {
        let misplaced: Vec<_> = findings.iter().filter(|one| one.code == Code::WrongFolder).collect();
        assert_eq!(misplaced.len(), 4, "{findings:#?}");
        assert!(misplaced.iter().all(|one| one.way_out.en().starts_with("First the unit, then the files")));
    }
    all_is_as_before(&world, &before);
    assert!(release_of(&mut world).released_rules.is_some());
    all_is_as_before(&world, &before);
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    all_is_as_before(&world, &before);
    world.quiet();
}

#[test]
fn a_small_pass_follows_a_unit_too() {
    let mut world = moved();
    let before = accounts(&world);
    move_unit(&mut world);
    release_of(&mut world);
    let old: Vec<FilePath> = world.tree.0.keys().filter(|p| p.as_str().contains("skisen")).cloned().collect();
    move_files(&mut world);
    let new = world.tree.0.keys().filter(|p| p.as_str().contains("skisen")).cloned();
    let scope = Scope::Files(old.into_iter().chain(new).collect());
    let decided = world.pass_over(&scope);
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    all_is_as_before(&world, &before);
}

#[test]
fn a_file_left_in_the_old_folder_ends_the_access_when_it_goes() {
    let mut world = moved();
    move_unit(&mut world);
    assert!(release_of(&mut world).released_rules.is_some());
    world.pass();
    assert!(world.has("en.skisen"), "the file in the old folder keeps it");
    world.tree.remove("ahus", "en.skisen");
    world.pass();
    assert!(!world.has("en.skisen"), "nobody names the access any more");
}

#[test]
fn what_is_withheld_stays_withheld_when_its_unit_moves() {
    let mut world = moved();
    let lost = file("ahus", "en.skisen", [lu(200_089, "REQ-1", LC_AHUS)]);
    world.tree.remove("ahus", "en.skisen");
    world.tree.raw("desired-state/ahus/En.skisen.yaml", &lost.text());
    world.pass();
    assert!(world.has("en.skisen"));
    world.now += jiff::SignedDuration::from_hours(2);
    move_unit(&mut world);
    assert!(release_of(&mut world).released_rules.is_some());
    world.pass();
    world.pass();
    assert!(world.has("en.skisen"), "the hold goes along");
}

#[test]
fn files_left_in_the_old_folder_keep_their_accesses_however_long_it_takes() {
    let mut world = moved();
    let before = accounts(&world);
    move_unit(&mut world);
    assert!(release_of(&mut world).released_rules.is_some());
    for day in (4..=26).step_by(2) {
        let decided = world.day(&format!("2026-03-{day:02}")).pass();
        let told: Vec<_> = decided.findings.iter().filter(|one| one.code == Code::LossWithheld).collect();
        assert_eq!(told.len(), 4, "{day}: {told:#?}");
        for one in told {
            assert!(one.message.en().contains("moved the unit to this trust"), "{one:#?}");
            assert!(
                one.message.get(Lang::Nb).contains("flyttet enheten til dette helseforetaket"),
                "{one:#?}"
            );
        }
        all_is_as_before(&world, &before);
    }
    // Whoever deletes the file ends the access. An error of the file itself has its seven days from when it came.
    world.tree.remove("ahus", "to.skisen");
    world.tree.edit("desired-state/ahus/en.skisen.yaml", "from: 2026-01-05", "from: 05.01.2026");
    for day in ["2026-03-28", "2026-03-30", "2026-04-01", "2026-04-03"] {
        world.day(day).pass();
        assert!(world.has("en.skisen") && !world.has("to.skisen"), "{day}");
    }
    world.day("2026-04-05").pass();
    assert!(!world.has("en.skisen") && world.has("tre.skisen"));
    assert_eq!(world.rights("begge.skisen").len(), 2);
}

#[test]
fn an_entry_that_was_changed_in_the_old_folder_has_its_seven_days() {
    let changes =
        [("    request: REQ-1", "    until: 2026-03-05\n    request: REQ-1"), ("role: LU", "role: LC")];
    for (as_before, changed) in changes {
        let mut world = moved();
        move_unit(&mut world);
        assert!(release_of(&mut world).released_rules.is_some());
        world.day("2026-03-04").pass();
        world.tree.edit("desired-state/ahus/en.skisen.yaml", as_before, changed);
        for day in ["2026-03-06", "2026-03-08", "2026-03-10", "2026-03-12", "2026-03-14", "2026-03-16"] {
            world.day(day).pass();
        }
        assert!(!world.has("en.skisen") && world.has("tre.skisen"), "{changed}");
    }
}

/// The file of one person goes along with the unit, before anybody has released the settings.
fn moved_early() -> World {
    let mut world = World::with(&[
        file("ahus", "en.skisen", [lu(200_089, "REQ-1", LC_AHUS)]),
        file("ahus", "begge.skisen", [lu(200_089, "REQ-4", LC_AHUS), lu(AHUS, "REQ-4", LC_AHUS)]),
    ]);
    move_unit(&mut world);
    world.tree.remove("ahus", "en.skisen");
    world.put(&file("ahus", "begge.skisen", [lu(AHUS, "REQ-4", LC_AHUS)]));
    for (who, request) in [("en.skisen", "REQ-1"), ("begge.skisen", "REQ-4")] {
        let mut there = file("helse-bergen", who, [lu(200_089, request, LC_AHUS)]);
        "ahus".clone_into(&mut there.employer);
        world.put(&there);
    }
    world.pass();
    world
}

#[test]
fn nobody_loses_because_settings_wait_longer_than_seven_days() {
    let mut world = moved_early();
    let before = [account_of(&world, "en.skisen"), account_of(&world, "begge.skisen")];
    for day in (4..=26).step_by(2) {
        world.day(&format!("2026-03-{day:02}")).pass();
        assert!(world.has("en.skisen") && world.rights("begge.skisen").len() == 2, "{day}");
    }
    assert!(release_of(&mut world).released_rules.is_some());
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert_eq!([account_of(&world, "en.skisen"), account_of(&world, "begge.skisen")], before);
    assert!(world.has("en.skisen") && world.rights("begge.skisen").len() == 2);
    world.quiet();
}

#[test]
fn an_end_in_a_file_that_waits_for_its_settings_does_not_wait_for_ever() {
    let mut world = moved_early();
    world.day("2026-03-04").pass();
    let file = "desired-state/helse-bergen/en.skisen.yaml";
    world.tree.edit(file, "    request: REQ-1", "    until: 2026-03-05\n    request: REQ-1");
    for day in ["2026-03-06", "2026-03-08", "2026-03-10", "2026-03-12", "2026-03-14", "2026-03-16"] {
        world.day(day).pass();
    }
    assert!(!world.has("en.skisen") && world.rights("begge.skisen").len() == 2);
}

#[test]
fn an_error_of_a_moved_file_itself_takes_nothing_while_its_settings_wait() {
    let mut world = moved_early();
    world.tree.edit("desired-state/helse-bergen/en.skisen.yaml", "employer: ahus", "employer: ahuss");
    for day in (4..=16).step_by(2) {
        let decided = world.day(&format!("2026-03-{day:02}")).pass();
        assert!(codes(&decided).contains(&Code::UnknownName), "{day}");
        assert!(world.has("en.skisen") && world.rights("begge.skisen").len() == 2, "{day}");
    }
}

#[test]
fn the_seven_days_begin_when_the_settings_are_taken_back() {
    let mut world = moved_early();
    world.day("2026-03-04").pass();
    world.tree.0.insert(FilePath::new(REGISTER_FILE), settings_text().into_bytes());
    world.pass();
    for day in (6..=10).step_by(2) {
        world.day(&format!("2026-03-{day:02}")).pass();
        assert!(world.has("en.skisen") && world.rights("begge.skisen").len() == 2, "{day}");
    }
    world.day("2026-03-12").pass();
    assert!(!world.has("en.skisen") && world.rights("begge.skisen") == ["100089/LU"]);
}

#[test]
fn settings_that_were_taken_back_protect_a_moved_file_for_seven_days_at_most() {
    let mut world = moved_early();
    for day in (4..=12).step_by(2) {
        world.day(&format!("2026-03-{day:02}")).pass();
    }
    let register = FilePath::new(REGISTER_FILE);
    world.tree.0.insert(register, settings_text().into_bytes());
    world.pass();
    assert!(world.has("en.skisen") && world.rights("begge.skisen").len() == 2);
    for day in (14..=20).step_by(2) {
        world.day(&format!("2026-03-{day:02}")).pass();
    }
    assert!(!world.has("en.skisen") && world.rights("begge.skisen") == ["100089/LU"]);
}

#[test]
fn a_name_that_waits_for_the_settings_is_no_slip() {
    let mut world = World::with(&[]);
    let new = "  helse-finnmark: {name: Finnmark HF, org_no: 983974880, units: {101971: Hammerfest}}\n";
    world.tree.edit(REGISTER_FILE, "  helse-fonna: {", &format!("{new}  helse-fonna: {{"));
    world.put(&file("helse-finnmark", "per.viddesen", [lu(101_971, "REQ-V", LEADER)]));
    let mut employed = file("ahus", "pia.viddesen", [lu(AHUS, "REQ-W", LC_AHUS)]);
    "helse-finnmark".clone_into(&mut employed.employer);
    world.put(&employed);
    let names = |findings: &[Finding]| -> Vec<[String; 2]> {
        let of_names =
            findings.iter().filter(|one| [Code::WrongFolder, Code::UnknownName].contains(&one.code));
        of_names.map(|one| [one.message.en().to_owned(), one.way_out.en().to_owned()]).collect()
    };
    let told = names(&world.pass().findings);
    // The folder and the unit of one person, and the employer of the other.
    assert_eq!(told.len(), 3, "{told:#?}");
    for [message, way_out] in &told {
        assert!(message.contains("`helse-finnmark` stands in the `register.yaml` of this tree"), "{message}");
        assert!(way_out.contains("waits until") && !way_out.contains("Did you mean"), "{way_out}");
    }
    release_of(&mut world);
    world.pass();
    assert_eq!(names(&world.pass().findings), Vec::<[String; 2]>::new());
}
