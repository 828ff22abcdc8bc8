//! Runs two years of a register with eight trusts whose user lists are reviewed (R36). Reviews are in time, late or
//! incomplete, and for some months there are none. New access comes all the time, and access that ends soon is
//! extended. Some ends of a review last until after the next review, which overtakes it. Some rows that a review keeps
//! shall change.
//!
//! The oracle knows what people did and on which day. From that it computes when each review is due, whose new or
//! longer access waits for one, and which review the store has closed. It shares no code with the program.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Span, Timestamp};
use portvakt_core::planted::PlantedFault;

use self::files::{file, tree};
use self::trust::{Extension, Trust, months_later};
use super::chance::Chance;
use super::desk::{Day, File, LEADER};
use super::number;
use super::teeth::family;
use super::world::{Mode, World};

mod files;
mod months;
mod passes;
mod trust;

/// The folder and unit of each trust. Each has a coordinator and two nurses in the beginning.
const TRUSTS: [(&str, u32); 8] = [
    ("trust-a", 200_001),
    ("trust-b", 200_002),
    ("trust-c", 200_003),
    ("trust-d", 200_004),
    ("trust-e", 200_005),
    ("trust-f", 200_006),
    ("trust-g", 200_007),
    ("trust-h", 200_008),
];

const DAYS: i64 = 730;

/// The day from which reviews are asked for. Everybody of the beginning has had access since before it.
const ASKED: Day = jiff::civil::date(2026, 2, 1);
const BEFORE: Day = jiff::civil::date(2026, 1, 5);

/// An approval is renewed before it is too old to be used.
const RENEWED: i64 = 20;

/// An access is extended so long before its last day, and by so many days.
const AHEAD: i64 = 20;
const LONGER: i64 = 150;

/// If a review wants a change, the access gets a last day so far ahead that the review is closed long before.
const CHANGED: i64 = 400;

fn days(number: i64) -> Span {
    Span::new().days(number)
}

fn coordinator(trust: &str) -> String {
    format!("lc.{trust}")
}

struct Story {
    world: World,
    chance: Chance,
    trusts: Vec<Trust>,
    files: BTreeMap<(String, String), File>,
    /// Lists, by their paths.
    lists: BTreeMap<String, String>,
    /// People whose access was approved and is not there yet, with their trust.
    coming: BTreeMap<String, usize>,
    /// People whose access was extended and the longer one is not accepted yet.
    extending: BTreeMap<String, Extension>,
    /// The number of runs that found an extension that waits for a review.
    postponed: usize,
    /// Changes that reviews asked for and that were made.
    changed: usize,
    closings: usize,
    /// Closings of reviews that were overtaken before.
    overtaken: usize,
    /// The number of times that something waited. If it is zero, the story tests nothing.
    waited: usize,
    people: usize,
    passes: usize,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mut files = BTreeMap::new();
        let mut trusts = Vec::new();
        for (name, unit) in TRUSTS {
            let lc = coordinator(name);
            files.insert((name.to_owned(), lc.clone()), file(name, &lc, unit, "LC", LEADER, BEFORE));
            for number in 0..2 {
                let nurse = format!("bruker{number}.{name}");
                let entry = file(name, &nurse, unit, "LU", &lc, BEFORE);
                files.insert((name.to_owned(), nurse), entry);
            }
            let (lists, next) = (BTreeSet::new(), ASKED);
            let mut trust = Trust { name, unit, last: None, next, half: false, open: Vec::new(), lists };
            trust.plan(&mut chance);
            trusts.push(trust);
        }
        let now = noon(ASKED);
        let world = World::new(Mode::Apply, &tree(&files, &BTreeMap::new()), now);
        let mut story = Self {
            world,
            chance,
            trusts,
            files,
            lists: BTreeMap::new(),
            coming: BTreeMap::new(),
            extending: BTreeMap::new(),
            postponed: 0,
            changed: 0,
            closings: 0,
            overtaken: 0,
            waited: 0,
            people: 0,
            passes: 0,
        };
        story.world.run(true, 0, now).unwrap();
        story
    }
}

