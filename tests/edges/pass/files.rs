//! Files of people. A file in error is held and protects nobody else. A typo revokes nobody, and a deletion revokes.
//! Several files about one person must agree.

use std::collections::BTreeSet;
use std::time::Duration;

use portvakt_core::decide::{Lasting, Patience, Scope};
use portvakt_core::diag::Code;
use portvakt_core::model::FilePath;
use portvakt_engine::memory;

use crate::pass::fixture::*;

mod starts;

const KARI: &str = "desired-state/ahus/kari.testesen.yaml";

fn kari() -> File {
    file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)])
}

fn holds(world: &World) -> (usize, usize) {
    let conn = world.register.connection();
    (memory::file_holds(conn).unwrap().len(), memory::refusals(conn).unwrap().len())
}

#[test]
fn a_file_that_does_not_parse_is_held_and_shields_nobody_else() {
    let ola = file("ahus", "ola.testesen", [lu(AHUS, "R2", LC_AHUS)]);
    let end = file("ahus", "slutt.testesen", [lu(AHUS, "R3", LC_AHUS).until("2026-03-03")]);
    let mut world = World::with(&[kari(), ola, end]);
    for broken in ["person: kari.testesen\nname: [", "", "- 1\n", "person: kari.testesen\nnmae: x\n"] {
        world.tree.raw(KARI, broken);
        world.pass();
        assert!(world.has("kari.testesen"), "{broken:?}");
        assert_eq!(holds(&world), (1, 0));
    }
    world.tree.raw("desired-state/ahus/slutt.testesen.yaml", "person");
    world.tree.remove("ahus", "ola.testesen");
    world.put(&file("ahus", "ny.testesen", [lu(AHUS, "R4", LC_AHUS)]));
    world.pass();
    assert!(world.has("kari.testesen") && !world.has("ola.testesen") && world.has("ny.testesen"));
    world.day("2026-03-04").pass();
    assert!(!world.has("slutt.testesen"), "an accepted end acts in a held file too");
    world.put(&kari());
    world.pass();
    assert_eq!(holds(&world), (1, 0), "mended");
    world.ledger_holds();
}

#[test]
fn a_typo_in_an_entry_keeps_what_stood() {
    for (from, to) in [
        ("unit: 100089", "unit: 100098"),
        ("unit: 100089", "unit: 100084"),
        ("unit: 100089", "unit: Ahus"),
        ("application: smerteregisteret", "application: smerteregister"),
        ("role: LU", "role: LUU"),
        ("from: 2026-01-05", "from: 2026-13-05"),
        ("from: 2026-01-05", "from: 2026-01-05\n    until: 2025-01-05"),
        ("request: R1", "request: R 1"),
        ("on: 2026-02-27", "on: 27.02.2026"),
        ("identity: known", "identity: knwon"),
    ] {
        let mut world = World::with(&[kari()]);
        world.tree.edit(KARI, from, to);
        let decided = world.pass();
        assert!(!errors(&decided.findings).is_empty(), "{to}");
        assert!(world.has("kari.testesen"), "`{to}` revoked somebody");
        world.quiet();
        world.put(&kari());
        world.pass();
        assert_eq!(holds(&world), (0, 0));
    }
}

#[test]
fn in_a_file_with_a_typo_nothing_counts_as_taken_out_and_revoked_acts_beside_it() {
    let both = || [lu(AHUS, "R1", LC_AHUS), lu(AHUS, "R2", LC_AHUS).rapporteket()];
    let mut world = World::with(&[file("ahus", "kari.testesen", both())]);
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)]));
    world.tree.edit(KARI, "role: LU", "role: XX");
    let decided = world.pass();
    assert_eq!(world.rights("kari.testesen"), ["rapporteket-smerte/100089/LU", "100089/LU"]);
    assert!(codes(&decided).contains(&Code::LossWithheld));
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]));
    world.tree.edit(KARI, "role: LU", "role: XX");
    world.pass();
    assert_eq!(world.rights("kari.testesen"), ["rapporteket-smerte/100089/LU"]);
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]));
    world.pass();
    assert!(!world.has("kari.testesen"), "in a file in order what is missing is taken out");
}

