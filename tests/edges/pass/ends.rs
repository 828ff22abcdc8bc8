//! Ends that are moved to an earlier day. An end that lies ahead must have stood in its file for as long as an absence must
//! last, so an older version of a file that is there for a moment shortens nothing.

use std::time::Duration;

use portvakt_core::decide::{Lasting, Patience};
use portvakt_core::diag::{Code, Lang};

use crate::pass::fixture::*;

const KARI: &str = "kari.testesen";

/// The access as it was given first.
fn older() -> Entry {
    lu(AHUS, "R1", LC_AHUS).until("2026-06-30").on("2026-02-26")
}

/// The same access, made longer on the first day.
fn newer() -> Entry {
    older().until("2026-09-30").on(START)
}

fn kari(entry: Entry) -> File {
    file("ahus", KARI, [entry])
}

fn patience() -> Patience {
    Patience::Lasting(Lasting::new(Duration::from_secs(30)))
}

/// A daemon's world in which the longer access was accepted.
fn extended() -> World {
    let mut world = World::with(&[kari(older())]);
    world.put(&kari(newer()));
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    assert_eq!(until(&world), "2026-09-30");
    world.patience = patience();
    world
}

/// The accepted end.
fn until(world: &World) -> String {
    let known = world.known(KARI);
    let standing = known.grants.values().next().unwrap();
    standing.grant.until.unwrap().to_string()
}

/// The number of the ledger's entries about what files say and what was accepted.
fn ledger_entries(world: &World) -> i64 {
    let sql = "SELECT count(*) FROM ledger WHERE kind IN ('files', 'accepted', 'refused')";
    world.register.connection().query_row(sql, [], |row| row.get::<i64>(0)).unwrap()
}

fn later(world: &mut World, seconds: u64) {
    world.began.1 += Duration::from_secs(seconds);
}

#[test]
fn an_older_version_that_is_there_for_a_moment_shortens_nothing() {
    let mut world = extended();
    world.put(&kari(older()));
    let decided = world.pass();
    let since = world.now.strftime("%F %T UTC").to_string();
    let told = only(&decided, Code::WaitingToLast);
    for (text, words) in [
        (told.message.en(), "has an earlier end in its file, 2026-06-30"),
        (told.message.get(Lang::Nb), "har en tidligere slutt i filen, 2026-06-30"),
    ] {
        assert!(text.contains(words) && text.contains(&since), "{text}");
    }
    assert_eq!(decided.unsettled.ends_ahead.len(), 1);
    assert_eq!(errors(&decided.findings), Vec::<String>::new(), "its older approval is not judged either");
    later(&mut world, 29);
    assert_eq!(only(&world.pass(), Code::WaitingToLast), told, "the same is told, with the same time");
    assert_eq!(until(&world), "2026-09-30");
    world.put(&kari(newer()));
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new(), "no approval is asked for");
    assert!(decided.unsettled.ends_ahead.is_empty() && !codes(&decided).contains(&Code::WaitingToLast));
    later(&mut world, 60);
    world.quiet();
    assert_eq!(until(&world), "2026-09-30");
    // It is nothing each time anew, and nothing of it is recorded.
    let entries = ledger_entries(&world);
    for end in ["2026-06-30", "2026-05-31", "2026-06-30"] {
        world.put(&kari(newer().until(end)));
        world.pass();
        later(&mut world, 20);
        world.pass();
        world.put(&kari(newer()));
        world.pass();
        later(&mut world, 1);
    }
    assert_eq!(until(&world), "2026-09-30");
    assert_eq!(ledger_entries(&world), entries);
}

#[test]
fn an_earlier_end_that_lasts_is_accepted_and_a_restart_only_delays_it() {
    let mut world = extended();
    let shorter = || newer().until("2026-06-30");
    world.put(&kari(shorter()));
    world.pass();
    later(&mut world, 20);
    world.pass();
    // The program is killed and started again.
    world.patience = patience();
    world.restart();
    assert!(codes(&world.pass()).contains(&Code::WaitingToLast));
    assert_eq!(until(&world), "2026-09-30");
    // Another earlier end is another one, and it is waited for by itself.
    later(&mut world, 20);
    world.put(&kari(newer().until("2026-05-31")));
    world.pass();
    later(&mut world, 29);
    world.pass();
    assert_eq!(until(&world), "2026-09-30");
    later(&mut world, 1);
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert!(!codes(&decided).contains(&Code::WaitingToLast));
    assert_eq!(until(&world), "2026-05-31");
    world.quiet();
    // From here on the longer end is an extension.
    world.put(&kari(newer()));
    only(&world.pass(), Code::ApprovalNotRenewed);
    assert_eq!(until(&world), "2026-05-31");
}

#[test]
fn an_older_version_that_stays_is_shorter_and_refused_as_before() {
    let mut world = extended();
    world.put(&kari(older()));
    world.pass();
    later(&mut world, 30);
    only(&world.pass(), Code::ApprovalNotRenewed);
    assert_eq!(until(&world), "2026-06-30");
}

#[test]
fn what_is_missing_beside_an_end_that_waits_lasts_meanwhile_and_is_withheld_by_the_refusal() {
    let second = || lu(AHUS, "R2", LC_AHUS).rapporteket();
    let both = |entry: Entry| file("ahus", KARI, [entry, second()]);
    let mut world = World::with(&[both(older())]);
    world.put(&both(newer()));
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    world.patience = patience();
    // The older version of the file lacks the second access too.
    world.put(&kari(older()));
    world.pass();
    later(&mut world, 30);
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::ApprovalNotRenewed));
    assert_eq!(world.rights(KARI).len(), 2, "a file with a refused entry takes nothing for being absent");
    let Patience::Lasting(lasting) = &world.patience else { panic!("it was a daemon's") };
    assert_eq!(lasting.next(), None);
}

#[test]
fn an_end_of_today_or_earlier_acts_at_once_and_so_does_one_that_is_approved() {
    let mut world = extended();
    world.put(&kari(newer().until(START)));
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::WaitingToLast));
    assert_eq!(until(&world), START);
    let mut world = extended();
    world.put(&kari(newer().until("2026-03-01")));
    world.pass();
    assert!(!world.has(KARI));
    // The day may come while the end waits.
    let mut world = extended();
    world.put(&kari(newer().until("2026-03-03")));
    world.pass();
    assert_eq!(until(&world), "2026-09-30");
    world.day("2026-03-03").pass();
    assert_eq!(until(&world), "2026-03-03");
    let Patience::Lasting(lasting) = &world.patience else { panic!("it was a daemon's") };
    assert_eq!(lasting.next(), None, "nothing is waited for any more");
    // A newer approval shows that the file is no older version.
    let mut world = extended();
    world.put(&kari(Entry { by: LEADER.to_owned(), ..newer().until("2026-06-30") }));
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert!(!codes(&decided).contains(&Code::WaitingToLast));
    assert_eq!(until(&world), "2026-06-30");
    let Patience::Lasting(lasting) = &world.patience else { panic!("it was a daemon's") };
    assert_eq!(lasting.next(), None);
}

#[test]
fn one_pass_takes_an_earlier_end_as_it_stands() {
    let mut world = extended();
    world.patience = Patience::None;
    world.put(&kari(newer().until("2026-06-30")));
    let decided = world.pass();
    assert!(decided.unsettled.ends_ahead.is_empty());
    assert_eq!(until(&world), "2026-06-30");
}
