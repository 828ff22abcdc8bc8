//! How a pass of the worker ends, and the values that the loop and the status page take from it.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use portvakt_core::diag::Finding;

use super::recorded::RecordedHolds;
use crate::reconcile::engine::Passed;
use crate::reconcile::status::LedgerState;

/// A pass that finished, and the values that were read after it.
#[derive(Debug)]
pub struct FinishedPass {
    /// The result of the pass.
    pub passed: Passed,
    /// The holds after the pass.
    pub held: RecordedHolds,
    /// Whether the ledger is unchanged.
    pub ledger: LedgerState,
    /// The number of people with access, according to the store or to what a store elsewhere has confirmed.
    pub people: u64,
    /// The number of rights in force, counted in the same way.
    pub rights: u64,
    /// The moment when the next absence has lasted long enough.
    pub absence: Option<Instant>,
    /// The start of the next day on which something accepted begins or is over.
    pub midnight: Option<Timestamp>,
    /// The time from the noticed change to the changed rows, if rows were changed (R30, R32).
    pub effect: Option<Duration>,
}

/// How a pass ended.
#[derive(Debug)]
pub enum PassEnded {
    /// The pass finished.
    Done(Box<FinishedPass>),
    /// There was no baseline to judge against.
    NoBaseline(Finding),
    /// The pass did not finish.
    Failed(Finding),
}
