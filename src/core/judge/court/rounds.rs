//! Finds the least fixed point of the decisions, from the authority at the base. A permitted entry may make its holder an
//! approver, so the entries that are not permitted are decided again until no entry adds authority any more.
//!
//! Only entries that coordinate a trust add authority. They are decided one after the other. No other entry changes what
//! is decided of another one, so many of these are decided on two threads.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Arc;

use super::super::authority::coordinates;
use super::{Candidate, Court, OfficeDay, Outcome, RulesOnDay};
use crate::change::Removal;
use crate::model::{Grant, GrantKey};
use crate::threads::both;

/// The number of entries from which a second thread is worth its start.
const MANY: usize = 32;

impl Court<'_> {
    /// Repeats rounds until no accepted grant adds authority any more.
    pub(super) fn fixed_point(
        &self,
        candidates: &[Candidate<'_>],
        benches: &[RulesOnDay],
        excluded: &BTreeMap<GrantKey, Outcome>,
        takes: &BTreeMap<&GrantKey, &Removal>,
    ) -> (Vec<RulesOnDay>, BTreeMap<GrantKey, Outcome>) {
        let mut benches: Vec<RulesOnDay> = benches
            .iter()
            .map(|b| RulesOnDay { rules: Arc::clone(&b.rules), day: b.day, authority: b.authority.clone() })
            .collect();
        let mut outcomes: BTreeMap<GrantKey, Outcome> = BTreeMap::new();
        let of = |candidate: &Candidate<'_>| candidate.change.after.grant.key.clone();
        loop {
            let is_open = |candidate: &&Candidate<'_>| {
                let key = &candidate.change.after.grant.key;
                let is_permitted = matches!(outcomes.get(key), Some(Outcome::Permitted(..)));
                !is_permitted && !excluded.contains_key(key)
            };
            let coordinating = |candidate: &&Candidate<'_>| {
                let grant = &candidate.change.after.grant;
                benches.iter().any(|bench| coordinates(&bench.rules.register, grant))
            };
            let (leading, others): (Vec<_>, Vec<_>) =
                candidates.iter().filter(is_open).partition(coordinating);
            let mut grew = false;
            for candidate in leading {
                let outcome = self.decide_one(candidate, &benches, takes);
                if matches!(outcome, Outcome::Permitted(..)) {
                    grew |= self.add_authority(&mut benches, &candidate.change.after.grant);
                }
                outcomes.insert(of(candidate), outcome);
            }
            let decided = self.decide_all(&others, &benches, takes);
            outcomes.extend(others.into_iter().map(of).zip(decided));
            if !grew {
                return (benches, outcomes);
            }
        }
    }

    /// Adds what a permitted entry gives of authority. Returns whether it gives any that was not there.
    fn add_authority(&self, benches: &mut [RulesOnDay], grant: &Grant) -> bool {
        let mut grew = false;
        for bench in benches {
            let counts = match self.when {
                OfficeDay::Today => grant.in_force(self.today) && grant.in_force(bench.day),
                OfficeDay::AnyDay => true,
            };
            let trusted = bench.authority.of(&grant.key.person).coordinator_of.contains(&grant.trust);
            if counts && !trusted && coordinates(&bench.rules.register, grant) {
                bench.authority.add(grant);
                grew = true;
            }
        }
        grew
    }

    /// Decides entries none of which adds authority. If there are many, half of them are decided on a thread of its own.
    fn decide_all(
        &self,
        candidates: &[&Candidate<'_>],
        benches: &[RulesOnDay],
        takes: &BTreeMap<&GrantKey, &Removal>,
    ) -> Vec<Outcome> {
        let threads = if candidates.len() < MANY { NonZero::<usize>::MIN } else { self.threads };
        let decided = |some: &[&Candidate<'_>]| -> Vec<Outcome> {
            some.iter().map(|candidate| self.decide_one(candidate, benches, takes)).collect()
        };
        let (some, others) = candidates.split_at(candidates.len() / 2);
        let (mut outcomes, rest) = both(threads, || decided(some), || decided(others));
        outcomes.extend(rest);
        outcomes
    }

    /// Decides one entry beside the accesses that are left after the removals.
    fn decide_one(
        &self,
        candidate: &Candidate<'_>,
        benches: &[RulesOnDay],
        takes: &BTreeMap<&GrantKey, &Removal>,
    ) -> Outcome {
        let whole = self.whole_after_removals(benches, &candidate.change.after.grant, takes);
        self.decide(candidate, benches, whole)
    }
}
