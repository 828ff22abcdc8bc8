//! Faults that the program once had or could have, and kills in the middle of a pass. The lab plants a fault to show
//! that it would find it.
//!
//! Only a debug build, or one that asks for the feature `planted`, can plant a fault, and only code that is linked with it
//! can do so. In a release build [`PlantedFault::is_planted`] is `false` at compile time, and the code behind it is left out of
//! the program.

pub mod kill;

/// A fault that was once fixed, or a possible fault of reviews and rejections. `docs/lab.md` lists how many seeds the
/// lab needs to find each one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum PlantedFault {
    /// When the clock is behind the last trusted day, access that began after the clock's day is taken away.
    ClockBehindTakes,
    /// Access with a first day begins by a suspect clock, before anybody has confirmed the date.
    StartsOnSuspectClock,
    /// An access that is missing from a file in error, or missing beside a refused entry, counts as taken out.
    ErrorsTake,
    /// A file that was moved to a wrong place or got a wrong name counts as gone.
    MovedIsGone,
    /// An absence is counted from the first time the entry was missing, even if the entry was seen again in between.
    BlinkIsGone,
    /// Raising a limit releases what is waiting.
    RaisedLimitLetsGo,
    /// A plain file in the place of a trust's folder counts as an empty folder.
    FileForFolderEmpties,
    /// Additions have no budget.
    AdditionsUnlimited,
    /// The memory is believed and not compared with the ledger.
    MemoryBelieved,
    /// Along a branch, an absence acts at the commit that brings it, even if a later commit has the file again.
    LossCommitByCommit,
    /// Along a branch, a lasting absence acts at the commit that brings it, and only that commit's own removal budget
    /// limits it.
    BudgetCommitByCommit,
    /// A standby trusts only its own clock.
    StandbyTrustsItsClock,
    /// After a take-over, an older copy of the tree counts for absence.
    TakeoverTrustsItsTree,
    /// A rejected application's number serves like any other.
    RejectedServes,
    /// A review is closed as soon as it counts, before the store shows what it ends.
    ReviewClosedUnread,
    /// A trust whose review is overdue by more than a month still gets new access.
    OverdueReviewGives,
    /// A review that a newer one has overtaken is never closed.
    OvertakenReviewForgotten,
    /// A start that is moved ahead takes an access that has begun, until the new start.
    StartMovedTakes,
    /// A folder that comes back does not begin the wait for its files anew.
    FolderBlinkIsGone,
    /// After a pass that was killed, the copy of the machine that wrote before it is believed.
    KilledCopyTrusted,
    /// A file that was moved into a directory inside a trust's folder counts as gone.
    TooDeepIsGone,
    /// An approval of an earlier day than the accepted one serves again.
    OlderApprovalServes,
}

impl PlantedFault {
    /// Every fault that can be planted.
    pub const ALL: [Self; 22] = [
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
        Self::RejectedServes,
        Self::ReviewClosedUnread,
        Self::OverdueReviewGives,
        Self::OvertakenReviewForgotten,
        Self::StartMovedTakes,
        Self::FolderBlinkIsGone,
        Self::KilledCopyTrusted,
        Self::TooDeepIsGone,
        Self::OlderApprovalServes,
    ];

    /// Whether a test has planted this fault on the current thread.
    #[cfg(any(debug_assertions, feature = "planted"))]
    #[must_use]
    pub fn is_planted(self) -> bool {
        PLANTED.with(|planted| planted.get() & (1 << self as u32) != 0)
    }

    /// Always `false` in a release build.
    #[cfg(not(any(debug_assertions, feature = "planted")))]
    #[must_use]
    pub const fn is_planted(self) -> bool {
        false
    }

    /// Plants only this fault on the current thread. `None` removes every planted fault.
    #[cfg(any(debug_assertions, feature = "planted"))]
    pub fn plant(fault: Option<Self>) {
        PLANTED.with(|planted| planted.set(fault.map_or(0, |fault| 1 << fault as u32)));
    }
}

#[cfg(any(debug_assertions, feature = "planted"))]
thread_local! {
    static PLANTED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}
