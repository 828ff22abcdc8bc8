//! What the status shows of the review of a trust's user list.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use portvakt_core::review::{Due, NewestLists, ReviewState, Unclosed};

/// The state of the review of one trust's user list (R36).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewStatus {
    /// The state, as the last whole pass found it.
    pub state: ReviewState,
    /// The last day on which the review is in time.
    pub due: Option<Date>,
    /// The register's time zone, in which its days begin.
    pub zone: TimeZone,
    /// The earlier reviews of the trust that were overtaken and are not closed.
    pub overtaken: Vec<Unclosed>,
    /// The newest lists of the trust.
    pub lists: NewestLists,
}

impl ReviewStatus {
    /// Takes the state and the day of a review, with the register's time zone. Nothing was overtaken, and no list was made.
    #[must_use]
    pub fn of(due: &Due, zone: &TimeZone) -> Self {
        let (overtaken, lists) = (Vec::new(), NewestLists::default());
        Self { state: due.state, due: due.due, zone: zone.clone(), overtaken, lists }
    }

    /// Returns the same with earlier reviews that were overtaken and are not closed.
    #[must_use]
    pub fn having(self, overtaken: &[Unclosed]) -> Self {
        Self { overtaken: overtaken.to_vec(), ..self }
    }

    /// Returns the same with the newest lists of the trust.
    #[must_use]
    pub fn with_lists(self, lists: NewestLists) -> Self {
        Self { lists, ..self }
    }

    /// Returns the number of days since the open list was made, if a list waits for answers.
    #[must_use]
    pub fn days_open(&self, now: Timestamp) -> Option<i64> {
        let today = self.zone.to_datetime(now).date();
        let open = self.lists.open?.since.until(today).ok()?;
        Some(i64::from(open.get_days()))
    }

    /// Returns the number of reviews of the trust that are answered and not closed, overtaken ones among them.
    #[must_use]
    pub fn unclosed(&self) -> usize {
        self.overtaken.len() + usize::from(self.lists.is_unclosed())
    }

    /// Returns the number of days until the last one on which the review is in time. On that day this is 0, and after
    /// it, it is negative.
    #[must_use]
    pub fn days_left(&self, now: Timestamp) -> Option<i64> {
        let today = self.zone.to_datetime(now).date();
        let left = today.until(self.due?).ok()?;
        Some(i64::from(left.get_days()))
    }
}
