//! A wrong clock takes nothing and gives nothing, and has a way back.

use portvakt_core::decide::Scope;
use portvakt_core::diag::{Code, Severity};
use portvakt_core::model::FilePath;
use portvakt_engine::ledger::person_key::known_key;
use portvakt_engine::report::{LifeEventKind, WrongClock, life};

use super::moved::move_wrongly;
use super::{kari, people, rights, withheld};
use crate::pass::fixture::*;

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
fn what_is_done_under_a_clock_that_is_not_believed_is_told_so() {
    for (now, wrong) in [("2025-03-02", WrongClock::Behind), ("2027-03-02", WrongClock::Ahead)] {
        let mut world = World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)])]);
        let events = |world: &World| {
            let conn = world.register.connection();
            life(conn, &known_key(conn, &person("kari.testesen")).unwrap().unwrap()).unwrap()
        };
        let before = events(&world);
        assert!(before.iter().all(|event| event.clock.is_none()), "{before:#?}");
        let written = world.now;
        world.now = noon(now);
        world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]));
        world.pass();
        assert!(!world.has("kari.testesen"), "{now}");
        let after = events(&world).split_off(before.len());
        let happened: Vec<LifeEventKind> = after.iter().map(|event| event.what).collect();
        let all = [LifeEventKind::EndAccepted, LifeEventKind::Taken, LifeEventKind::AccountClosed];
        assert_eq!(happened, all, "{now}");
        // Their time is borrowed, and each says so: what was accepted by itself, and the steps by their plan.
        assert!(after.iter().all(|event| event.clock == Some(wrong)), "{after:#?}");
        assert!(after.iter().all(|event| event.at <= written), "{after:#?}");
        world.ledger_holds();
        world.day("2026-03-04");
        world.put(&file("ahus", "ny.testesen", [lu(AHUS, "R2", LC_AHUS)]));
        world.pass();
        assert!(world.has("ny.testesen"));
        assert_eq!(events(&world).len(), before.len() + after.len());
    }
}

#[test]
fn what_a_clock_ahead_has_ended_stands_again_when_two_confirm_the_date() {
    let ending =
        |who: &str, until: &str| file("ahus", who, [lu(AHUS, &format!("R-{who}"), LC_AHUS).until(until)]);
    let [early, right] = [("for.testesen", "2026-03-20"), ("ferdig.testesen", "2026-03-03")];
    let mut world = World::with(&[ending(early.0, early.1), ending(right.0, right.1)]);
    world.now = noon("2027-03-02");
    assert!(codes(&world.pass()).contains(&Code::ClockSuspect));
    assert!(!world.has(early.0) && !world.has(right.0), "ends act within the budget");
    // The clock is put right. The wrong day was never trusted, and one alone gives nothing back.
    world.day("2026-03-04").pass();
    assert!(!world.has(early.0));
    confirm(&mut world.register, world.now, &[LEADER, COORDINATOR]);
    world.pass();
    world.pass();
    assert!(world.has(early.0), "its own end date lies ahead");
    assert!(!world.has(right.0), "it is over by the right day too");
    world.quiet();
    world.ledger_holds();
    // A second confirmation changes nothing, and the access ends on its own day.
    confirm(&mut world.register, world.now, &[LEADER, COORDINATOR]);
    world.quiet();
    world.day("2026-03-21").pass();
    assert!(!world.has(early.0));
}

/// Kari's access until a day, and made longer with an approval of another day.
fn until_and_longer(until: &str, approved: &str, by: &str) -> [File; 2] {
    let access = || lu(AHUS, "R1", LC_AHUS).until(until);
    let longer = Entry { by: by.to_owned(), ..access().until("2026-09-30").on(approved) };
    [access(), longer].map(|entry| file("ahus", "kari.testesen", [entry]))
}

/// The last day of Kari's access, as it was accepted.
fn last_day(world: &World) -> String {
    let known = world.known("kari.testesen");
    known.grants.values().next().unwrap().grant.until.unwrap().to_string()
}

#[test]
fn an_approved_extension_that_waits_for_the_date_holds_the_end_of_its_access() {
    // The end lies after the first look, or within the time without a pass.
    for (until, approved, looks) in [
        ("2026-03-06", "2026-03-05", ["2026-03-05", "2026-03-07", "2026-03-12"]),
        ("2026-03-03", "2026-03-03", ["2026-03-05", "2026-03-06", "2026-03-07"]),
    ] {
        let [access, longer] = until_and_longer(until, approved, LC_AHUS);
        let mut world = World::with(&[access]);
        let account = world.account("kari.testesen").unwrap().id;
        world.put(&longer);
        for look in looks {
            world.now = noon(look);
            let decided = world.pass();
            assert!(decided.unsettled.refused.is_empty() && world.has("kari.testesen"), "{look}");
            let told =
                decided.findings.iter().any(|finding| finding.message.en().contains("is over by the clock"));
            assert_eq!(told, look > until, "{look}");
            // A pass over another file does not see that an extension waits.
            let other = FilePath::new("desired-state/ahus/lc.ahusen.yaml");
            world.pass_over(&Scope::Files([other].into()));
            assert!(world.has("kari.testesen"), "{look}");
        }
        world.day(looks[2]);
        assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
        assert_eq!(
            (last_day(&world).as_str(), world.account("kari.testesen").unwrap().id),
            ("2026-09-30", account)
        );
        world.quiet();
        world.ledger_holds();
    }
}

