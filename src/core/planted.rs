//! Faults that once were here, so that the lab can show that it would find each again; and kills in the middle of a pass.
//!
//! Only builds for tests can plant one (feature `planted`); in a build for use [`Fault::is_planted`] is `false` at
//! compile time, and what it guards is left out of the program.

pub mod kill;

/// A fault that was found and mended. `docs/lab.md` tells how many histories the lab needs to find each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Fault {
    /// A clock behind the last trusted day takes what began after it.
    ClockBehindTakes,
    /// What begins by date begins on a clock that nobody has confirmed.
    StartsOnSuspectClock,
    /// What is missing from a file in error, or beside a refused entry, counts as taken out.
    ErrorsTake,
    /// A file that was moved to a wrong place or name counts as gone.
    MovedIsGone,
    /// An absence is counted from the first time something was missed, whatever was seen since.
    BlinkIsGone,
    /// Raising a limit lets go what waits.
    RaisedLimitLetsGo,
    /// A plain file in the place of a trust's folder empties it.
    FileForFolderEmpties,
    /// Additions have no budget.
    AdditionsUnlimited,
    /// What is remembered is believed without a look at the ledger.
    MemoryBelieved,
    /// Along a branch, an absence acts at the commit that brings it, where a later one has the file again.
    LossCommitByCommit,
    /// Along a branch, an absence that lasts acts at the commit that brings it, by the removal budget of that commit alone.
    BudgetCommitByCommit,
    /// A standby trusts its own clock alone.
    StandbyTrustsItsClock,
    /// After a take-over an older copy of the tree counts for absence.
    TakeoverTrustsItsTree,
}

impl Fault {
    /// Every fault that can be planted.
    pub const ALL: [Self; 13] = [
        Self::ClockBehindTakes,
        Self::StartsOnSuspectClock,
        Self::ErrorsTake,
        Self::MovedIsGone,
        Self::BlinkIsGone,
        Self::RaisedLimitLetsGo,
        Self::FileForFolderEmpties,
        Self::AdditionsUnlimited,
        Self::MemoryBelieved,
        Self::LossCommitByCommit,
        Self::BudgetCommitByCommit,
        Self::StandbyTrustsItsClock,
        Self::TakeoverTrustsItsTree,
    ];

    /// Whether this thread's tests have planted it.
    #[cfg(feature = "planted")]
    #[must_use]
    pub fn is_planted(self) -> bool {
        PLANTED.with(|planted| planted.get() & (1 << self as u32) != 0)
    }

    /// Never, in a build for use.
    #[cfg(not(feature = "planted"))]
    #[must_use]
    pub const fn is_planted(self) -> bool {
        false
    }

    /// Plants this fault on this thread and no other one with it; `None` takes all out.
    #[cfg(feature = "planted")]
    pub fn plant(fault: Option<Self>) {
        PLANTED.with(|planted| planted.set(fault.map_or(0, |fault| 1 << fault as u32)));
    }
}

#[cfg(feature = "planted")]
thread_local! {
    static PLANTED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}