#[test]
fn deleting_an_entry_or_a_file_takes_back_and_putting_it_back_asks_for_a_new_application() {
    let mut world = World::with(&[kari()]);
    let before = world.account("kari.testesen").unwrap().id;
    world.tree.remove("ahus", "kari.testesen");
    world.pass();
    assert!(world.account("kari.testesen").is_none());
    world.quiet();
    world.put(&kari());
    assert_eq!(world.pass().unsettled.refused.len(), 1);
    assert!(world.account("kari.testesen").is_none());
    // A new application makes a new account. The old one stays closed as it is.
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R9", LC_AHUS)]));
    world.pass();
    let after = world.account("kari.testesen").unwrap().id;
    assert_ne!(before, after);
    let old = world.accounts().into_iter().find(|account| account.id == before).unwrap();
    assert!(!old.active && old.rights.is_empty() && old.email.is_none());
    world.quiet();
    world.ledger_holds();
}

/// Nobody's file has changed, and still nothing new in the folder would act.
#[test]
fn a_folder_with_something_odd_is_held_until_it_is_mended() {
    for odd in ["desired-state/ahus", "desired-state/ahus/notater.txt", "desired-state/ahus/under/x.yaml"] {
        let mut world = World::with(&[kari()]);
        assert_eq!(holds(&world), (0, 0));
        world.tree.raw(odd, "x\n");
        world.pass();
        let first = memory::holds_in_numbers(world.register.connection()).unwrap();
        assert_eq!(first.files_and_entries, 1, "{odd}");
        assert!(first.oldest.is_some());
        let held = memory::file_holds(world.register.connection()).unwrap();
        let told = &held[&FilePath::new("desired-state/ahus")].told;
        assert!(told.iter().all(|told| told.code == "odd-path") && !told.is_empty(), "{odd}");
        // Its age grows, over passes of either kind.
        world.day("2026-03-05").pass();
        world.pass_over(&Scope::Files(BTreeSet::from([FilePath::new(KARI)])));
        assert_eq!(memory::holds_in_numbers(world.register.connection()).unwrap(), first, "{odd}");
        world.tree.0.remove(&FilePath::new(odd));
        world.pass();
        assert_eq!(holds(&world), (0, 0), "{odd}");
        world.quiet();
        world.ledger_holds();
    }
}

#[test]
fn a_refused_new_file_that_is_taken_away_leaves_nothing_behind() {
    for scope in [Scope::Whole, Scope::Files(BTreeSet::from([FilePath::new(KARI)]))] {
        let mut world = World::with(&[]);
        world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_FONNA)]));
        world.pass();
        assert_eq!(holds(&world), (0, 1));
        world.tree.remove("ahus", "kari.testesen");
        world.pass_over(&scope);
        assert_eq!(holds(&world), (0, 0), "{scope:?}");
        world.tree.raw(KARI, "broken");
        world.pass_over(&scope);
        assert_eq!(holds(&world), (1, 0), "{scope:?}");
        world.tree.remove("ahus", "kari.testesen");
        world.pass_over(&scope);
        assert_eq!(holds(&world), (0, 0), "{scope:?}");
    }
}

#[test]
fn a_hold_is_lifted_when_the_file_is_as_it_was() {
    for scope in [Scope::Whole, Scope::Files(BTreeSet::from([FilePath::new(KARI)]))] {
        let mut world = World::with(&[kari()]);
        for edit in ["role: XX", "role: LC", "- [x"] {
            world.tree.edit(KARI, "role: LU", edit);
            world.pass_over(&scope);
            assert_ne!(holds(&world), (0, 0));
            world.put(&kari());
            world.pass_over(&scope);
            assert_eq!(holds(&world), (0, 0), "{scope:?} {edit}");
        }
    }
}

#[test]
fn one_of_two_files_of_a_person_that_departs_is_held_and_both_together_are_accepted() {
    let two = |employer: &str, on: &str| {
        let mut files = [
            file("ahus", "kari.testesen", [lu(AHUS, "R1", LEADER).on(on)]),
            file("helse-fonna", "kari.testesen", [lu(FONNA, "R2", LEADER).on(on)]),
        ];
        files.iter_mut().for_each(|file| employer.clone_into(&mut file.employer));
        files
    };
    for departs in [0, 1] {
        let mut world = World::with(&two("ahus", "2026-01-02"));
        let changed = two("helse-fonna", "2026-03-01");
        world.put(&changed[departs]);
        let decided = world.pass();
        let finding = only(&decided, Code::PersonDisagrees);
        assert_eq!(finding.place.as_ref().unwrap().file.as_str(), changed[departs].path());
        assert_eq!(underlined(&finding), "helse-fonna");
        assert_eq!(decided.unsettled.held_files.len(), 1);
        assert_eq!(world.rights("kari.testesen").len(), 2);
        world.put(&changed[1 - departs]);
        let decided = world.pass();
        assert_eq!(errors(&decided.findings), Vec::<String>::new());
        assert_eq!(holds(&world), (0, 0));
        world.quiet();
    }
    // Both change together under the old approvals. The change is refused, and nothing is taken away.
    let mut world = World::with(&two("ahus", "2026-01-02"));
    for file in two("helse-fonna", "2026-01-02") {
        world.put(&file);
    }
    let decided = world.pass();
    assert_eq!(decided.unsettled.refused.len(), 2);
    assert_eq!(world.rights("kari.testesen").len(), 2);
}

