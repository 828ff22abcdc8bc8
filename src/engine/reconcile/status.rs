//! What the daemon shows about itself. The status is one value that is updated after every pass.
//!
//! Silence is a failure. Something that has not happened is as red as something that went wrong, and so is a check
//! of nothing. The status holds only counts, digests and ages. It holds no paths and no texts from files, because
//! the name of a file is the id of a person.

mod review;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use portvakt_core::diag::{Code, Severity};
use portvakt_core::model::{Digest, EvidenceKind, TrustId};
use portvakt_core::plan::EffectKind;
use portvakt_database::Hold;

use super::order::Trigger;
use super::origin::BranchPosition;
use super::watch::Mode;

pub use review::ReviewStatus;

/// How old things may be before the status shows them as red.
#[derive(Debug, Clone, Copy)]
pub struct StatusPatience {
    /// The longest time between two signs of life of the loop.
    pub progress: Duration,
    /// The longest time since the last complete pass.
    pub pass: Duration,
    /// The longest time that something may be held.
    pub hold: Duration,
}

impl Default for StatusPatience {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Self { progress: Duration::from_secs(300), pass: Duration::from_secs(900), hold: hours(72) }
    }
}

/// Whether a state has been accepted that changes can be judged against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Baseline {
    /// No pass has looked yet.
    #[default]
    Unknown,
    /// Nothing has been accepted yet, so nothing is written.
    Missing,
    /// A first state has been accepted.
    Accepted,
}

/// Whether the program trusts the date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClockState {
    /// The date is trusted.
    #[default]
    Trusted,
    /// The clock has jumped. End dates count against the removal budget until somebody confirms the date.
    Suspect,
}

/// Whether the ledger is unchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LedgerState {
    /// The ledger is unchanged, as far as the last pass has read it.
    #[default]
    Holds,
    /// Somebody has changed the ledger, so no access is given.
    Broken,
}

/// A pass that finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletePass {
    /// The moment when the pass ended.
    pub ended: Timestamp,
    /// How long the pass took.
    pub took: Duration,
    /// The reason for the pass, in the fixed words of [`Trigger`].
    pub trigger: Trigger,
    /// The number of person files in the tree.
    pub files: u64,
}

/// A snapshot that was judged and accepted, wholly or except for its holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedSnapshot {
    /// The digest of the snapshot.
    pub digest: Digest,
    /// The moment when the snapshot was accepted.
    pub at: Timestamp,
}

/// The state of fetching the branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchStatus {
    /// The time between two fetches.
    pub every: Duration,
    /// Since when the daemon has tried to fetch.
    pub since: Timestamp,
    /// The time of the last fetch that succeeded.
    pub last_good: Option<Timestamp>,
    /// The code of the last fetch's failure, if it failed. The text is in the log.
    pub failing: Option<Code>,
    /// The number of fetches that failed since the start.
    pub failures: u64,
}

impl FetchStatus {
    /// Creates the state before the first fetch.
    #[must_use]
    pub fn begun(every: Duration, since: Timestamp) -> Self {
        Self { every, since, last_good: None, failing: None, failures: 0 }
    }

    /// Returns how old the knowledge about the remote is.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        age(self.last_good.unwrap_or(self.since), now)
    }
}

/// The right to write to a register that several programs share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseStatus {
    /// Which program may write.
    pub hold: Hold,
    /// Since when that is so, as far as this program knows.
    pub since: Timestamp,
}

/// A pass that was not completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedPass {
    /// The moment of the failure.
    pub at: Timestamp,
    /// The number of passes in a row that did not finish; this one counts.
    pub in_a_row: u64,
    /// The code of the failure. The text is in the log.
    pub code: Code,
}

/// The results of the last passes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastPasses {
    /// The last pass that was completed.
    pub complete: Option<CompletePass>,
    /// The last pass that did not finish, if no complete pass came after it.
    pub failed: Option<FailedPass>,
    /// The last snapshot that was accepted.
    pub accepted: Option<AcceptedSnapshot>,
    /// The time from the last noticed change to the rows it changed (R30, R32). For a missing file, the time starts
    /// when the file was first missed.
    pub effect: Option<Duration>,
}

/// The position of the daemon: on its branch, compared with the remote, and among the programs that share the
/// register.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PositionStatus {
    /// The position of the last complete pass on its branch, if it follows one.
    pub followed: Option<BranchPosition>,
    /// The state of fetching, if something is fetched.
    pub fetch: Option<FetchStatus>,
    /// The right to write, if several programs share the register.
    pub lease: Option<LeaseStatus>,
}

/// The kind of thing that waits for a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitingKind {
    /// More people would lose something than the budget allows.
    Losses,
    /// More people would be given something than the budget allows.
    Gains,
    /// Something is missing from the files, but it does not count as taken out.
    Missing,
}

/// A set of changes that waits for a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRemovals {
    /// The kind of the set.
    pub what: WaitingKind,
    /// The digest to give to `portvakt release`.
    pub digest: Digest,
    /// The number of people in the set.
    pub people: u64,
}

