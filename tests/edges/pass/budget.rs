//! Removals have a budget: for each trust, for all trusts, and over seven days. Removals over the budget wait until
//! exactly they are released.

use portvakt_core::decide::Decided;
use portvakt_core::diag::Code;
use portvakt_core::model::Digest;

use crate::pass::fixture::*;

fn user(trust: &str, unit: u32, number: usize) -> File {
    let by = if trust == "ahus" {
        LC_AHUS
    } else if trust == "helse-fonna" {
        LC_FONNA
    } else {
        LEADER
    };
    file(trust, &format!("bruker{number}.{trust}"), [lu(unit, &format!("R-{trust}-{number}"), by)])
}

fn users(trust: &str, unit: u32, count: usize) -> Vec<File> {
    (0..count).map(|number| user(trust, unit, number)).collect()
}

fn many() -> World {
    let mut files = users("ahus", AHUS, 8);
    files.extend(users("helse-fonna", FONNA, 8));
    files.extend(users("helse-bergen", BERGEN, 8));
    World::with(&files)
}

fn here(world: &World, trust: &str) -> usize {
    (0..8).filter(|number| world.has(&format!("bruker{number}.{trust}"))).count()
}

fn drop_of(world: &mut World, trust: &str, numbers: impl IntoIterator<Item = usize>) {
    for number in numbers {
        world.tree.remove(trust, &format!("bruker{number}.{trust}"));
    }
}

fn set(decided: &Decided) -> Digest {
    assert_eq!(decided.unsettled.sets.len(), 1, "{:#?}", decided.unsettled.sets);
    decided.unsettled.sets[0].digest
}

#[test]
fn over_the_limit_of_a_trust_absence_is_held_as_a_whole_and_all_else_goes_on() {
    let mut world = many();
    drop_of(&mut world, "ahus", 0..3);
    drop_of(&mut world, "helse-fonna", 0..1);
    world.put(&user("ahus", AHUS, 20));
    let decided = world.pass();
    let finding = only(&decided, Code::RemovalsHeld);
    assert!(finding.way_out.en().contains(&set(&decided).to_string()), "{finding:#?}");
    assert_eq!((here(&world, "ahus"), here(&world, "helse-fonna")), (8, 7));
    assert!(world.has("bruker20.ahus"));
    world.quiet();

    // Explicit ones go first, within the limit.
    world.put(&file("ahus", "bruker5.ahus", [lu(AHUS, "R-ahus-5", LC_AHUS).revoked(LC_AHUS)]));
    world.pass();
    assert_eq!(here(&world, "ahus"), 7);
    assert!(!world.has("bruker5.ahus"));
    world.ledger_holds();
}

#[test]
fn a_release_of_exactly_the_held_set_acts_once() {
    let mut world = many();
    drop_of(&mut world, "ahus", 0..3);
    let first = set(&world.pass());
    drop_of(&mut world, "ahus", 3..4);
    world.release(first);
    let decided = world.pass();
    let second = set(&decided);
    assert_ne!(first, second);
    assert_eq!(here(&world, "ahus"), 8, "the set has changed");
    world.release(second);
    let decided = world.pass();
    assert!(decided.unsettled.sets.is_empty());
    assert_eq!(here(&world, "ahus"), 4);
    world.quiet();
    world.ledger_holds();
}

#[test]
fn a_release_lives_seven_days() {
    let mut world = many();
    drop_of(&mut world, "ahus", 0..3);
    let held = set(&world.pass());
    world.release(held);
    world.day("2026-03-10");
    assert_eq!(set(&world.pass()), held);
    assert_eq!(here(&world, "ahus"), 8);
    world.release(held);
    world.pass();
    assert_eq!(here(&world, "ahus"), 5);
}

