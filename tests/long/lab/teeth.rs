//! Tests the lab itself. Each fault that the program once had is planted again, and the lab must find it. It must also
//! find faults of reviews and rejections that nobody has made.

use std::time::Instant;

use portvakt_core::planted::PlantedFault;

use super::generate::{Theme, of};
use super::shrink::tried;
use super::world::Mode;

/// Returns the mode and the theme in which a fault can be seen. A fault of reviews can only be seen in the two years of
/// reviews.
pub(super) fn family(fault: PlantedFault) -> Option<(Mode, Theme)> {
    Some(match fault {
        PlantedFault::ClockBehindTakes | PlantedFault::StartsOnSuspectClock => (Mode::Apply, Theme::Clock),
        PlantedFault::ErrorsTake => (Mode::Apply, Theme::Torn),
        PlantedFault::MovedIsGone => (Mode::Apply, Theme::Moved),
        PlantedFault::BlinkIsGone => (Mode::Daemon, Theme::Blink),
        PlantedFault::RaisedLimitLetsGo => (Mode::Apply, Theme::Limits),
        PlantedFault::FileForFolderEmpties => (Mode::Apply, Theme::Folder),
        PlantedFault::AdditionsUnlimited => (Mode::Apply, Theme::Crowd),
        PlantedFault::MemoryBelieved => (Mode::Daemon, Theme::Memory),
        PlantedFault::LossCommitByCommit | PlantedFault::BudgetCommitByCommit => (Mode::Git, Theme::Branch),
        PlantedFault::StandbyTrustsItsClock | PlantedFault::TakeoverTrustsItsTree => {
            (Mode::Pair, Theme::Takeover)
        }
        PlantedFault::StartMovedTakes => (Mode::Apply, Theme::Start),
        PlantedFault::FolderBlinkIsGone => (Mode::Daemon, Theme::Vanish),
        PlantedFault::KilledCopyTrusted => (Mode::Pair, Theme::Failover),
        PlantedFault::TooDeepIsGone => (Mode::Apply, Theme::Deep),
        PlantedFault::OlderApprovalServes => (Mode::Apply, Theme::Older),
        PlantedFault::RejectedServes => (Mode::Apply, Theme::Greed),
        PlantedFault::ReviewClosedUnread
        | PlantedFault::OverdueReviewGives
        | PlantedFault::OvertakenReviewForgotten => {
            return None;
        }
    })
}

/// The first seed, how many at most, and how long each history is.
const FROM: u64 = 0;
const MOST: u64 = 12;
const DAYS: i64 = 12;

/// The test uses one thread, because a planted fault only affects the thread that plants it.
#[test]
fn the_lab_finds_each_fault_when_it_is_planted_back() {
    let begun = Instant::now();
    let mut missed = Vec::new();
    println!("| fault | mode | theme | seeds needed | found by |");
    println!("|---|---|---|---|---|");
    for fault in PlantedFault::ALL {
        let Some((mode, theme)) = family(fault) else { continue };
        // A fault is found if a seed fails with it and holds without it. A failure for another reason proves nothing.
        let found = (FROM..FROM + MOST).find_map(|seed| {
            let history = of(seed, mode, theme, DAYS);
            PlantedFault::plant(Some(fault));
            let planted = tried(&history);
            PlantedFault::plant(None);
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
