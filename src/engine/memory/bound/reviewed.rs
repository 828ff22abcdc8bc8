//! This module keeps which statement of each reviewer about each list is the latest by the ledger. An earlier one counts no
//! more, no matter whether somebody puts the old list and the old signature back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use portvakt_core::model::Digest;
use serde::Deserialize;

/// A list by its trust and its quarter, and the key of a reviewer.
type ListOfReviewer = (String, String, String);

/// The statements of reviewers, as far as the ledger has been followed.
#[derive(Debug, Clone, Default)]
pub(super) struct LatestStatements {
    latest: BTreeMap<ListOfReviewer, Digest>,
    replaced: BTreeSet<Digest>,
    /// The day of the last review of each trust that began to count.
    last: BTreeMap<String, Date>,
}

/// The part of an entry about a review that says who reviewed, by which statement.
#[derive(Deserialize)]
pub(super) struct ReviewedEntry {
    trust: String,
    quarter: String,
    reviewed: Vec<ReviewerInEntry>,
}

#[derive(Deserialize)]
struct ReviewerInEntry {
    by: String,
    on: Option<Date>,
    statement: Digest,
}

impl LatestStatements {
    /// Applies an entry about a review. The same statement may become the latest one again. `counts` tells whether the
    /// review began to count.
    pub(super) fn apply(&mut self, entry: ReviewedEntry, counts: bool) {
        let ReviewedEntry { trust, quarter, reviewed } = entry;
        for ReviewerInEntry { by, on, statement } in reviewed {
            if let Some(on) = on.filter(|_| counts) {
                let last = self.last.entry(trust.clone()).or_insert(on);
                *last = on.max(*last);
            }
            let list = (trust.clone(), quarter.clone(), by);
            self.replaced.remove(&statement);
            let before = self.latest.insert(list, statement);
            self.replaced.extend(before.filter(|before| *before != statement));
        }
    }

    /// Goes on under the new ids of trusts.
    pub(super) fn follow(&mut self, renamed: &BTreeMap<String, String>) {
        if renamed.is_empty() {
            return;
        }
        let before = std::mem::take(&mut self.latest);
        let now = |(trust, quarter, by): ListOfReviewer| {
            (renamed.get(&trust).cloned().unwrap_or(trust), quarter, by)
        };
        self.latest = before.into_iter().map(|(list, statement)| (now(list), statement)).collect();
        for (from, to) in renamed {
            let moved = self.last.remove(from);
            self.last.extend(moved.map(|day| (to.clone(), day)));
        }
    }

    /// The day of the last review of each trust that began to count.
    pub(super) fn last(&self) -> &BTreeMap<String, Date> {
        &self.last
    }

    /// The statements that a later one has replaced.
    pub(super) fn replaced(&self) -> &BTreeSet<Digest> {
        &self.replaced
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn entry(trust: &str, statement: &[u8]) -> ReviewedEntry {
        let body = serde_json::json!({
            "trust": trust, "quarter": "2026-Q4", "snapshot": "left out",
            "reviewed": [{ "by": "P1", "on": "2026-11-24", "statement": Digest::of(statement) }],
        });
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn the_latest_statement_about_a_list_replaces_the_one_before_also_under_a_new_id_of_the_trust() {
        let mut latest = LatestStatements::default();
        latest.apply(entry("ahus", b"keep"), true);
        latest.apply(entry("ahus", b"keep"), true);
        latest.apply(entry("unn", b"of another list"), false);
        assert_eq!(latest.replaced(), &BTreeSet::new());
        latest.follow(&BTreeMap::from([("ahus".to_owned(), "ahus-hf".to_owned())]));
        latest.apply(entry("ahus-hf", b"end"), true);
        assert_eq!(latest.replaced(), &BTreeSet::from([Digest::of(b"keep")]));
        latest.apply(entry("ahus-hf", b"keep"), true);
        assert_eq!(latest.replaced(), &BTreeSet::from([Digest::of(b"end")]));
        assert_eq!(latest.last(), &BTreeMap::from([("ahus-hf".to_owned(), date(2026, 11, 24))]));
    }
}