#[test]
fn putting_the_files_back_ends_the_hold() {
    let mut world = many();
    drop_of(&mut world, "ahus", 0..3);
    world.pass();
    for number in 0..3 {
        world.put(&user("ahus", AHUS, number));
    }
    let decided = world.pass();
    assert!(decided.unsettled.sets.is_empty());
    assert_eq!(here(&world, "ahus"), 8);
    assert!(portvakt_engine::memory::removal_holds(world.register.connection()).unwrap().is_empty());
    world.quiet();
}

#[test]
fn over_all_there_is_a_limit_of_its_own() {
    let mut world = many();
    for trust in ["ahus", "helse-fonna"] {
        drop_of(&mut world, trust, 0..2);
    }
    let decided = world.pass();
    assert_eq!(decided.unsettled.sets[0].trust, None);
    assert_eq!(here(&world, "ahus") + here(&world, "helse-fonna"), 16);
    world.release(set(&decided));
    world.pass();
    assert_eq!(here(&world, "ahus") + here(&world, "helse-fonna"), 12);
}

#[test]
fn a_tree_without_its_folders_empties_no_small_trust_either() {
    let mut world = many();
    world.put(&file("nasjonal", LEADER, [entry("SC", 0, "R-SC", COORDINATOR)]));
    world.pass();
    let before = (here(&world, "ahus"), here(&world, "helse-fonna"), world.has(LEADER));
    world.tree.0.retain(|path, _| path.person_parts().is_none());
    let held = set(&world.pass());
    assert_eq!((here(&world, "ahus"), here(&world, "helse-fonna"), world.has(LEADER)), before);
    world.release(held);
    world.pass();
    assert!(!world.has(LEADER) && here(&world, "ahus") == 0, "and a release of the whole lets it go");
}

#[test]
fn in_seven_days_twice_as_much() {
    let mut world = many();
    for (pass, numbers) in [(0, 0..2), (1, 2..4)] {
        drop_of(&mut world, "ahus", numbers);
        world.pass();
        assert_eq!(here(&world, "ahus"), 6 - pass * 2);
    }
    drop_of(&mut world, "ahus", 4..5);
    set(&world.pass());
    assert_eq!(here(&world, "ahus"), 4);
    for day in ["2026-03-04", "2026-03-06", "2026-03-08"] {
        world.day(day).pass();
    }
    assert_eq!(here(&world, "ahus"), 4);
    world.day("2026-03-10").pass();
    assert_eq!(here(&world, "ahus"), 3, "the first removals are more than seven days ago");
}

#[test]
fn what_was_taken_while_the_clock_was_not_believed_counts_from_the_day_that_is_confirmed() {
    let mut world = many();
    world.now = noon("2026-03-20");
    for numbers in [0..2, 2..4] {
        drop_of(&mut world, "ahus", numbers);
        let decided = world.pass();
        assert!(codes(&decided).contains(&Code::ClockSuspect));
    }
    assert_eq!(here(&world, "ahus"), 4);
    world.day("2026-03-20");
    drop_of(&mut world, "ahus", 4..5);
    set(&world.pass());
    assert_eq!(
        here(&world, "ahus"),
        4,
        "twice as much in seven days, and no more for a clock that stood still"
    );
    for day in ["2026-03-22", "2026-03-24", "2026-03-26"] {
        world.day(day).pass();
    }
    assert_eq!(here(&world, "ahus"), 4);
    world.day("2026-03-28").pass();
    assert_eq!(here(&world, "ahus"), 3);
}

#[test]
fn explicit_removals_beyond_the_budget_wait() {
    let mut world = many();
    for number in 0..4 {
        let entry = lu(AHUS, &format!("R-ahus-{number}"), LC_AHUS).revoked(LC_AHUS);
        world.put(&file("ahus", &format!("bruker{number}.ahus"), [entry]));
    }
    let decided = world.pass();
    assert_eq!(here(&world, "ahus"), 6);
    world.release(set(&decided));
    world.pass();
    assert_eq!(here(&world, "ahus"), 4);
    world.quiet();
}

