//! Decides how long to wait and how often to try. Both are limited, waits vary at random, and a server cannot ask for
//! more than the limit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use portvakt_net::grown;

/// The number of tries of one request or of one account, including the first.
pub const TRIES: u32 = 5;

/// The longest wait that a server can ask for. If it asks for more, the next pass asks it again.
pub const LONGEST: Duration = Duration::from_secs(60);

/// The longest wait that no server asked for.
const GROWN: Duration = Duration::from_secs(10);

/// The number of requests in a row without any answer after which this pass sends no more.
pub const SILENCE: u32 = 24;

/// The waits before the reads that must show a write. The reads of some services lag behind.
pub const LAG: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(600),
    Duration::from_millis(1500),
];

/// How long requests of one kind have waited since the last of them succeeded. Otherwise a service that accepts none
/// of them, and asks for a wait each time, would delay a pass for hours.
#[derive(Debug)]
pub struct Waited {
    millis: AtomicU64,
    most: Duration,
}

impl Waited {
    /// Begins with nothing. After `most` in all, each request is tried once.
    pub fn new(most: Duration) -> Self {
        Self { millis: AtomicU64::new(0), most }
    }

    /// Notes a wait.
    pub fn add(&self, wait: Duration) {
        self.millis.fetch_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Begins anew, because a request succeeded or a pass begins.
    pub fn forget(&self) {
        self.millis.store(0, Ordering::Relaxed);
    }

    /// Returns whether waiting is over, since it was in vain.
    pub fn is_over(&self) -> bool {
        Duration::from_millis(self.millis.load(Ordering::Relaxed)) >= self.most
    }

    /// Returns the number of tries of one request.
    pub fn tries(&self) -> u32 {
        if self.is_over() { 1 } else { TRIES }
    }
}

/// Waits. A wait of zero returns at once, because a timer would take a millisecond or two.
pub async fn rest(wait: Duration) {
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
}

/// Returns the wait before the next try. It is twice as long each time. A random part of up to half is taken off, so
/// that requests that failed together do not come back together. A longer wait that the server asks for counts
/// instead.
#[must_use]
pub fn pause(first: Duration, tried: u32, asked: Option<Duration>) -> Duration {
    let grown = grown(first, tried, GROWN);
    let jitter = grown.mul_f64(chance() / 2.0);
    asked.unwrap_or_default().min(LONGEST).max(grown.saturating_sub(jitter))
}

/// Returns a random number between 0 and 1.
fn chance() -> f64 {
    let mut bytes = [0; 2];
    // Without random numbers all waits are equally long, which does no harm.
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u16::from_le_bytes(bytes)) / f64::from(u16::MAX),
        Err(_) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_in_vain_ends_and_begins_anew_when_one_gets_through() {
        let waited = Waited::new(Duration::from_secs(120));
        assert_eq!(waited.tries(), TRIES);
        waited.add(LONGEST);
        assert_eq!(waited.tries(), TRIES);
        waited.add(LONGEST);
        assert_eq!(waited.tries(), 1);
        waited.forget();
        assert_eq!(waited.tries(), TRIES);
    }

    #[test]
    fn waits_grow_and_are_bounded() {
        let first = Duration::from_millis(100);
        assert!(pause(first, 0, None) <= first && pause(first, 0, None) >= first / 2);
        assert!(pause(first, 3, None) > pause(first, 0, None));
        assert!(pause(Duration::from_secs(30), 60, None) <= LONGEST);
        assert_eq!(pause(first, 0, Some(Duration::from_secs(2))), Duration::from_secs(2));
        assert_eq!(pause(first, 0, Some(Duration::MAX)), LONGEST);
    }
}
