//! Counts facts on the result of the whole change: how many people hold a role, and which other accesses a person has.
//!
//! A person who gets two accesses in one change has neither at the base, and both afterwards. So an entry is judged
//! beside every access that will exist together with it, on any day that the two have in common. The person's identity
//! is not a fact. A policy sees the accesses, and never whose they are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::{Base, Removal};
use crate::model::{Grant, GrantKey};
use crate::policy::{Other, Policies};

/// The facts of one entry that depend on the whole change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Whole {
    /// The number of people with this role at this trust on the busiest day, or 0 if the role is not counted (R21).
    pub(super) holders: u32,
    /// The other accesses of the person. It is empty if no policy asks for them.
    pub(super) others: BTreeSet<Other>,
}

impl Whole {
    /// The facts at the base alone, for a question that does not belong to a change.
    pub(super) fn at(policies: &Policies, base: &Base, grant: &Grant, today: Date) -> Self {
        let asks = policies.asks_of_others();
        let others = if asks { others(base, &BTreeMap::new(), &[], grant, today) } else { BTreeSet::new() };
        Self { holders: 0, others }
    }
}

/// Returns the person's other accesses, on a day of the grant from today on. `takes` are the removals of the change. A
/// removed access does not count, and an earlier end is used. `given` are the grants that the change gives. Each
/// replaces its earlier form.
pub(super) fn others(
    base: &Base,
    takes: &BTreeMap<&GrantKey, &Removal>,
    given: &[&Grant],
    grant: &Grant,
    today: Date,
) -> BTreeSet<Other> {
    let mut found = BTreeSet::new();
    let mut add = |other: &Grant, until: Option<Date>| {
        if other.key != grant.key && meet(grant, (other.from, until), today) {
            found.insert(Other {
                application: other.key.application.clone(),
                role: other.role.clone(),
                unit: other.key.unit,
                trust: other.trust.clone(),
            });
        }
    };
    let mine = given.iter().filter(|other| other.key.person == grant.key.person);
    mine.clone().for_each(|other| add(other, other.until));
    let known = base.people.get(&grant.key.person);
    for (key, standing) in known.into_iter().flat_map(|known| &known.grants) {
        let replaced = mine.clone().any(|other| other.key == *key);
        if replaced || !standing.lives(today) {
            continue;
        }
        match takes.get(key).map(|removal| removal.until) {
            None => add(&standing.grant, standing.grant.until),
            Some(Some(until)) => add(&standing.grant, Some(until)),
            Some(None) => {}
        }
    }
    found
}

/// Whether a grant and these days have a day in common, from today on.
fn meet(grant: &Grant, (from, until): (Date, Option<Date>), today: Date) -> bool {
    let first = grant.from.max(from).max(today);
    let within = |last: Option<Date>| last.is_none_or(|last| first <= last);
    within(grant.until) && within(until)
}