#[test]
fn raising_the_limit_is_not_the_way_round() {
    let mut world = many();
    drop_of(&mut world, "ahus", 0..3);
    world.tree.edit("desired-state/register.yaml", "least: 2, percent: 10", "least: 9, percent: 90");
    world.pass();
    assert_eq!(here(&world, "ahus"), 8, "limits come from what was accepted");
}

fn ending(count: usize) -> World {
    let files: Vec<File> = (0..count)
        .map(|number| {
            let entry = lu(AHUS, &format!("R-ahus-{number}"), LC_AHUS).until("2026-03-10");
            file("ahus", &format!("bruker{number}.ahus"), [entry])
        })
        .collect();
    World::with(&files)
}

#[test]
fn ends_accepted_before_do_not_count() {
    let mut world = ending(8);
    for day in ["2026-03-04", "2026-03-06", "2026-03-08", "2026-03-10"] {
        world.now = noon(day);
        world.pass();
        assert_eq!(here(&world, "ahus"), 8, "{day}");
    }
    world.now = noon("2026-03-11");
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::ClockSuspect));
    assert_eq!(here(&world, "ahus"), 0);
    assert!(decided.charged.removals.is_empty());
    world.quiet();
}

#[test]
fn an_end_is_the_last_day_in_oslo() {
    for (now, stays) in [("2026-03-10T22:59:00Z", 1), ("2026-03-10T23:01:00Z", 0)] {
        let mut world = ending(1);
        world.now = now.parse().unwrap();
        confirm(&mut world.register, world.now, &[LEADER]);
        let decided = world.prepare(&portvakt_core::decide::Scope::Whole).unwrap();
        assert_eq!(decided.plan.steps.is_empty(), stays == 1, "{now}");
    }
}

#[test]
fn after_a_jump_of_the_clock_ends_count_until_somebody_confirms_the_date() {
    for day in ["2026-03-12", "2036-03-12"] {
        let mut world = ending(8);
        world.now = noon(day);
        for _ in 0..3 {
            let decided = world.pass();
            assert!(codes(&decided).contains(&Code::ClockSuspect));
            set(&decided);
            assert_eq!(here(&world, "ahus"), 8);
        }
        world.day(day).pass();
        assert_eq!(here(&world, "ahus"), 0);
        world.quiet();
    }
    // The clock is behind.
    let mut world = ending(8);
    world.day("2026-03-20");
    world.now = noon("2026-03-12");
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::ClockSuspect));
    assert_eq!(here(&world, "ahus"), 8);
    world.day("2026-03-12").pass();
    assert_eq!(here(&world, "ahus"), 0);
}

#[test]
fn a_jump_with_few_ends_acts_within_the_budget_and_counts() {
    let mut world = ending(2);
    world.now = noon("2026-03-12");
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::ClockSuspect));
    assert_eq!(here(&world, "ahus"), 0);
    assert_eq!(decided.charged.removals.len(), 2);
    // The clock stays in doubt until a person has confirmed it.
    assert!(codes(&world.pass()).contains(&Code::ClockSuspect));
    world.day("2026-03-12");
    assert!(!codes(&world.pass()).contains(&Code::ClockSuspect));
}

#[test]
fn a_coordinator_whose_removal_is_held_makes_no_room_for_another() {
    let mut files = users("ahus", AHUS, 8);
    files.push(file("ahus", "to.ahusen", [lc(AHUS, "R1", LEADER)]));
    let mut world = World::with(&files);
    drop_of(&mut world, "ahus", 0..3);
    world.tree.remove("ahus", "to.ahusen");
    world.put(&file("ahus", "tre.ahusen", [lc(AHUS, "R2", LEADER)]));
    // A person who was approved by the one who does not get in does not get in either.
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R3", "tre.ahusen")]));
    let held = set(&world.pass());
    assert!(world.has("to.ahusen") && !world.has("tre.ahusen") && !world.has("kari.testesen"));
    world.release(held);
    world.pass();
    world.pass();
    assert!(!world.has("to.ahusen") && world.has("tre.ahusen") && world.has("kari.testesen"));
    world.quiet();
}

