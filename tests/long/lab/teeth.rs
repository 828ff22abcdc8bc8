//! Tests the lab itself. Each fault that the program once had is planted again, and the lab must find it.

use std::time::Instant;

use portvakt_core::planted::Fault;

use super::generate::{Theme, of};
use super::shrink::tried;
use super::world::Mode;

/// Where a fault shows itself: how the program runs, and what the history is about.
fn family(fault: Fault) -> (Mode, Theme) {
    match fault {
        Fault::ClockBehindTakes | Fault::StartsOnSuspectClock => (Mode::Apply, Theme::Clock),
        Fault::ErrorsTake => (Mode::Apply, Theme::Torn),
        Fault::MovedIsGone => (Mode::Apply, Theme::Moved),
        Fault::BlinkIsGone => (Mode::Daemon, Theme::Blink),
        Fault::RaisedLimitLetsGo => (Mode::Apply, Theme::Limits),
        Fault::FileForFolderEmpties => (Mode::Apply, Theme::Folder),
        Fault::AdditionsUnlimited => (Mode::Apply, Theme::Crowd),
        Fault::MemoryBelieved => (Mode::Daemon, Theme::Memory),
        Fault::LossCommitByCommit | Fault::BudgetCommitByCommit => (Mode::Git, Theme::Branch),
        Fault::StandbyTrustsItsClock | Fault::TakeoverTrustsItsTree => (Mode::Pair, Theme::Takeover),
    }
}

/// The first seed, how many at most, and how long each history is.
const FROM: u64 = 0;
const MOST: u64 = 12;
const DAYS: i64 = 12;

/// On one thread: a planted fault is of the thread that plants it.
#[test]
fn the_lab_finds_each_fault_when_it_is_planted_back() {
    let begun = Instant::now();
    let mut missed = Vec::new();
    println!("| fault | mode | theme | seeds needed | found by |");
    println!("|---|---|---|---|---|");
    for fault in Fault::ALL {
        let (mode, theme) = family(fault);
        // Found is what fails with the fault and holds without it: another fault proves no teeth.
        let found = (FROM..FROM + MOST).find_map(|seed| {
            let history = of(seed, mode, theme, DAYS);
            Fault::plant(Some(fault));
            let planted = tried(&history);
            Fault::plant(None);
            let (_, failure) = planted.err()?;
            tried(&history).is_ok().then_some((seed - FROM + 1, failure.invariant))
        });
        let (needed, by) = found.map_or(("none".to_owned(), "-"), |(n, by)| (n.to_string(), by));
        println!("| {fault:?} | {} | {theme:?} | {needed} | {by} |", mode.word());
        if found.is_none() {
            missed.push(fault);
        }
    }
    println!("{:.1?}", begun.elapsed());
    assert!(missed.is_empty(), "not found in {MOST} seeds: {missed:?}");
}
