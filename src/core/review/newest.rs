//! The newest lists of a trust: the one that waits for answers, and since when; and the one that counts, and whether
//! the store has shown that it is carried out. The day on which the review is due is kept elsewhere (`due`).

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::closed::answers_of;
use super::judge::JudgedReviews;
use crate::model::{Digest, Quarter, TrustId};
use crate::text::{Text, text};

/// A list that does not count yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OpenList {
    /// The quarter that names it.
    pub quarter: Quarter,
    /// The day on which it was made.
    pub since: Date,
}

/// A list that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CountedList {
    /// The quarter that names it.
    pub quarter: Quarter,
    /// Whether the store has shown what the list says. It is `None` if that is not known, as in a clone of the files.
    pub closed: Option<bool>,
}

/// The newest lists of a trust.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct NewestLists {
    /// The newest one that does not count yet, if it is newer than the one that counts.
    pub open: Option<OpenList>,
    /// The newest one that counts.
    pub counted: Option<CountedList>,
}

impl NewestLists {
    /// Whether the list that counts is known to wait for what the store has not shown.
    #[must_use]
    pub fn is_unclosed(&self) -> bool {
        self.counted.is_some_and(|list| list.closed == Some(false))
    }

    /// The words for each of the lists, the open one first.
    pub fn words(&self) -> impl Iterator<Item = Text> {
        let open = self.open.map(|OpenList { quarter, since }| {
            text!(en: "{quarter} open since {since}", nb: "{quarter} åpen siden {since}")
        });
        let counted = self.counted.map(|CountedList { quarter, closed }| match closed {
            Some(true) => text!(en: "{quarter} closed", nb: "{quarter} avsluttet"),
            Some(false) => {
                text!(en: "{quarter} answered, not closed", nb: "{quarter} besvart, ikke avsluttet")
            }
            None => text!(en: "{quarter} answered", nb: "{quarter} besvart"),
        });
        open.into_iter().chain(counted)
    }
}

/// The newest lists of each trust that has one. `is_closed` knows the answers of those that are closed.
#[must_use]
pub fn newest_lists(
    judged: &JudgedReviews,
    is_closed: impl Fn(&Digest) -> Option<bool>,
) -> BTreeMap<TrustId, NewestLists> {
    let mut found: BTreeMap<TrustId, NewestLists> = BTreeMap::new();
    for list in &judged.lists {
        let (review, newest) = (&list.parsed.review, found.entry(list.parsed.trust.clone()).or_default());
        let quarter = review.quarter;
        // The lists come in this order: the newest one first.
        match list.counts_from {
            Some(_) if newest.counted.is_none() => {
                newest.counted = Some(CountedList { quarter, closed: is_closed(&answers_of(review)) });
            }
            None if newest.open.is_none() && newest.counted.is_none() => {
                newest.open = Some(OpenList { quarter, since: review.made });
            }
            Some(_) | None => {}
        }
    }
    found
}
