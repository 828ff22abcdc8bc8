//! The table of results, with figure, floor and ratio of every row.

use std::fmt::Write as _;
use std::time::Duration;

use super::Outcome;

/// The goal of a row.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// No goal is set. The floor is for comparison.
    None,
    /// The goal is at most this many times the floor.
    Times(f64),
    /// The goal is at most this long beyond the floor.
    Beyond(Duration),
    /// The goal is at most this many MiB.
    Memory(f64),
}

struct Row {
    what: String,
    people: u64,
    median: String,
    late: String,
    floor: String,
    ratio: String,
    goal: String,
}

/// The rows in the order in which they were measured, and the notes about them.
#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
    notes: Vec<String>,
}

const HEADS: [&str; 7] = ["what", "people", "median", "99th", "floor", "ratio", "goal"];

/// Returns the middle one of the times.
pub fn median(times: &[Duration]) -> Duration {
    at(times, 50)
}

/// Returns the time that this many of a hundred do not exceed.
fn at(times: &[Duration], percent: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(rank).copied().unwrap_or_default()
}

fn shown(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 10.0 {
        format!("{ms:.2} ms")
    } else if ms < 1_000.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{:.2} s", ms / 1e3)
    }
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "NOT MET" }
}

impl Table {
    /// Adds a row of times. With a hundred times or more, the 99th percentile is shown. A row without a time or without a
    /// floor is an error.
    pub fn times(
        &mut self,
        what: &str,
        people: u64,
        times: &[Duration],
        floor: Duration,
        goal: Goal,
    ) -> Outcome<()> {
        if times.is_empty() || floor.is_zero() {
            return Err(format!("with {people} people `{what}` has no time or no floor").into());
        }
        let median = median(times);
        let ratio = median.as_secs_f64() / floor.as_secs_f64().max(1e-9);
        let goal = match goal {
            Goal::None | Goal::Memory(_) => String::new(),
            Goal::Times(most) => format!("{most} x: {}", verdict(ratio <= most)),
            Goal::Beyond(most) => {
                let beyond = median.saturating_sub(floor);
                format!("+{} of {}: {}", shown(beyond), shown(most), verdict(beyond <= most))
            }
        };
        self.rows.push(Row {
            what: what.to_owned(),
            people,
            median: shown(median),
            late: if times.len() < 100 { String::new() } else { shown(at(times, 99)) },
            floor: shown(floor),
            ratio: format!("{ratio:.2}"),
            goal,
        });
        Ok(())
    }

    /// Adds a row of memory, in MiB. The floor is the same process before its work.
    pub fn memory(&mut self, what: &str, people: u64, mib: f64, floor: f64, goal: Goal) {
        let goal = match goal {
            Goal::Memory(most) => format!("{most:.0} MiB: {}", verdict(mib <= most)),
            _ => String::new(),
        };
        self.rows.push(Row {
            what: what.to_owned(),
            people,
            median: format!("{mib:.1} MiB"),
            late: String::new(),
            floor: format!("{floor:.1} MiB"),
            ratio: format!("{:.2}", mib / floor.max(0.001)),
            goal,
        });
    }

    /// Adds a note below the table, once.
    pub fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    fn cells(&self) -> impl Iterator<Item = [String; 7]> + '_ {
        self.rows.iter().map(|row| {
            [
                row.what.clone(),
                row.people.to_string(),
                row.median.clone(),
                row.late.clone(),
                row.floor.clone(),
                row.ratio.clone(),
                row.goal.clone(),
            ]
        })
    }

    /// Returns the table for a terminal.
    pub fn plain(&self) -> String {
        let lines: Vec<[String; 7]> = std::iter::once(HEADS.map(str::to_owned)).chain(self.cells()).collect();
        let mut widths = [0; 7];
        for line in &lines {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = cell.chars().count().max(*width);
            }
        }
        let mut text = String::new();
        for line in &lines {
            for (at, (cell, width)) in line.iter().zip(widths).enumerate() {
                let _ = match at {
                    0 => write!(text, "{cell:<width$}"),
                    6 => write!(text, "  {cell}"),
                    _ => write!(text, "  {cell:>width$}"),
                };
            }
            text.push('\n');
        }
        text.push('\n');
        for note in &self.notes {
            let _ = writeln!(text, "{note}");
        }
        text
    }

    /// Returns the table for a document.
    pub fn markdown(&self) -> String {
        let mut text = format!("| {} |\n|---|--:|--:|--:|--:|--:|---|\n", HEADS.join(" | "));
        for cells in self.cells() {
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        text.push('\n');
        for note in &self.notes {
            let _ = writeln!(text, "- {note}");
        }
        text
    }
}
