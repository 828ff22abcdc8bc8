//! The clock that is handed to whoever needs the time. It is the system's, except in builds made for tests.

use std::time::Instant;

use jiff::Timestamp;

/// The time. In builds made for tests it may have been set.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Timestamp,
    begun: Option<Instant>,
}

impl Clock {
    /// A clock that stands at this time now, and runs on from there.
    #[cfg(feature = "test-clock")]
    pub(super) fn set(start: Timestamp) -> Self {
        Self { start, begun: Some(Instant::now()) }
    }

    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self { start: Timestamp::UNIX_EPOCH, begun: None }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self.begun {
            None => Timestamp::now(),
            Some(begun) => {
                let run = jiff::SignedDuration::try_from(begun.elapsed()).unwrap_or_default();
                self.start.checked_add(run).unwrap_or(self.start)
            }
        }
    }
}
