//! Computes when a review is due. It is a number of calendar months after the last one, with month ends clamped. Both
//! applications of a trust are reviewed together.
//!
//! For a trust that was never reviewed, the months are counted from its oldest access, but not from before
//! `reviews_from` in `register.yaml`. Without that day nothing is ever due. The day of the baseline is not used,
//! because a check of a change does not know it, and both must give the same day.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;
use serde::Serialize;

use crate::change::Base;
use crate::model::{Register, TrustId};
use crate::text::{Text, text};

/// The number of days before its day on which a review is due soon.
pub const SOON_DAYS: i64 = 14;

/// The state of the review of one trust's user list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewState {
    /// No review is due yet, and no list waits for answers.
    Done,
    /// A list was made and is not yet reviewed. Nothing is due soon.
    Open,
    /// The review is due within 14 days.
    DueSoon,
    /// The day has passed.
    Overdue,
    /// The day passed more than a month ago. New access and extensions wait.
    Escalated,
}

impl ReviewState {
    /// The word for it in the output for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Open => "open",
            Self::DueSoon => "due-soon",
            Self::Overdue => "overdue",
            Self::Escalated => "escalated",
        }
    }

    /// The words for it.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Done => text!(en: "done", nb: "gjort"),
            Self::Open => text!(en: "open", nb: "åpen"),
            Self::DueSoon => text!(en: "due soon", nb: "frist snart"),
            Self::Overdue => text!(en: "overdue", nb: "over fristen"),
            Self::Escalated => text!(en: "overdue by a month", nb: "en måned over fristen"),
        }
    }
}

/// The state of a trust's review, with its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Due {
    /// How near the review is, or how late.
    pub state: ReviewState,
    /// The day of the last review that counts.
    pub last: Option<Date>,
    /// The last day on which the next review is in time. `None` if this register asks for none.
    pub due: Option<Date>,
}

/// The day on which the next review is due: this many calendar months after a day. If a month does not have that day,
/// it is the last day of the month.
#[must_use]
pub fn due_after(day: Date, months: u32) -> Date {
    let later = Span::new().try_months(i64::from(months)).and_then(|span| day.checked_add(span));
    later.unwrap_or(Date::MAX)
}

/// The first day of the oldest access that exists at each trust. The base must hold everybody.
#[must_use]
pub fn oldest(base: &Base, today: Date) -> BTreeMap<TrustId, Date> {
    let mut oldest: BTreeMap<TrustId, Date> = BTreeMap::new();
    for standing in base.people.values().flat_map(|known| known.grants.values()) {
        if standing.lives(today) {
            let first = oldest.entry(standing.grant.trust.clone()).or_insert(standing.grant.from);
            *first = standing.grant.from.min(*first);
        }
    }
    oldest
}

/// Reckons the state of one trust. `last` is the day of the last review that counts, `first` the first day of the
/// oldest access that exists there. A trust where nobody has access needs no review.
#[must_use]
pub fn standing_of(
    register: &Register,
    last: Option<Date>,
    first: Option<Date>,
    list_waits: bool,
    today: Date,
) -> Due {
    let rest = if list_waits { ReviewState::Open } else { ReviewState::Done };
    let begins = register.reviews_from.zip(first).map(|(from, first)| last.unwrap_or(first).max(from));
    let Some(begins) = begins else { return Due { state: rest, last, due: None } };
    let due = due_after(begins, register.review_months);
    let soon = due.checked_sub(Span::new().days(SOON_DAYS)).unwrap_or(Date::MIN);
    let state = if today > due_after(due, 1) {
        ReviewState::Escalated
    } else if today > due {
        ReviewState::Overdue
    } else if today >= soon {
        ReviewState::DueSoon
    } else {
        rest
    };
    Due { state, last, due: Some(due) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn month_ends_are_clamped_and_years_turn() {
        assert_eq!(due_after(date(2026, 11, 20), 3), date(2027, 2, 20));
        assert_eq!(due_after(date(2026, 11, 30), 3), date(2027, 2, 28));
        assert_eq!(due_after(date(2027, 11, 30), 3), date(2028, 2, 29));
        assert_eq!(due_after(date(2026, 3, 31), 3), date(2026, 6, 30));
        assert_eq!(due_after(date(2026, 5, 31), 1), date(2026, 6, 30));
        assert_eq!(due_after(Date::MAX, 3), Date::MAX);
    }
}