#[test]
fn a_start_moved_ahead_for_everybody_takes_nobody_and_by_a_baseline_only_within_the_budget() {
    let mut world = World::with(&users("helse-fonna", FONNA, 8));
    let all = here(&world, "helse-fonna");
    for number in 0..8 {
        let mut moved = user("helse-fonna", FONNA, number);
        moved.access =
            moved.access.into_iter().map(|entry| entry.from("2026-04-01").on("2026-03-01")).collect();
        world.put(&moved);
    }
    let decided = world.pass();
    assert!(decided.plan.steps.is_empty(), "{:?}", decided.plan.steps);
    assert_eq!(decided.unsettled.refused.len(), 8);
    assert_eq!(here(&world, "helse-fonna"), all);
    // Two accept the later start on the host. Nothing was revoked, so the losses are counted and held.
    world.baseline("2026-03-02");
    let decided = world.pass();
    let held = set(&decided);
    assert_eq!(here(&world, "helse-fonna"), all);
    world.release(held);
    world.pass();
    assert_eq!(here(&world, "helse-fonna"), 0);
    world.day("2026-04-01").pass();
    assert_eq!(here(&world, "helse-fonna"), all, "the start has come");
}

#[test]
fn an_account_that_goes_with_an_access_is_counted_and_held_with_it() {
    let mut tree = Tree::with(&users("helse-fonna", FONNA, 8));
    tree.put(&user("helse-bergen", BERGEN, 0));
    // Three people at Ahus have an account from before, and their access has not begun.
    let later = |number: usize| {
        let id = format!("bruker{number}.ahus");
        file("ahus", &id, [lu(AHUS, &format!("R-ahus-{number}"), LC_AHUS).from("2026-04-01")])
    };
    let opened = |number: usize| {
        format!(
            "INSERT INTO account (id, person, name, email, active, opened)
             VALUES ('a{number}', 'bruker{number}.ahus', 'Før', 'a{number}@register.example', 1, '2020-01-01')"
        )
    };
    (0..3).for_each(|number| tree.put(&later(number)));
    let accounts: Vec<String> = (0..3).map(opened).collect();
    let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
    let mut world = World::accepted(tree, &accounts);
    world.pass();
    let open = |world: &World| {
        let all = world.accounts().into_iter();
        all.filter(|account| account.id.as_str().starts_with('a') && account.email.is_some()).count()
    };
    assert_eq!((open(&world), here(&world, "helse-fonna")), (3, 8));
    drop_of(&mut world, "ahus", 0..3);
    drop_of(&mut world, "helse-fonna", 0..2);
    drop_of(&mut world, "helse-bergen", 0..1);
    // The three at Ahus are over the limit of their trust. The three of the others are within the limit for all.
    let decided = world.pass();
    assert_eq!(decided.unsettled.sets[0].trust.as_ref().map(ToString::to_string), Some("ahus".to_owned()));
    let held = set(&decided);
    assert_eq!((open(&world), here(&world, "helse-fonna"), here(&world, "helse-bergen")), (3, 6, 0));
    world.quiet();
    world.release(held);
    world.pass();
    assert_eq!(open(&world), 0, "the accounts go with what was released");
    world.ledger_holds();
}

#[test]
fn a_release_whose_hold_was_mended_is_spent() {
    let mut world = many();
    drop_of(&mut world, "ahus", 0..3);
    let held = set(&world.pass());
    world.release(held);
    let back = |world: &mut World| (0..3).for_each(|number| world.tree.put(&user("ahus", AHUS, number)));
    back(&mut world);
    world.put(&user("ahus", AHUS, 20));
    let decided = world.pass();
    assert_eq!(decided.charged.releases, [held].into());
    world.quiet();
    drop_of(&mut world, "ahus", 0..3);
    assert_eq!(set(&world.pass()), held);
    assert_eq!(here(&world, "ahus"), 8, "the same set takes another release");
    world.release(held);
    world.pass();
    assert_eq!(here(&world, "ahus"), 5);
    world.quiet();
}
