//! How many approve a change of the settings, and what does not ride on a change that takes one.

use portvakt_core::decide::{SettingsWait, only_takes, rules_of};
use portvakt_core::diag::Code;
use portvakt_core::model::FilePath;

use super::{REGISTER_FILE, SIGNERS_FILE, kari, proposed, release_of};
use crate::pass::fixture::*;

const KEYS: [&str; 2] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOiRIS3T0Z8tSDdGZjgXrQ9c5AyA3MCILiP5ZfzqRMeJ",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbNo+kzj3d12iS5VJugAQuJdrw1VFSYURIC86g3uMwL",
];

#[test]
fn signatures_are_not_asked_for_before_two_can_give_them() {
    let enrol = |world: &mut World, people: &[&str]| {
        let lines = people.iter().zip(KEYS).map(|(person, key)| format!("{person} {key}\n"));
        world.tree.raw("desired-state/allowed_signers", &lines.collect::<String>());
    };
    let mut world = World::with(&[kari()]);
    world.tree.edit(REGISTER_FILE, "evidence: declared", "evidence: signature");
    // The approvers are nobody, then one person, then two of whom one is not a national administrator.
    for people in [&[][..], &[LEADER], &[LEADER, LC_AHUS]] {
        enrol(&mut world, people);
        let told = only(&world.pass(), Code::LastAdministrators);
        assert!(told.message.en().contains(COORDINATOR), "{people:?}: {told:?}");
        assert_eq!(told.message.en().contains(LEADER), people.is_empty(), "{people:?}: {told:?}");
        world.release(proposed(&world));
        let decided = world.pass();
        assert!(decided.released_rules.is_none(), "{people:?}");
    }
    enrol(&mut world, &[LEADER, COORDINATOR]);
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::LastAdministrators), "{:#?}", decided.findings);
    world.release(proposed(&world));
    assert!(world.pass().released_rules.is_some());
}

#[test]
fn a_forge_is_not_made_the_evidence_before_two_can_approve_there() {
    let of = |people: [&str; 2]| {
        let accounts = format!("{{11: {}, 12: {}}}", people[0], people[1]);
        format!(
            "evidence: forge\nforge: {{kind: github, api: \"https://api.example.no\", project: clinic/access, branch: main, accounts: {accounts}}}"
        )
    };
    let mut world = World::with(&[kari()]);
    let one = of([LEADER, LC_AHUS]);
    world.tree.edit(REGISTER_FILE, "evidence: declared", &one);
    let told = only(&world.pass(), Code::LastAdministrators);
    assert!(told.message.en().contains(COORDINATOR) && !told.message.en().contains(LEADER), "{told:?}");
    world.release(proposed(&world));
    assert!(world.pass().released_rules.is_none());
    world.tree.edit(REGISTER_FILE, &one, &of([LEADER, COORDINATOR]));
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::LastAdministrators), "{:#?}", decided.findings);
    world.release(proposed(&world));
    assert!(world.pass().released_rules.is_some());
}

/// A world where the leader and the coordinator have a file, and a change by which they sign. The system manager has no
/// key. The leader's line has these options.
fn two_sign(options: &str) -> World {
    let mut world = World::with(&[
        file("helse-bergen", LEADER, [lu(BERGEN, "R-L", COORDINATOR)]),
        file("helse-bergen", COORDINATOR, [lu(BERGEN, "R-C", LEADER)]),
    ]);
    world.tree.edit(REGISTER_FILE, "evidence: declared", "evidence: signature");
    let [leader, coordinator] = KEYS;
    world.tree.raw(SIGNERS_FILE, &format!("{LEADER}{options} {leader}\n{COORDINATOR} {coordinator}\n"));
    world
}

#[test]
fn the_last_two_who_can_sign_do_not_go_by_a_missing_file() {
    let mut world = two_sign("");
    assert!(release_of(&mut world).released_rules.is_some());
    world.tree.remove("helse-bergen", LEADER);
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::LastAdministrators), "{:#?}", decided.findings);
    assert!(world.has(LEADER));
}

#[test]
fn keys_that_end_are_asked_about_ahead() {
    // A key that ends soon is refused in the change that asks for signatures.
    let told = only(&two_sign(" valid-before=\"20260320\"").pass(), Code::LastAdministrators);
    assert!(told.message.en().starts_with("from 2026-03-20 on: "), "{told:?}");
    // One that ends later is told when it comes near.
    let mut world = two_sign(" valid-before=\"20261201\"");
    let decided = release_of(&mut world);
    assert!(decided.released_rules.is_some(), "{:#?}", decided.findings);
    assert!(!codes(&world.pass()).contains(&Code::LastAdministrators));
    world.day("2026-11-10");
    let told = only(&world.pass(), Code::LastAdministrators);
    assert!(told.message.en().starts_with("from 2026-12-01 on"), "{told:?}");
}