/// The grounds of the decisions: the baseline, the clock, the ledger, and the rules in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusGrounds {
    /// Whether there is a baseline to judge against.
    pub baseline: Baseline,
    /// Whether the program trusts the date.
    pub clock: ClockState,
    /// Whether the ledger is unchanged.
    pub ledger: LedgerState,
    /// The digest of memory that was taken over from an older version, until two people have confirmed that they
    /// have seen it.
    pub adopted: Option<Digest>,
    /// The digest of the policies in force.
    pub policies: Option<Digest>,
    /// The kind of evidence for approvals.
    pub evidence: Option<EvidenceKind>,
}

/// The access that people have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccessCounts {
    /// The number of people with access.
    pub people: u64,
    /// The number of rights in force.
    pub rights: u64,
}

/// The findings of the last complete pass, and the work that it left open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundByPass {
    /// The number of findings of the last complete pass, by severity.
    pub findings: BTreeMap<Severity, u64>,
    /// The number of accounts that were changed by hand, as the last complete pass found.
    pub drift: u64,
    /// The number of steps of the last complete pass that failed and are tried again.
    pub steps_open: u64,
    /// The number of accounts whose reports in Rapporteket still have to be ended after the last pass.
    pub reports_owed: u64,
}

/// The number and the age of what is held. Each hold lasts until somebody mends or releases what it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HoldsStatus {
    /// Since when the oldest hold exists.
    pub oldest: Option<Timestamp>,
    /// The number of files, entries and changes that are held.
    pub count: u64,
    /// The sets of changes that wait for a release.
    pub sets: Vec<HeldRemovals>,
    /// 1 while a change of the settings, the policies or the keys waits, and otherwise 0. All protected files that
    /// differ are one change.
    pub settings: u64,
    /// Whether that change is approved, and waits only for the proof of its policies.
    pub unproved: bool,
    /// The number of earlier ends that lie ahead and have not stood in their file for long enough. They wait for nobody.
    pub ends_ahead: u64,
    /// Since when the oldest of these ends has stood in its file.
    pub oldest_end: Option<Timestamp>,
}

/// Counts of the work that was done and that failed since the program started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SinceStart {
    /// The number of passes completed since the start.
    pub passes: u64,
    /// The number of passes not completed since the start.
    pub passes_failed: u64,
    /// The number of steps done since the start, by kind.
    pub steps: BTreeMap<EffectKind, u64>,
    /// The number of steps that failed since the start.
    pub step_failures: u64,
}

/// The state of the daemon at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// When the program started.
    pub started: Timestamp,
    /// The last sign of life of the loop, with or without a pass.
    pub progress: Timestamp,
    /// How the daemon notices changes.
    pub mode: Mode,
    /// The grounds of the decisions.
    pub grounds: StatusGrounds,
    /// The results of the last passes.
    pub last: LastPasses,
    /// The position of the daemon, compared with the remote and other programs.
    pub position: PositionStatus,
    /// The access that people have.
    pub in_force: AccessCounts,
    /// The findings of the last complete pass, and the work that it left open.
    pub found: FoundByPass,
    /// The number and the age of what is held.
    pub held: HoldsStatus,
    /// The reviews of the user lists, for each trust that is reviewed.
    pub reviews: BTreeMap<TrustId, ReviewStatus>,
    /// Counts since the program started.
    pub since_start: SinceStart,
}

impl Status {
    /// Returns the status of a daemon that has just started and done nothing. It is not ready.
    #[must_use]
    pub fn started(at: Timestamp) -> Self {
        Self {
            started: at,
            progress: at,
            mode: Mode::begun(),
            grounds: StatusGrounds::default(),
            last: LastPasses::default(),
            position: PositionStatus::default(),
            in_force: AccessCounts::default(),
            found: FoundByPass::default(),
            held: HoldsStatus::default(),
            reviews: BTreeMap::new(),
            since_start: SinceStart::default(),
        }
    }
}

/// The two kinds of sets that wait for a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// Access that would be taken away.
    ToLeave,
    /// Access that would be given.
    ToCome,
}

/// The amount that waits for a release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaitingSets {
    /// The number of sets. Each set has its own digest.
    pub sets: u64,
    /// The number of people in the sets.
    pub people: u64,
}

impl Status {
    /// Returns the number of findings of this severity in the last complete pass.
    #[must_use]
    pub fn findings_of(&self, severity: Severity) -> u64 {
        self.found.findings.get(&severity).copied().unwrap_or(0)
    }

    /// Returns how much waits for somebody and is not a fault. A thing that is held may have a finding, so the two
    /// numbers are not added. The page and the metrics both use this.
    #[must_use]
    pub fn waits_for_somebody(&self) -> u64 {
        self.findings_of(Severity::Held).max(self.held.count)
    }

    /// Returns how much waits for a release. The page and the metrics both use this.
    #[must_use]
    pub fn waiting(&self, which: Waits) -> WaitingSets {
        let comes = which == Waits::ToCome;
        let sets = self.held.sets.iter().filter(|held| (held.what == WaitingKind::Gains) == comes);
        sets.fold(WaitingSets::default(), |all, held| WaitingSets {
            sets: all.sets + 1,
            people: all.people + held.people,
        })
    }
}

/// Returns how long ago a moment was; zero if the moment is in the future.
#[must_use]
pub(super) fn age(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}