/// Returns whether the last day of a person's access has passed.
fn is_over(file: &File, today: Day) -> bool {
    file.access[0].until.is_some_and(|until| until < today)
}

fn noon(day: Day) -> Timestamp {
    day.at(12, 0, 0, 0).in_tz("Europe/Oslo").unwrap().timestamp()
}

fn told(seed: u64) -> Result<[usize; 6], String> {
    let mut story = Story::new(seed);
    for number in 1..=DAYS {
        let today = ASKED + days(number);
        // A run every week, and whenever somebody has done something.
        if story.day(today) || number % 7 == 0 {
            story.pass(today).map_err(|why| format!("seed {seed}, {today}: {why}"))?;
        }
    }
    story.world.ledger()?;
    let Story { passes, waited, closings, overtaken, postponed, changed, .. } = story;
    Ok([passes, waited, closings, overtaken, postponed, changed])
}

/// A sixth as many seeds as the lab tells of a month: one of these takes as long as several of those.
#[test]
fn two_years_of_eight_trusts_that_are_reviewed_in_time_late_and_not_at_all() {
    let (from, seeds) = (number("PORTVAKT_LAB_FROM", 0), number("PORTVAKT_LAB_SEEDS", 12));
    let (mut overtaken_in_all, mut postponed_in_all, mut changed_in_all) = (0, 0, 0);
    for seed in from..from + seeds.div_ceil(6) {
        let [passes, waited, closings, overtaken, postponed, changed] =
            told(seed).unwrap_or_else(|why| panic!("{why}"));
        println!(
            "seed {seed}: {passes} passes, {waited} times somebody waited, {closings} reviews closed, {overtaken} of them \
             overtaken before, {postponed} times an extension waited, {changed} changes made"
        );
        assert!(waited > 0 && closings > 0, "seed {seed} tells of nothing");
        overtaken_in_all += overtaken;
        postponed_in_all += postponed;
        changed_in_all += changed;
    }
    assert!(overtaken_in_all > 0 || seeds == 0, "no review is overtaken before it is closed");
    assert!(postponed_in_all > 0 || seeds == 0, "no extension waits for a review");
    assert!(changed_in_all > 0 || seeds == 0, "no review asks for a change");
}

/// The largest number of seeds that are run for each planted fault.
const MOST: u64 = 3;

/// The test uses one thread, because a planted fault only affects the thread that plants it.
#[test]
fn the_two_years_find_each_fault_of_reviews_when_it_is_planted() {
    let faults = || PlantedFault::ALL.into_iter().filter(|fault| family(*fault).is_none());
    assert_eq!(faults().count(), 3);
    // A fault is found if a seed fails with it and holds without it.
    let holds: Vec<bool> = (0..MOST).map(|seed| told(seed).is_ok()).collect();
    let mut missed = Vec::new();
    for fault in faults() {
        let found = (0..MOST).zip(&holds).filter(|(_, holds)| **holds).find_map(|(seed, _)| {
            PlantedFault::plant(Some(fault));
            let planted = told(seed);
            PlantedFault::plant(None);
            planted.err().map(|why| (seed + 1, why))
        });
        match found {
            Some((needed, why)) => println!("| {fault:?} | two years of reviews | {needed} | {why} |"),
            None => missed.push(fault),
        }
    }
    assert!(missed.is_empty(), "not found in {MOST} seeds: {missed:?}");
}

#[test]
fn the_oracle_reckons_months_as_people_do() {
    let date = jiff::civil::date;
    for (day, months, later) in [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 3, 31), 3, date(2026, 6, 30)),
        (date(2026, 9, 1), 3, date(2026, 12, 1)),
        (date(2026, 10, 15), 3, date(2027, 1, 15)),
    ] {
        assert_eq!(months_later(day, months), later, "{day}");
    }
}
