//! Shortens a history that fails. It removes steps as long as the rest still fails in the same way.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::history::History;
use super::invariants::Failure;
use super::run::run;

/// Runs a history. A panic in the engine or in the lab is a failure like others.
pub fn tried(history: &History) -> Result<usize, (usize, Failure)> {
    catch_unwind(AssertUnwindSafe(|| run(history))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let what = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err((history.steps.len(), Failure { invariant: "nothing panics", what: what.unwrap_or_default() }))
    })
}

const LIMIT: Duration = Duration::from_secs(60);

/// The shortest history found in a minute that fails in the same way.
pub fn shrunk(mut history: History, step: usize, mut failure: Failure) -> (History, Failure) {
    let begun = Instant::now();
    history.steps.truncate(step + 1);
    let mut size = history.steps.len() / 2;
    while size > 0 && begun.elapsed() < LIMIT {
        let mut at = 0;
        while at < history.steps.len() && begun.elapsed() < LIMIT {
            let mut less = history.clone();
            less.steps.drain(at..(at + size).min(less.steps.len()));
            match tried(&less) {
                Err((step, same)) if same.invariant == failure.invariant => {
                    less.steps.truncate(step + 1);
                    (history, failure) = (less, same);
                }
                _ => at += size,
            }
        }
        size /= 2;
    }
    (history, failure)
}
