//! The lab runs histories that are made from seeds. It uses the real engine, real SQLite files and a real folder or
//! repository. An oracle, which knows only what people meant, judges the results. `docs/lab.md` explains how to run the
//! lab longer.

mod actors;
mod cases;
mod chance;
mod desk;
mod generate;
mod history;
mod invariants;
#[path = "../../program/scim/loopback/mod.rs"]
#[allow(dead_code, reason = "the tests of the SCIM client use the rest")]
mod loopback;
mod oracle;
mod reviews;
#[path = "../../edges/pass/rows.rs"]
mod rows;
mod run;
mod shrink;
mod teeth;
mod tell;
mod world;

use crate::same_engine::splitmix;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use generate::{Theme, history};
use history::History;
use shrink::{shrunk, tried};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

const DAYS: i64 = 30;

/// Runs every seed: `PORTVAKT_LAB_SEEDS` of them from `PORTVAKT_LAB_FROM` on, `PORTVAKT_LAB_THREADS` at a time.
#[test]
fn no_history_takes_or_gives_what_nobody_meant() {
    let (seeds, from) = (number("PORTVAKT_LAB_SEEDS", 12), number("PORTVAKT_LAB_FROM", 0));
    let threads = number("PORTVAKT_LAB_THREADS", 2);
    let theme = std::env::var("PORTVAKT_LAB_THEME").ok();
    let without = std::env::var("PORTVAKT_LAB_WITHOUT").unwrap_or_default();
    let without: Vec<&str> = without.split(',').collect();
    let (begun, next, passes) = (Instant::now(), AtomicU64::new(from), AtomicUsize::new(0));
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + seeds {
                        return;
                    }
                    let mut history = match &theme {
                        None => history(seed, DAYS),
                        Some(name) => themed(seed, name),
                    };
                    history.steps.retain(|step| !without.contains(&step.verb.as_str()));
                    if let Some(file) = std::env::var_os("PORTVAKT_LAB_KEEP") {
                        std::fs::write(file, history.to_string()).unwrap();
                    }
                    match tried(&history) {
                        Ok(made) => passes.fetch_add(made, Ordering::Relaxed),
                        Err((step, failure)) => {
                            // The failure is printed at once, because a limit may end the run before its end.
                            println!("seed {seed} fails: {}: {}", failure.invariant, failure.what);
                            failures.lock().unwrap().push((seed, history, step, failure));
                            0
                        }
                    };
                }
            });
        }
    });
    let spent = begun.elapsed();
    let mut failures = failures.into_inner().unwrap();
    failures.sort_by_key(|(seed, ..)| *seed);
    let passes = passes.into_inner();
    println!("{seeds} histories from seed {from}, {passes} passes in those that hold, {spent:.1?}");
    if failures.is_empty() {
        return;
    }
    let mut told = format!("{} of {seeds} histories fail\n", failures.len());
    for (seed, history, _, failure) in &failures {
        told.push_str(&format!(
            "seed {seed} ({}): {}: {}\n",
            history.mode.word(),
            failure.invariant,
            failure.what
        ));
    }
    // Shrinking takes as long as a hundred histories: the first of each kind is enough to begin with.
    let most = number("PORTVAKT_LAB_SHRINK", 3) as usize;
    let mut seen = std::collections::BTreeSet::new();
    let firsts = failures.into_iter().filter(|(.., failure)| seen.insert(failure.invariant));
    for (seed, history, step, failure) in firsts.take(most) {
        let (small, failure) = shrunk(history, step, failure);
        told.push_str(&format!("\n-- seed {seed}, shrunk: {}: {}\n{small}", failure.invariant, failure.what));
    }
    panic!("{told}");
}

/// Reads `mode:Theme`, which selects one kind of trouble.
fn themed(seed: u64, name: &str) -> History {
    let (mode, theme) = name.split_once(':').unwrap_or_else(|| panic!("{name}"));
    let mode = *world::Mode::ALL.iter().find(|known| known.word() == mode).unwrap();
    let theme = *Theme::ALL.iter().find(|known| format!("{known:?}") == theme).unwrap();
    generate::of(seed, mode, theme, DAYS)
}

/// Runs the histories that failed once.
#[test]
fn what_failed_once_holds() {
    let mut told = String::new();
    for (name, text) in cases::named() {
        if let Err((_, failure)) = tried(&History::read(text)) {
            told.push_str(&format!("{name}: {}: {}\n", failure.invariant, failure.what));
        }
    }
    assert!(told.is_empty(), "{told}");
}

/// Runs one history from a file and prints every step: `PORTVAKT_LAB_TELL=FILE`.
#[test]
fn a_history_from_a_file() {
    let Ok(file) = std::env::var("PORTVAKT_LAB_TELL") else { return };
    let history = History::read(&std::fs::read_to_string(file).unwrap());
    if let Err((step, failure)) = tried(&history) {
        let line = history.steps.get(step).map_or("the end".to_owned(), ToString::to_string);
        panic!("at `{line}`: {}: {}", failure.invariant, failure.what);
    }
}

/// The same seed tells the same history, and a history that is printed reads as the same.
#[test]
fn histories_are_told_again() {
    for seed in 0..40 {
        let one = history(seed, DAYS).to_string();
        assert_eq!(one, history(seed, DAYS).to_string());
        assert_eq!(one, History::read(&one).to_string());
    }
}