#[test]
fn an_extension_without_an_approval_that_counts_holds_no_end() {
    // Another trust's coordinator has approved it, or the approval is too old by the clock's day.
    for (by, look) in [(LC_FONNA, "2026-03-07"), (LC_AHUS, "2026-04-20")] {
        let [access, longer] = until_and_longer("2026-03-06", "2026-03-05", by);
        let mut world = World::with(&[access]);
        world.put(&longer);
        world.now = noon(look);
        world.pass();
        assert!(!world.has("kari.testesen"), "{by}");
    }
}

#[test]
fn an_extension_that_waited_for_a_clock_behind_is_accepted_after_the_last_day() {
    let [access, longer] = until_and_longer("2026-03-06", "2026-03-05", LC_AHUS);
    let mut world = World::with(&[access]);
    world.day("2026-03-05").pass();
    world.put(&longer);
    world.now = "2026-03-04T13:00:00Z".parse().unwrap();
    assert!(world.pass().unsettled.refused.is_empty());
    // The clock is put right within 48 hours, and nobody confirms anything.
    world.now = "2026-03-07T10:00:00Z".parse().unwrap();
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    assert!(world.has("kari.testesen"));
    assert_eq!(last_day(&world), "2026-09-30");
    // One that nobody has seen before the end uses the request again.
    let [access, longer] = until_and_longer("2026-03-06", "2026-03-05", LC_AHUS);
    let mut world = World::with(&[access]);
    world.day("2026-03-07").put(&longer);
    assert_eq!(world.pass().unsettled.refused.len(), 1);
    assert!(!world.has("kari.testesen"));
}

#[test]
fn the_refusal_of_an_access_that_a_wrong_clock_has_ended_names_the_clock() {
    let [access, longer] = until_and_longer("2026-03-20", "2026-03-03", LC_AHUS);
    let mut world = World::with(&[access]);
    world.now = noon("2027-03-02");
    world.pass();
    world.put(&longer);
    world.now = noon("2026-03-03");
    let decided = world.pass();
    let mut refused = decided.unsettled.refused.values().map(|(_, refusal)| &refusal.finding);
    let way_out = refused.next().unwrap().way_out.en();
    assert!(
        way_out.starts_with("This access ended too early") && way_out.contains("confirm-date 2026-03-03")
    );
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

/// Moves the trusted moment and day with SQL, without an entry of the ledger that says so.
fn write_trusted(world: &World, day: &str) {
    world.sql(&format!(
        "UPDATE mark SET value = '{day}T12:00:00Z' WHERE key = 'clock';
         UPDATE mark SET value = '{day}' WHERE key = 'clock.day'"
    ));
}

#[test]
fn a_trusted_moment_written_ahead_of_the_clock_begins_and_ends_nothing() {
    let entry = |request: &str| lu(AHUS, request, LC_AHUS);
    let mut world = World::with(&[
        kari(),
        file("ahus", "ny.testesen", [entry("R2").from("2026-03-20")]),
        file("ahus", "slutter.testesen", [entry("R3").until("2026-03-20")]),
        file("ahus", "lege.testesen", [entry("R4")]),
    ]);
    write_trusted(&world, "2026-04-01");
    // What acts at once is recorded, and shows nobody that the days until the written one have passed.
    for (who, request) in [("kari.testesen", "R1"), ("lege.testesen", "R4")] {
        world.put(&file("ahus", who, [entry(request).revoked(LC_AHUS)]));
        let decided = world.pass();
        assert!(codes(&decided).contains(&Code::ClockSuspect));
        assert!(!world.has(who), "`revoked` acts");
        assert!(!world.has("ny.testesen") && world.has("slutter.testesen"), "after {who}");
        assert_eq!(decided.clock.day.to_string(), START);
    }
    world.restart();
    world.pass();
    assert!(!world.has("ny.testesen") && world.has("slutter.testesen"));
    world.ledger_holds();
    // Two confirm the right date, and both days come when they come.
    confirm(&mut world.register, world.now, &[LEADER, COORDINATOR]);
    assert!(!codes(&world.pass()).contains(&Code::ClockSuspect));
    assert!(!world.has("ny.testesen") && world.has("slutter.testesen"));
    world.day("2026-03-21").pass();
    assert!(world.has("ny.testesen") && !world.has("slutter.testesen"));
}

#[test]
fn a_trusted_moment_written_ahead_of_the_clock_is_none_of_the_seven_days_of_a_moved_file_or_a_budget() {
    let mut files = people("ahus", AHUS, LC_AHUS, 12);
    files.push(kari());
    let mut world = World::with(&files);
    move_wrongly(&mut world);
    assert!(withheld(&world.pass()));
    for number in 0..4 {
        world.tree.remove("ahus", &format!("p{number}.testesen"));
        if number % 2 == 1 {
            world.pass();
        }
    }
    let before = rights(&world);
    write_trusted(&world, "2026-05-01");
    world.tree.remove("ahus", "p4.testesen");
    let decided = world.pass();
    assert!(withheld(&decided) && world.has("kari.testesen"), "seven days have not passed");
    assert!(!decided.unsettled.sets.is_empty() && rights(&world) == before, "the week is used up");
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