#[test]
fn two_new_files_that_disagree_say_what_each_says() {
    let mut world = World::with(&[]);
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)]));
    world.put(&file("helse-fonna", "kari.testesen", [lu(FONNA, "R2", LC_FONNA)]));
    let decided = world.pass();
    assert!(!world.has("kari.testesen"));
    let told: Vec<_> = decided.findings.iter().filter(|f| f.code == Code::PersonDisagrees).collect();
    assert_eq!(told.len(), 2);
    for finding in told {
        assert!(
            finding.message.en().contains("`ahus`") && finding.message.en().contains("`helse-fonna`"),
            "{finding:#?}"
        );
    }
}

#[test]
fn a_login_belongs_to_one_person() {
    let mut world = World::with(&[kari().login("kari")]);
    world.put(&file("ahus", "ola.testesen", [lu(AHUS, "R2", LC_AHUS)]).login("kari"));
    let decided = world.pass();
    let finding = only(&decided, Code::LoginShared);
    assert_eq!(underlined(&finding), "kari");
    assert!(world.has("kari.testesen") && !world.has("ola.testesen"));
}

#[test]
fn who_names_no_login_logs_in_with_the_id_and_nobody_else_does() {
    let ola = || file("ahus", "ola.testesen", [lu(AHUS, "R2", LC_AHUS)]);
    let mut world = World::with(&[kari()]);
    world.put(&ola().login("kari.testesen"));
    let finding = only(&world.pass(), Code::LoginShared);
    assert_eq!(underlined(&finding), "kari.testesen");
    assert!(world.has("kari.testesen") && !world.has("ola.testesen"));
    // The other way round: the login was there first.
    let mut world = World::with(&[kari().login("ola.testesen")]);
    world.put(&ola());
    let finding = only(&world.pass(), Code::LoginShared);
    assert!(finding.place.unwrap().file.as_str().ends_with("ola.testesen.yaml"));
    assert!(world.has("kari.testesen") && !world.has("ola.testesen"));
    // Both at once: nobody knows whose it is.
    let mut world = World::with(&[]);
    world.put(&kari());
    world.put(&ola().login("kari.testesen"));
    let decided = world.pass();
    let told = decided.findings.iter().filter(|finding| finding.code == Code::LoginShared);
    assert_eq!(told.count(), 2);
    assert!(!world.has("kari.testesen") && !world.has("ola.testesen"));
    // An id is free where its person logs in with something else.
    let mut world = World::with(&[kari().login("kari")]);
    world.put(&ola().login("kari.testesen"));
    world.pass();
    assert!(world.has("kari.testesen") && world.has("ola.testesen"));
}

#[test]
fn ids_that_look_alike_are_one_id() {
    let mut world = World::with(&[file("ahus", "kari.lund", [lu(AHUS, "R1", LC_AHUS)])]);
    world.put(&file("ahus", "kari.1und", [lu(AHUS, "R2", LC_AHUS)]));
    let finding = only(&world.pass(), Code::ConfusableId);
    assert!(finding.place.unwrap().file.as_str().ends_with("kari.1und.yaml"));
    assert!(world.has("kari.lund") && !world.has("kari.1und"));
}

#[test]
fn an_absence_must_last_where_somebody_writes_to_the_directory() {
    let mut world = World::with(&[kari()]);
    world.patience = Patience::Lasting(Lasting::new(Duration::from_millis(30)));
    world.tree.remove("ahus", "kari.testesen");
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::WaitingToLast));
    assert!(world.has("kari.testesen"));
    world.put(&kari());
    world.pass();
    world.tree.remove("ahus", "kari.testesen");
    world.began.1 += Duration::from_millis(40);
    world.pass();
    assert!(world.has("kari.testesen"), "it had come back");
    world.began.1 += Duration::from_millis(40);
    world.pass();
    assert!(!world.has("kari.testesen"));
}

