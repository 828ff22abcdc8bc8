//! The clock that the program reads the time from.
//!
//! The clock is a value, and the caller chooses it. The shipped program uses the system clock, in `main.rs`. The
//! program that the tests drive uses a clock that the test has set.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// Tells the current time. All clones are the same clock.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that returns the result of this function.
    #[must_use]
    pub fn new(time: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(time))
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
