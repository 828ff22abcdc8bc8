//! How long to wait and how often to try. Both are limited, waits vary at random, and a server cannot ask for more than
//! the limit.

use std::time::Duration;

use jiff::Timestamp;

/// The number of tries of one request or of one account, including the first.
pub const TRIES: u32 = 5;

/// The longest wait that a server can ask for. If it asks for more, the next pass asks it again.
pub const LONGEST: Duration = Duration::from_secs(60);

/// The longest wait that no server asked for.
const GROWN: Duration = Duration::from_secs(10);

/// After this many requests in a row without any answer, no more are sent in this pass.
pub const SILENCE: u32 = 24;

/// The waits before the reads that must show a write. The reads of some services lag behind.
pub const LAG: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(600),
    Duration::from_millis(1500),
];

/// Waits. A wait of zero returns at once, because a timer would take a millisecond or two.
pub async fn rest(wait: Duration) {
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
}

/// Gives the wait before the next try. It is twice as long each time. A random part of up to half is taken off, so that
/// requests that failed together do not come back together. A longer wait that the server asks for counts instead.
#[must_use]
pub fn pause(first: Duration, tried: u32, asked: Option<Duration>) -> Duration {
    let grown = first.saturating_mul(1 << tried.min(6)).min(GROWN);
    let jitter = grown.mul_f64(chance() / 2.0);
    asked.unwrap_or_default().min(LONGEST).max(grown.saturating_sub(jitter))
}

/// Gives a random number between 0 and 1.
fn chance() -> f64 {
    let mut bytes = [0; 2];
    // Without random numbers all wait equally long, which does no harm.
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u16::from_le_bytes(bytes)) / f64::from(u16::MAX),
        Err(_) => 0.0,
    }
}

/// Reads `Retry-After`: seconds, or a point in time (RFC 9110 section 10.2.3). Any other text asks for nothing. A point
/// in the past asks for no wait.
#[must_use]
pub fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that is too large for its type means a very long time.
        return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms_and_never_obeyed_for_ever() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let asked = |text| retry_after(text, now);
        assert_eq!(asked("3"), Some(Duration::from_secs(3)));
        assert_eq!(asked("Mon, 23 Nov 2026 12:00:07 GMT"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Mon, 23 Nov 2020 12:00:07 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("99999999999999999999999"), Some(Duration::MAX));
        for wrong in ["", "soon", "-5", "1.5", "Mon, 99 Nov 2026"] {
            assert_eq!(asked(wrong), None, "{wrong}");
        }
        assert_eq!(pause(Duration::from_millis(100), 0, asked("99999999999999999999999")), LONGEST);
    }

    #[test]
    fn waits_grow_and_are_bounded() {
        let first = Duration::from_millis(100);
        assert!(pause(first, 0, None) <= first && pause(first, 0, None) >= first / 2);
        assert!(pause(first, 3, None) > pause(first, 0, None));
        assert!(pause(Duration::from_secs(30), 60, None) <= LONGEST);
        assert_eq!(pause(first, 0, Some(Duration::from_secs(2))), Duration::from_secs(2));
    }
}
