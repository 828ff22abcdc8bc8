//! The last two national administrators stay, and what ends their appointments is told ahead.

use portvakt_core::decide::{ChangeToCheck, Nothing, check_against, rules_of};
use portvakt_core::diag::Code;

use crate::pass::fixture::*;

const SETTINGS: &str = "desired-state/register.yaml";
/// The last keys of the system manager's appointment. This manager has no file.
const MANAGES: &str = "office: system-manager, from: 2015-01-01";

/// Takes the manager's office in one of several ways. The other two have theirs.
fn without_the_manager(world: &mut World, how: Option<&str>) {
    match how {
        None => {
            let line = format!("  - {{person: {MANAGER}, name: System Eksempelvik, {MANAGES}}}\n");
            world.tree.edit(SETTINGS, &line, "");
        }
        Some(end) => world.tree.edit(SETTINGS, MANAGES, &format!("{MANAGES}, {end}")),
    }
}

const WAYS: [Option<&str>; 3] = [None, Some("suspended: true"), Some("until: 2026-04-10")];

/// Both national administrators with a file have an entry that ends on this day, with this day of approval.
fn both_end(world: &mut World, until: &str, approved: &str) {
    for (who, request, by) in [(LEADER, "R-L", COORDINATOR), (COORDINATOR, "R-C", LEADER)] {
        world.put(&file("helse-bergen", who, [lu(BERGEN, request, by).until(until).on(approved)]));
    }
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

#[test]
fn settings_by_which_too_few_are_left_on_a_day_to_come_are_refused_before_a_release() {
    let register = "desired-state/register.yaml";
    let ends = |world: &mut World, office: &str, until: &str| {
        let with = format!("office: {office}, from: 2015-01-01");
        world.tree.edit(register, &with, &format!("{with}, until: {until}"));
    };
    // Today is the last day of two of the three, or a day within the sixty.
    for until in [START, "2026-04-30"] {
        let mut world = World::with(&[]);
        ends(&mut world, "register-leader", until);
        let decided = world.pass();
        assert!(codes(&decided).contains(&Code::ProtectedChange), "two are left: it waits");
        ends(&mut world, "system-manager", until);
        let decided = world.pass();
        let finding = only(&decided, Code::LastAdministrators);
        assert!(finding.message.en().starts_with("from 2026-0"), "{}", finding.message.en());
        assert!(!codes(&decided).contains(&Code::ProtectedChange), "nobody is asked to release it");
    }
    // An end that is further ahead is told when it comes near.
    let mut world = World::with(&[]);
    for office in ["register-leader", "system-manager"] {
        ends(&mut world, office, "2026-09-30");
    }
    let decided = world.pass();
    assert!(
        codes(&decided).contains(&Code::ProtectedChange)
            && !codes(&decided).contains(&Code::LastAdministrators)
    );
}

#[test]
fn settings_that_let_too_few_serve_for_longer_are_not_refused() {
    let register = "desired-state/register.yaml";
    let mut tree = Tree::new();
    for office in ["register-leader", "system-manager"] {
        let with = format!("office: {office}, from: 2015-01-01");
        tree.edit(register, &with, &format!("{with}, until: 2026-03-20"));
    }
    let mut world = World::accepted(tree, &[]);
    assert!(codes(&world.pass()).contains(&Code::LastAdministrators), "it is told ahead");
    world.tree.edit(
        register,
        "office: system-manager, from: 2015-01-01, until: 2026-03-20",
        "office: system-manager, from: 2015-01-01, until: 2026-04-10",
    );
    assert!(codes(&world.pass()).contains(&Code::ProtectedChange), "later than before");
}

#[test]
fn settings_and_a_missing_file_do_not_leave_one_administrator_together() {
    for way in WAYS {
        let mut world = administrators();
        without_the_manager(&mut world, way);
        world.pass();
        world.release(rules_of(&world.tree.snapshot()).unwrap().digest);
        world.tree.remove("helse-bergen", LEADER);
        let decided = world.pass();
        assert!(decided.released_rules.is_some(), "{way:?}: two are left by the settings");
        assert!(codes(&decided).contains(&Code::LastAdministrators), "{way:?}: {:#?}", decided.findings);
        assert!(world.has(LEADER), "{way:?}");
        // By the new settings the file is the last but one as well.
        world.pass();
        assert!(world.has(LEADER), "{way:?}");
    }
}

#[test]
fn a_check_says_that_settings_and_a_missing_file_leave_one_together() {
    for way in WAYS {
        let mut world = administrators();
        let base = world.tree.snapshot();
        let told = |world: &World| {
            let (tree, today) = (world.tree.snapshot(), START.parse().unwrap());
            let proposal = ChangeToCheck { base: &base, tree: &tree, past: &Nothing, reviews: None, today };
            let findings = check_against(&proposal).findings;
            findings.iter().filter(|finding| finding.code == Code::LastAdministrators).count()
        };
        without_the_manager(&mut world, way);
        assert_eq!(told(&world), 0, "{way:?}: alone it waits for an approval");
        world.tree.remove("helse-bergen", LEADER);
        assert_eq!(told(&world), 1, "{way:?}");
    }
}

#[test]
fn revoked_beside_settings_takes_the_access_and_not_the_authority_of_the_last_two() {
    let mut world = administrators();
    without_the_manager(&mut world, None);
    world.pass();
    world.release(rules_of(&world.tree.snapshot()).unwrap().digest);
    world.put(&file("helse-bergen", LEADER, [lu(BERGEN, "R-L", COORDINATOR).revoked(COORDINATOR)]));
    let decided = world.pass();
    assert!(decided.released_rules.is_some() && !world.has(LEADER));
    let kept = portvakt_engine::memory::authority_kept(world.register.connection()).unwrap();
    assert_eq!(kept, [person(LEADER)].into());
}

#[test]
fn an_end_of_today_or_soon_does_not_leave_one_administrator() {
    let ends = |world: &World| {
        let known = [world.known(LEADER), world.known(COORDINATOR)];
        known.iter().flat_map(|known| known.grants.values()).filter(|one| one.grant.until.is_some()).count()
    };
    for until in [START, "2026-04-10"] {
        let mut world = administrators();
        // The second time the change is approved anew. That brings the end along no more than the file alone.
        for approved in ["2026-02-27", START] {
            both_end(&mut world, until, approved);
            let decided = world.pass();
            let told = codes(&decided).contains(&Code::LastAdministrators);
            assert!(told, "{until}, {approved}: {:#?}", decided.findings);
            assert_eq!(ends(&world), 0, "{until}, {approved}");
        }
    }
    // One may end, and then the other may not go.
    let mut world = administrators();
    world.put(&file("helse-bergen", LEADER, [lu(BERGEN, "R-L", COORDINATOR).until("2026-04-10")]));
    assert!(!codes(&world.pass()).contains(&Code::LastAdministrators), "two are left");
    assert_eq!(ends(&world), 1);
    world.tree.remove("helse-bergen", COORDINATOR);
    assert!(codes(&world.pass()).contains(&Code::LastAdministrators));
    assert!(world.has(COORDINATOR));
}

#[test]
fn accesses_of_administrators_that_end_are_told_sixty_days_ahead() {
    let mut world = administrators();
    both_end(&mut world, "2026-09-30", "2026-02-27");
    assert!(!codes(&world.pass()).contains(&Code::LastAdministrators), "it is far ahead");
    world.day("2026-08-15");
    let told = only(&world.pass(), Code::LastAdministrators);
    assert!(told.message.en().starts_with("from 2026-10-01 on"), "{told:?}");
}

#[test]
fn who_has_left_is_no_successor() {
    const GONE: &str = "en.sluttet";
    let mut world = World::with(&[file("ahus", GONE, [lu(AHUS, "R-G", LC_AHUS)])]);
    world.tree.remove("ahus", GONE);
    world.pass();
    assert!(!world.has(GONE));
    // Two offices go, and the one who is appointed has lost all access before.
    let leads = format!(
        "  - {{person: {LEADER}, name: Leder Eksempelvik, office: register-leader, from: 2015-01-01}}\n"
    );
    without_the_manager(&mut world, None);
    world.tree.edit(SETTINGS, &leads, &leads.replace(LEADER, GONE));
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::LastAdministrators), "{:#?}", decided.findings);
}
