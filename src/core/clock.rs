//! The clock that is handed to whoever needs the time.
//!
//! It is a value: whoever starts the program says which clock it runs by. The shipped program gives the system's, in
//! `main.rs`; the program that tests drive gives one that was set.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// Tells the time when it is asked. Its clones are the same clock.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The clock that tells what this function says.
    #[must_use]
    pub fn new(time: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(time))
    }

    /// The time now.
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
