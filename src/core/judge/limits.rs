//! Counts limits over sets: the number of people who hold a role at a trust on the busiest day (R21). It is counted
//! on the result of the whole change, because Cedar cannot count the size of a set.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::{Base, Removal};
use crate::model::{Grant, GrantKey, PersonId, Register, RoleId, TrustId};

/// The first and the last day.
type DaySpan = (Date, Option<Date>);

/// The people who hold the counted roles, with the days.
#[derive(Debug, Default)]
pub(super) struct RoleHolders {
    spans: BTreeMap<(TrustId, RoleId), BTreeMap<GrantKey, DaySpan>>,
}

impl RoleHolders {
    /// Returns the living grants from today on. Grants that the same change takes away are left out, and its earlier
    /// ends are used.
    pub(super) fn living(
        register: &Register,
        base: &Base,
        takes: &BTreeMap<&GrantKey, &Removal>,
        today: Date,
    ) -> Self {
        let mut holders = Self::default();
        for known in base.people.values() {
            for (key, standing) in &known.grants {
                if !standing.lives(today) || !counted(register, &standing.grant) {
                    continue;
                }
                match takes.get(key).map(|removal| removal.until) {
                    None => holders.add(register, &standing.grant),
                    Some(Some(until)) if until >= today => {
                        holders.add(register, &Grant { until: Some(until), ..standing.grant.clone() });
                    }
                    Some(_) => {}
                }
            }
        }
        holders
    }

    /// Takes a grant out again.
    pub(super) fn remove(&mut self, key: &GrantKey) {
        for spans in self.spans.values_mut() {
            spans.remove(key);
        }
    }

    /// Adds a grant, or replaces its earlier form.
    pub(super) fn add(&mut self, register: &Register, grant: &Grant) {
        self.remove(&grant.key);
        if counted(register, grant) {
            self.spans
                .entry((grant.trust.clone(), grant.role.clone()))
                .or_default()
                .insert(grant.key.clone(), (grant.from, grant.until));
        }
    }

    /// The largest number of people who hold the grant's role at its trust on any one of its days, from today on.
    pub(super) fn most(&self, register: &Register, grant: &Grant, today: Date) -> u32 {
        if !counted(register, grant) {
            return 0;
        }
        let Some(spans) = self.spans.get(&(grant.trust.clone(), grant.role.clone())) else { return 0 };
        let first = grant.from.max(today);
        // The number only rises on a day when a span begins.
        let days = spans.values().map(|(from, _)| (*from).max(first));
        days.filter(|day| grant.until.is_none_or(|until| *day <= until))
            .map(|day| {
                let on_the_day: BTreeSet<&PersonId> = spans
                    .iter()
                    .filter(|(_, (from, until))| *from <= day && until.is_none_or(|until| day <= until))
                    .map(|(key, _)| &key.person)
                    .collect();
                u32::try_from(on_the_day.len()).unwrap_or(u32::MAX)
            })
            .max()
            .unwrap_or(0)
    }
}

pub(super) fn counted(register: &Register, grant: &Grant) -> bool {
    register.roles.get(&grant.role).is_some_and(|role| role.counted)
}
