//! Prints a history while it runs, for a person who wants to know why it fails. `PORTVAKT_LAB_TELL=FILE` turns this on.

use jiff::Timestamp;

use super::invariants::{Rights, minus};
use super::oracle::Date;
use super::world::Told;

/// Prints one run of the program: its effects on people, and its output.
pub fn pass(at: i64, clock: Timestamp, date: &Date, (before, after): (&Rights, &Rights), told: &Told) {
    let sure = if date.steady { "" } else { ", not believed" };
    println!("{at} run ({} passes), clock {clock}{sure}, day {}", told.passes, date.trusted);
    for (who, right) in minus(before, after) {
        println!("    - {who} {right}");
    }
    for (who, right) in minus(after, before) {
        println!("    + {who} {right}");
    }
    for held in told.held.iter().chain(&told.late) {
        println!("    waits: {:?}", held.people);
    }
    for (code, text) in &told.notes {
        println!("    {code}: {text}");
    }
}
