//! This module keeps which statement of each reviewer about each list is the latest by the ledger. An earlier one counts no
//! more, no matter whether somebody puts the old list and the old signature back.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::model::Digest;
use serde::Deserialize;

/// A list by its trust and its quarter, and the key of a reviewer.
type ListOfReviewer = (String, String, String);

/// The statements of reviewers, as far as the ledger has been followed.
#[derive(Debug, Clone, Default)]
pub(super) struct LatestStatements {
    latest: BTreeMap<ListOfReviewer, Digest>,
    replaced: BTreeSet<Digest>,
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
    statement: Digest,
}

impl LatestStatements {
    /// Applies an entry about a review. The same statement may become the latest one again.
    pub(super) fn apply(&mut self, ReviewedEntry { trust, quarter, reviewed }: ReviewedEntry) {
        for ReviewerInEntry { by, statement } in reviewed {
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
    }

    /// The statements that a later one has replaced.
    pub(super) fn replaced(&self) -> &BTreeSet<Digest> {
        &self.replaced
    }
}

#[cfg(test)]
mod tests {
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
        latest.apply(entry("ahus", b"keep"));
        latest.apply(entry("ahus", b"keep"));
        latest.apply(entry("unn", b"of another list"));
        assert_eq!(latest.replaced(), &BTreeSet::new());
        latest.follow(&BTreeMap::from([("ahus".to_owned(), "ahus-hf".to_owned())]));
        latest.apply(entry("ahus-hf", b"end"));
        assert_eq!(latest.replaced(), &BTreeSet::from([Digest::of(b"keep")]));
        latest.apply(entry("ahus-hf", b"keep"));
        assert_eq!(latest.replaced(), &BTreeSet::from([Digest::of(b"end")]));
    }
}
