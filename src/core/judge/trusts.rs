//! Gives advice about trusts after a change, such as a trust with users and nobody to administer them (R21).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::Base;
use crate::diag::{Code, Finding, Text, text};
use crate::model::{GrantKey, PersonId, TrustId};

use crate::policy::{Counts, why};

use super::Rules;
use super::authority::coordinates;
use super::findings::says;

/// The numbers of users and coordinators of each trust on one day.
#[derive(Debug, Clone, Default)]
pub struct Occupancy(BTreeMap<TrustId, (usize, usize)>);

impl Occupancy {
    /// Counts the people of a base. The base must hold everybody.
    #[must_use]
    pub fn of(rules: &Rules, base: &Base, day: Date) -> Self {
        Self::after(rules, base, day, |_| false)
    }

    /// Counts the people of a base without the accesses that go. The base must hold everybody.
    #[must_use]
    pub fn after(rules: &Rules, base: &Base, day: Date, goes: impl Fn(&GrantKey) -> bool) -> Self {
        let mut people: BTreeMap<&TrustId, (BTreeSet<&PersonId>, BTreeSet<&PersonId>)> = BTreeMap::new();
        for (person, known) in &base.people {
            let stays = known.grants.iter().filter(|(key, standing)| standing.in_force(day) && !goes(key));
            for (_, standing) in stays {
                let (users, coordinators) = people.entry(&standing.grant.trust).or_default();
                users.insert(person);
                if coordinates(&rules.register, &standing.grant) {
                    coordinators.insert(person);
                }
            }
        }
        Self(
            people
                .into_iter()
                .map(|(trust, (users, most))| (trust.clone(), (users.len(), most.len())))
                .collect(),
        )
    }

    /// Gives advice about every trust that has users, compared with how it was before.
    #[must_use]
    pub fn advice(&self, rules: &Rules, before: &Self) -> Vec<Finding> {
        let policies = &rules.policies;
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let mut findings = Vec::new();
        for (trust, (users, coordinators)) in &self.0 {
            let Some(known) = rules.register.trusts.get(trust) else { continue };
            let coordinators_before = before.0.get(trust).map_or(0, |(_, coordinators)| small(*coordinators));
            let counts =
                Counts { users: small(*users), coordinators: small(*coordinators), coordinators_before };
            let advice = policies.inspect(&rules.register, trust, counts);
            for id in &advice.policies {
                let (name, says) = (&known.name, says(policies, id));
                let message = text!(with says; en: "{name}: {says}", nb: "{name}: {says}");
                findings.push(
                    Finding::new(Code::Advice, message, Text::default())
                        .decided_by(policies.rules(id).to_vec(), vec![id.clone()]),
                );
            }
            for error in &advice.errors {
                let way_out = text!(
                    en: "This is a fault in the policies: show it to those who keep them.",
                    nb: "Dette er en feil i tilgangsreglene: vis den til dem som vedlikeholder dem."
                );
                let (name, error) = (&known.name, why(std::slice::from_ref(error)));
                let message = text!(
                    with error;
                    en: "{name}: advice could not be worked out: {error}",
                    nb: "{name}: råd kunne ikke regnes ut: {error}"
                );
                findings.push(Finding::new(Code::Advice, message, way_out));
            }
        }
        findings
    }
}
