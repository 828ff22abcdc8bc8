//! A kill in the middle of a pass, at a chosen boundary of the writes. The lab uses it to show what a kill leaves
//! behind.
//!
//! Only a debug build, or one that asks for the feature `planted`, can plan a kill. In a release build [`boundary`]
//! is empty. A transaction has three boundaries: before it begins, before it is committed, and after it. Work outside
//! the database is done between the last boundary of one transaction and the first of the next.

/// The panic payload that unwinds out of a killed pass.
#[cfg(any(debug_assertions, feature = "planted"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Killed;

/// Plans a kill on this thread after this many other boundaries. `None` plans no kill. Returns the rest of the earlier
/// plan: how many boundaries were still to come before the kill.
#[cfg(any(debug_assertions, feature = "planted"))]
pub fn plan(after: Option<u32>) -> Option<u32> {
    LEFT.with(|left| left.replace(after))
}

/// Marks that this thread has reached a boundary, and kills the pass if the kill is due.
#[cfg(any(debug_assertions, feature = "planted"))]
pub fn boundary() {
    let due = LEFT.with(|left| {
        let now = left.get();
        left.set(now.and_then(|left| left.checked_sub(1)));
        now == Some(0)
    });
    if due {
        // Unwinding rolls back the open transaction. A database does the same when it is opened after a real kill.
        std::panic::resume_unwind(Box::new(Killed));
    }
}

/// Does nothing in a release build.
#[cfg(not(any(debug_assertions, feature = "planted")))]
pub const fn boundary() {}

#[cfg(any(debug_assertions, feature = "planted"))]
thread_local! {
    static LEFT: std::cell::Cell<Option<u32>> = const { std::cell::Cell::new(None) };
}