#[test]
fn a_register_that_two_cannot_sign_for_any_more_says_so() {
    let mut tree = Tree::new();
    tree.edit(REGISTER_FILE, "evidence: declared", "evidence: signature");
    tree.raw(SIGNERS_FILE, &format!("{LEADER} {}\n", KEYS[0]));
    let mut world = World::accepted(tree, &[]);
    let told = only(&world.pass(), Code::LastAdministrators);
    assert!(told.way_out.en().contains("portvakt baseline"), "{told:?}");
}

/// A comment is bytes that two have to see, too: it takes nobody's authority.
#[test]
fn a_change_that_takes_nothing_takes_two() {
    let mut world = World::with(&[kari()]);
    world.tree.edit(
        REGISTER_FILE,
        "time_zone: Europe/Oslo",
        "time_zone: Europe/Oslo # everything here is agreed",
    );
    let one = rules_of(&world.tree.snapshot()).unwrap();
    let accepted = world.pass().rules.clone();
    assert_eq!(one.register, accepted.register, "it means the same");
    assert_eq!(only_takes(&accepted, &one), None);
    let decided = world.pass();
    let told = only(&decided, Code::ProtectedChange);
    assert!(told.way_out.en().contains("Two national administrators"), "{told:#?}");
    assert_eq!(decided.unsettled.settings, SettingsWait::Unapproved);
    world.release(one.digest);
    assert_eq!(world.pass().unsettled.settings, SettingsWait::Nothing);
}

/// One administrator can suspend at night, and may give the reason on that line. Comments at other places need two.
#[test]
fn a_comment_elsewhere_does_not_ride_on_a_suspension() {
    let rules = |tree: &Tree| rules_of(&tree.snapshot()).unwrap();
    let office = "office: ict-administrator, from: 2015-01-01";
    let suspends = |world: &mut World| {
        world.tree.edit(REGISTER_FILE, office, &format!("{office}, suspended: true"));
    };
    let mut world = World::with(&[kari()]);
    let accepted = rules(&world.tree);
    suspends(&mut world);
    assert!(only_takes(&accepted, &rules(&world.tree)).is_some());
    world.tree.edit(REGISTER_FILE, "time_zone: Europe/Oslo", "time_zone: Europe/Oslo # agreed");
    assert_eq!(only_takes(&accepted, &rules(&world.tree)), None);
    let told = only(&world.pass(), Code::ProtectedChange);
    assert!(told.way_out.en().contains("Two national administrators"), "{told:#?}");
    // A comment alone in the list of keys, and beside a suspension.
    for beside in [false, true] {
        let mut world = World::with(&[kari()]);
        let accepted = rules(&world.tree);
        let keys =
            world.tree.0.get(&FilePath::new(SIGNERS_FILE)).map(|bytes| bytes.to_vec()).unwrap_or_default();
        let keys = format!("# may approve everything\n{}", String::from_utf8(keys).unwrap());
        world.tree.raw(SIGNERS_FILE, &keys);
        if beside {
            suspends(&mut world);
        }
        assert_eq!(only_takes(&accepted, &rules(&world.tree)), None, "{beside}");
        only(&world.pass(), Code::ProtectedChange);
    }
}

/// A line that is only written otherwise takes nothing, so that no words ride on it, and nothing that cannot be seen.
#[test]
fn another_layout_carries_no_comment_beside_a_suspension() {
    let rules = |tree: &Tree| rules_of(&tree.snapshot()).unwrap();
    let office = "office: ict-administrator, from: 2015-01-01";
    for (from, to) in [
        ("max_lis_months: 12", "max_lis_months:  12 # agreed by all"),
        ("max_lis_months: 12", "'max_lis_months': 12 # agreed by all"),
        ("max_lis_months: 12", "max_lis_months:\n  12 # agreed by all"),
        ("percent: 5, most: 10}", "most: 10, percent: 5} # see the annex"),
        ("max_lis_months: 12", "max_lis_months:  12 # \u{202e}.6 :shtnom_sil_xam\u{202c}"),
    ] {
        let mut world = World::with(&[kari()]);
        world.pass();
        let accepted = rules(&world.tree);
        world.tree.edit(REGISTER_FILE, office, &format!("{office}, suspended: true"));
        assert!(only_takes(&accepted, &rules(&world.tree)).is_some());
        world.tree.edit(REGISTER_FILE, from, to);
        let proposed = rules(&world.tree);
        assert_eq!(only_takes(&accepted, &proposed), None, "{to}");
        let told = codes(&world.pass());
        // What cannot be seen is refused, and the rest waits for two.
        let code = if to.contains('\u{202e}') { Code::NotYaml } else { Code::ProtectedChange };
        assert!(told.contains(&code), "{to}: {told:?}");
    }
    // A key that is nobody's is revoked in no hurry.
    let mut world = World::with(&[kari()]);
    let accepted = rules(&world.tree);
    world.tree.edit(REGISTER_FILE, office, &format!("{office}, suspended: true"));
    world.tree.raw("desired-state/revoked_keys", &format!("{} agreed by all\n", KEYS[0]));
    assert_eq!(only_takes(&accepted, &rules(&world.tree)), None);
    only(&world.pass(), Code::ProtectedChange);
}