#[test]
fn a_mover_keeps_the_account_and_the_access_of_the_other_trust() {
    let two = [file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)]), {
        let mut f = file("helse-fonna", "kari.testesen", [lu(FONNA, "R2", LC_FONNA)]);
        "ahus".clone_into(&mut f.employer);
        f
    }];
    let mut world = World::with(&two);
    let before = world.account("kari.testesen").unwrap().id;
    world.tree.remove("ahus", "kari.testesen");
    world.pass();
    assert_eq!(world.rights("kari.testesen"), ["100084/LU"]);
    assert_eq!(world.account("kari.testesen").unwrap().id, before);
    world.quiet();
}

#[test]
fn a_change_of_role_is_one_right_for_another() {
    let mut world = World::with(&[kari()]);
    world.put(&file("ahus", "kari.testesen", [lc(AHUS, "R1", LEADER).on("2026-03-01")]));
    world.pass();
    assert_eq!(world.rights("kari.testesen"), ["100089/LC"]);
    world.quiet();
}

#[test]
fn a_mark_in_a_broken_entry_revokes_only_what_it_must_mean() {
    // The request is unreadable: with one access in the file the mark can only mean that one, with two either.
    for (accesses, revoked) in [(vec!["R1"], true), (vec!["R1", "R2"], false)] {
        let entries = || accesses.iter().map(|request| lu(AHUS, request, LC_AHUS));
        let mut world = World::with(&[file("ahus", "kari.testesen", entries())]);
        let broken = file("ahus", "kari.testesen", entries().map(|entry| entry.revoked(LC_AHUS)));
        let mut text = broken.text();
        for request in &accesses {
            text = text.replace(&format!("request: {request}"), "request: '!'");
        }
        world.tree.raw("desired-state/ahus/kari.testesen.yaml", &text);
        let decided = world.pass();
        assert_eq!(!world.has("kari.testesen"), revoked, "{accesses:?}");
        assert_eq!(codes(&decided).contains(&Code::RevocationUnread), !revoked, "{accesses:?}");
        if revoked {
            assert!(!codes(&world.pass()).contains(&Code::RevocationUnread), "it has acted");
        }
    }
}

const OLA: &str = "desired-state/ahus/ola.testesen.yaml";

/// Kari and Ola, and the file of Kari with `revoked`.
fn two_people() -> (World, String) {
    let world = World::with(&[kari(), file("ahus", "ola.testesen", [lu(AHUS, "R2", LC_AHUS)])]);
    (world, file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]).text())
}

#[test]
fn a_mark_in_a_file_that_names_two_people_takes_back_the_one_access_that_it_names_in_full() {
    for (place, who) in [(OLA, "kari"), (KARI, "ola")] {
        let (mut world, text) = two_people();
        world.tree.remove("ahus", "kari.testesen");
        world.tree.raw(place, &text.replace("person: kari", &format!("person: {who}")));
        let decided = world.pass();
        assert!(!world.has("kari.testesen") && world.has("ola.testesen"), "{place}");
        assert!(!codes(&decided).contains(&Code::RevocationUnread), "{place}");
        assert!(!codes(&world.pass()).contains(&Code::RevocationUnread), "{place}");
    }
}

#[test]
fn a_mark_in_a_file_that_names_two_people_says_that_their_access_stands_where_it_is_not_clear() {
    for scope in [Scope::Whole, Scope::Files(BTreeSet::from([FilePath::new(OLA)]))] {
        let (mut world, text) = two_people();
        world.tree.raw(OLA, &text.replace("request: R1", "request: '!'"));
        let found = only(&world.pass_over(&scope), Code::RevocationUnread);
        let told = "The access of `kari.testesen`, `ola.testesen` STANDS";
        assert!(found.message.en().starts_with(told), "{found:?}");
        assert!(world.has("kari.testesen") && world.has("ola.testesen"));
    }
}

#[test]
fn a_mark_whose_unit_and_request_are_wrong_says_that_the_access_stands() {
    let (mut world, text) = two_people();
    world.tree.raw(KARI, &text.replace("unit: 100089", "unit: 100001").replace("request: R1", "request: R7"));
    let found = only(&world.pass(), Code::RevocationUnread);
    assert!(found.message.en().starts_with("The access of `kari.testesen` STANDS"), "{found:?}");
    assert!(world.has("kari.testesen"));
}
