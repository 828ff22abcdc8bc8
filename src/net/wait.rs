//! How long to wait before the next try. A pause grows up to a limit, and a server can ask for another pause.

use std::time::Duration;

use jiff::Timestamp;

/// Returns the pause after this many failed tries (0 for the first): twice as long each time, up to the longest.
#[must_use]
pub fn grown(first: Duration, failed: u32, longest: Duration) -> Duration {
    first.saturating_mul(1_u32.checked_shl(failed).unwrap_or(u32::MAX)).min(longest)
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
    fn retry_after_is_read_in_both_forms() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let asked = |text| retry_after(text, now);
        assert_eq!(asked("3"), Some(Duration::from_secs(3)));
        assert_eq!(asked("Mon, 23 Nov 2026 12:00:07 GMT"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Mon, 23 Nov 2020 12:00:07 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("99999999999999999999999"), Some(Duration::MAX));
        for wrong in ["", "soon", "-5", "1.5", "Mon, 99 Nov 2026"] {
            assert_eq!(asked(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_pause_grows_up_to_the_longest() {
        let (first, longest) = (Duration::from_secs(5), Duration::from_secs(300));
        let all: Vec<u64> = (0..8).map(|failed| grown(first, failed, longest).as_secs()).collect();
        assert_eq!(all, [5, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(grown(first, u32::MAX, longest), longest);
    }
}
