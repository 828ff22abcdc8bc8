//! What the daemon shows of itself: one value, replaced after every pass.
//!
//! Silence is a failure: whatever has not happened is as red as what went wrong, a check of nothing included.
//! Counts, digests and ages only; no paths and no texts from files, for the name of a file is a person's id.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use portvakt_core::diag::{Code, Severity};
use portvakt_core::model::{Digest, EvidenceKind};
use portvakt_core::plan::EffectKind;
use portvakt_database::Hold;

use super::order::Trigger;
use super::origin::Followed;
use super::watch::Mode;

/// How old things may be before they are red.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Between two signs of life of the loop.
    pub progress: Duration,
    /// Since the last complete pass.
    pub pass: Duration,
    /// That something may be held.
    pub hold: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Self { progress: Duration::from_secs(300), pass: Duration::from_secs(900), hold: hours(72) }
    }
}

/// Whether something has been accepted that changes can be judged against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Baseline {
    /// Not yet: nothing is written.
    Missing,
    /// A first state has been accepted.
    Accepted,
}

/// Whether the date is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockState {
    /// The date is believed.
    Trusted,
    /// It has jumped: end dates count against the removal budget until somebody confirms the date.
    Suspect,
}

/// Whether the ledger is what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// Yes, as far as the last pass has followed it.
    Holds,
    /// Somebody has changed it: nothing is given.
    Broken,
}

/// A pass that went through to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletePass {
    /// When it ended.
    pub ended: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// What woke it, in the fixed words of [`super::schedule::Trigger`].
    pub trigger: Trigger,
    /// How many person files the tree had.
    pub files: u64,
}

/// A snapshot that was judged and accepted, wholly or but for its holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedSnapshot {
    /// Its digest.
    pub digest: Digest,
    /// When it was accepted.
    pub at: Timestamp,
}

/// The branch that is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchStatus {
    /// Between two fetches.
    pub every: Duration,
    /// Since when it is tried.
    pub since: Timestamp,
    /// The last fetch that succeeded.
    pub last_good: Option<Timestamp>,
    /// What the last fetch said, if it failed; the words stand in the log.
    pub failing: Option<Code>,
    /// Fetches that failed since the start.
    pub failures: u64,
}

impl FetchStatus {
    /// Nothing has been fetched yet.
    #[must_use]
    pub fn begun(every: Duration, since: Timestamp) -> Self {
        Self { every, since, last_good: None, failing: None, failures: 0 }
    }

    /// How old what is known of the remote is.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        age(self.last_good.unwrap_or(self.since), now)
    }
}

/// Who may write to a register that several programs share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseStatus {
    /// The program that may write.
    pub hold: Hold,
    /// Since when that is so, as this program knows it.
    pub since: Timestamp,
}

/// A pass that was not completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedPass {
    /// The moment of the failure.
    pub at: Timestamp,
    /// Why; the words stand in the log.
    pub code: Code,
}

/// What it is that waits for a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// More people would lose something than the budget allows.
    Losses,
    /// More people would be given something than the budget allows.
    Gains,
    /// Something is missing from the files and is not taken for taken out.
    Missing,
}

/// Something that waits for a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRemovals {
    /// What it is.
    pub what: Waiting,
    /// What `portvakt release` is given.
    pub digest: Digest,
    /// How many people it is about.
    pub people: u64,
}

/// The daemon at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// When the program started.
    pub started: Timestamp,
    /// The last sign of life of the loop, pass or no pass.
    pub progress: Timestamp,
    /// How changes are noticed.
    pub mode: Mode,
    /// Whether there is something to judge against.
    pub baseline: Baseline,
    /// Whether the date is believed.
    pub clock: ClockState,
    /// Whether the ledger is what was written.
    pub ledger: Record,
    /// What an older version remembered and was taken over, until two have said that they have seen it.
    pub adopted: Option<Digest>,
    /// The last pass that was completed.
    pub last_pass: Option<CompletePass>,
    /// The last pass that was not, if no complete one came after it.
    pub last_failure: Option<FailedPass>,
    /// The last snapshot accepted.
    pub accepted: Option<AcceptedSnapshot>,
    /// Where the last complete pass stood on the branch it follows, where it follows one.
    pub followed: Option<Followed>,
    /// How fetching goes, where something is fetched.
    pub fetch: Option<FetchStatus>,
    /// Who may write, where several programs share the register.
    pub lease: Option<LeaseStatus>,
    /// The policies in force.
    pub policies: Option<Digest>,
    /// What approvals are evidenced by.
    pub evidence: Option<EvidenceKind>,
    /// Since when the oldest hold stands.
    pub oldest_hold: Option<Timestamp>,
    /// People with access.
    pub people: u64,
    /// Rights in force.
    pub rights: u64,
    /// Findings of the last complete pass.
    pub findings: BTreeMap<Severity, u64>,
    /// Files, entries and changes held.
    pub holds: u64,
    /// Removals that wait for a release.
    pub removals_held: Vec<HeldRemovals>,
    /// Accounts found changed by hand in the last complete pass.
    pub drift: u64,
    /// From the last change that was noticed to the rows it changed (R30, R32); since the file was first missed
    /// where a file is gone.
    pub effect: Option<Duration>,
    /// Steps done since the start, by kind.
    pub steps: BTreeMap<EffectKind, u64>,
    /// Steps that failed since the start.
    pub step_failures: u64,
    /// Steps of the last complete pass that failed and are tried again.
    pub steps_open: u64,
    /// Accounts whose reports in Rapporteket are still to be ended, after the last pass.
    pub reports_owed: u64,
    /// Passes completed since the start.
    pub passes: u64,
    /// Passes not completed since the start.
    pub passes_failed: u64,
}

impl Status {
    /// A daemon that has just started and done nothing: not ready.
    #[must_use]
    pub fn started(at: Timestamp) -> Self {
        Self {
            started: at,
            progress: at,
            mode: Mode::Polling { why: "the watches are being set up".to_owned() },
            baseline: Baseline::Missing,
            clock: ClockState::Trusted,
            ledger: Record::Holds,
            adopted: None,
            last_pass: None,
            last_failure: None,
            accepted: None,
            followed: None,
            fetch: None,
            lease: None,
            policies: None,
            evidence: None,
            oldest_hold: None,
            people: 0,
            rights: 0,
            findings: BTreeMap::new(),
            holds: 0,
            removals_held: Vec::new(),
            drift: 0,
            effect: None,
            steps: BTreeMap::new(),
            step_failures: 0,
            steps_open: 0,
            reports_owed: 0,
            passes: 0,
            passes_failed: 0,
        }
    }
}

/// Which of the sets that wait for a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// What would be taken away.
    ToLeave,
    /// What would be given.
    ToCome,
}

/// How much waits for a release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaitingSets {
    /// Sets, each with a digest of its own.
    pub sets: u64,
    /// The people they are about.
    pub people: u64,
}

impl Status {
    /// How much waits for a release; for the page and the metrics alike.
    #[must_use]
    pub fn waiting(&self, which: Waits) -> WaitingSets {
        let comes = which == Waits::ToCome;
        let sets = self.removals_held.iter().filter(|held| (held.what == Waiting::Gains) == comes);
        sets.fold(WaitingSets::default(), |all, held| WaitingSets {
            sets: all.sets + 1,
            people: all.people + held.people,
        })
    }
}

/// How long ago; nothing for what lies ahead.
#[must_use]
pub(super) fn age(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}
