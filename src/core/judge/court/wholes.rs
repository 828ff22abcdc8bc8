//! Counts facts that depend on the whole change: how many people will hold a role, and which other accesses a person
//! will have. Entries that are permitted one by one may be too many together.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::Removal;
use crate::model::{Grant, GrantKey, PersonId};

use super::super::besides::{Whole, others};
use super::super::limits::{RoleHolders, counted};
use super::{Candidate, Court, Outcome, RulesOnDay};

impl Court<'_> {
    /// Returns whether a policy on one of these benches asks for a person's other accesses.
    pub(super) fn asks_of_others(benches: &[RulesOnDay]) -> bool {
        benches.iter().any(|bench| bench.rules.policies.asks_of_others())
    }

    /// Returns the facts of an entry beside the accesses that are left after the removals, without the other entries of
    /// the change.
    pub(super) fn whole_after_removals(
        &self,
        benches: &[RulesOnDay],
        grant: &Grant,
        takes: &BTreeMap<&GrantKey, &Removal>,
    ) -> Whole {
        if !Self::asks_of_others(benches) {
            return Whole::default();
        }
        Whole { holders: 0, others: others(self.base, takes, &[], grant, self.today) }
    }

    /// Returns the facts that depend on the whole change, for each permitted entry for which they may differ. For an
    /// entry of a counted role, this is the number of people who will hold it at that trust on its busiest day. If a
    /// policy asks for it, it is also the other accesses of a person who has several entries in this change.
    pub(super) fn wholes(
        &self,
        candidates: &[Candidate<'_>],
        benches: &[RulesOnDay],
        outcomes: &BTreeMap<GrantKey, Outcome>,
        takes: &BTreeMap<&GrantKey, &Removal>,
    ) -> BTreeMap<GrantKey, Whole> {
        let register = &self.rules.register;
        let asks = Self::asks_of_others(benches);
        let grants: Vec<&Grant> = candidates
            .iter()
            .map(|candidate| &candidate.change.after.grant)
            .filter(|grant| matches!(outcomes.get(&grant.key), Some(Outcome::Permitted(..))))
            .collect();
        let mut given: BTreeMap<&PersonId, Vec<&Grant>> = BTreeMap::new();
        if asks {
            grants.iter().copied().for_each(|grant| given.entry(&grant.key.person).or_default().push(grant));
        }
        let mut holders = RoleHolders::default();
        if grants.iter().any(|grant| counted(register, grant)) {
            holders = RoleHolders::living(register, self.base, takes, self.today);
            grants.iter().for_each(|grant| holders.add(register, grant));
        }
        let mut wholes = BTreeMap::new();
        for grant in grants {
            let mine = given.get(&grant.key.person).map_or(&[][..], Vec::as_slice);
            if !counted(register, grant) && mine.len() < 2 {
                continue;
            }
            let others =
                if asks { others(self.base, takes, mine, grant, self.today) } else { BTreeSet::new() };
            let holders = holders.most(register, grant, self.today);
            wholes.insert(grant.key.clone(), Whole { holders, others });
        }
        wholes
    }

    /// The permitted changes that a policy denies when the whole change is counted.
    pub(super) fn exceeded(
        &self,
        candidates: &[Candidate<'_>],
        benches: &[RulesOnDay],
        outcomes: &BTreeMap<GrantKey, Outcome>,
        takes: &BTreeMap<&GrantKey, &Removal>,
    ) -> BTreeMap<GrantKey, Outcome> {
        let mut wholes = self.wholes(candidates, benches, outcomes, takes);
        candidates
            .iter()
            .filter_map(|candidate| {
                let key = &candidate.change.after.grant.key;
                let outcome = self.decide(candidate, benches, wholes.remove(key)?);
                matches!(outcome, Outcome::Denied { .. }).then(|| (key.clone(), outcome))
            })
            .collect()
    }
}
