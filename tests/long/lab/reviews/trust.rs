//! A trust, as its people know it: its reviews, and the changes and extensions that are on their way.

use std::collections::{BTreeMap, BTreeSet};

use super::{ASKED, days};
use crate::lab::chance::Chance;
use crate::lab::desk::{Day, Entry};

/// The same day so many months later, or the last day of a month that has no such day.
pub(super) fn months_later(day: Day, months: i16) -> Day {
    let month = i16::from(day.month()) - 1 + months;
    let first = jiff::civil::date(day.year() + month / 12, (month % 12 + 1) as i8, 1);
    jiff::civil::date(first.year(), first.month(), day.day().min(first.days_in_month()))
}

/// One trust, as its people know it.
pub(super) struct Trust {
    pub(super) name: &'static str,
    pub(super) unit: u32,
    /// The day of the last review that was answered as a whole.
    pub(super) last: Option<Day>,
    /// The day on which somebody means to review next.
    pub(super) next: Day,
    /// A list lies there that was answered by halves.
    pub(super) half: bool,
    /// The reviews that the store has not closed, oldest first.
    pub(super) open: Vec<Open>,
    /// The lists that lie there.
    pub(super) lists: BTreeSet<String>,
}

/// A review that was answered as a whole and is not closed.
pub(super) struct Open {
    pub(super) list: String,
    /// The people who lose their access by it, with the first day without it.
    pub(super) ends: BTreeMap<String, Day>,
    /// The people whose access is to be changed by it.
    pub(super) changes: BTreeMap<String, Change>,
}

/// The progress of a change that a review asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// A person plans to write it on this day.
    Meant(Day),
    /// It stands in the file.
    Written,
    /// A run has accepted it.
    Accepted,
}

/// An extension that is written and that no run has accepted yet.
pub(super) struct Extension {
    /// The trust, by its number.
    pub(super) at: usize,
    /// The entry as it was accepted.
    pub(super) before: Entry,
    /// The register leader approved it, whom no review stops.
    pub(super) is_of_the_leader: bool,
}

impl Extension {
    /// Returns whether the accepted access is over.
    pub(super) fn has_lapsed(&self, today: Day) -> bool {
        self.before.until.is_some_and(|until| until < today)
    }
}

impl Trust {
    pub(super) fn due(&self) -> Day {
        months_later(self.last.unwrap_or(ASKED), 3)
    }

    pub(super) fn waits(&self, today: Day) -> bool {
        today > months_later(self.due(), 1)
    }

    pub(super) fn state(&self, today: Day) -> &'static str {
        let due = self.due();
        if self.waits(today) {
            "escalated"
        } else if today > due {
            "overdue"
        } else if today >= due - days(14) {
            "due-soon"
        } else if self.half {
            "open"
        } else {
            "done"
        }
    }

    /// Plans the next review: in time, late, or so late that new access waits, for weeks or for a whole quarter.
    pub(super) fn plan(&mut self, chance: &mut Chance) {
        let late = match chance.below(10) {
            0..=4 => -chance.below(12),
            5 | 6 => 1 + chance.below(28),
            7 | 8 => 40 + chance.below(40),
            _ => 130,
        };
        self.next = self.due() + days(late);
    }
}
