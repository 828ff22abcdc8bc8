//! A kill in the middle of a pass, at a chosen boundary of what is written, so that the lab can show what it leaves.
//!
//! Only builds for tests can plan one (feature `planted`); in a build for use [`boundary`] is empty. A transaction has
//! three boundaries: before it begins, before it is committed, and after. Between the last of one and the first of the
//! next lies all that is done elsewhere.

/// What unwinds out of a pass that was killed.
#[cfg(feature = "planted")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Killed;

/// Kills at the boundary that comes after so many others on this thread; `None` lets it live. Returns how many others
/// were still to come.
#[cfg(feature = "planted")]
pub fn plan(after: Option<u32>) -> Option<u32> {
    LEFT.with(|left| left.replace(after))
}

/// One boundary is reached on this thread.
#[cfg(feature = "planted")]
pub fn boundary() {
    let due = LEFT.with(|left| {
        let now = left.get();
        left.set(now.and_then(|left| left.checked_sub(1)));
        now == Some(0)
    });
    if due {
        // What unwinds undoes the open transaction, as a database does that is opened after a kill.
        std::panic::resume_unwind(Box::new(Killed));
    }
}

/// Nothing, in a build for use.
#[cfg(not(feature = "planted"))]
pub const fn boundary() {}

#[cfg(feature = "planted")]
thread_local! {
    static LEFT: std::cell::Cell<Option<u32>> = const { std::cell::Cell::new(None) };
}
