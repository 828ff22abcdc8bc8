//! Finds the entries that are too many in a tree without a base. There everything is new, so all who hold a role
//! together exceed a limit together. The finding would then also be in the files of people who were approved long ago.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Grant, GrantKey, PersonId};

use super::super::besides::{Whole, others};
use super::super::limits::RoleHolders;
use super::{Candidate, Court, Outcome, RulesOnDay};

impl Court<'_> {
    /// Returns some of the entries that exceed a limit together: those that exceed it when all are added one by one, in
    /// the order of their approvals. Without a base nobody knows which of them is new, so a finding about them names all
    /// ([`super::crowd`]).
    pub(super) fn latest(
        &self,
        candidates: &[Candidate<'_>],
        benches: &[RulesOnDay],
        outcomes: &BTreeMap<GrantKey, Outcome>,
        mut exceeded: BTreeMap<GrantKey, Outcome>,
    ) -> BTreeMap<GrantKey, Outcome> {
        let register = &self.rules.register;
        let mut holders = RoleHolders::living(register, self.base, &BTreeMap::new(), self.today);
        let asks = Self::asks_of_others(benches);
        let mut kept: BTreeMap<&PersonId, Vec<&Grant>> = BTreeMap::new();
        let mut late: Vec<&Candidate<'_>> = Vec::new();
        for candidate in candidates {
            let grant = &candidate.change.after.grant;
            if exceeded.contains_key(&grant.key) {
                late.push(candidate);
            } else if matches!(outcomes.get(&grant.key), Some(Outcome::Permitted(..))) {
                holders.add(register, grant);
                kept.entry(&grant.key.person).or_default().push(grant);
            }
        }
        late.sort_by_cached_key(|candidate| {
            let grant = &candidate.change.after.grant;
            (grant.approval.on, grant.from, grant.key.clone())
        });
        let mut too_many = BTreeMap::new();
        for candidate in late {
            let grant = &candidate.change.after.grant;
            holders.add(register, grant);
            let mine = kept.entry(&grant.key.person).or_default();
            let besides = if asks {
                others(self.base, &BTreeMap::new(), mine, grant, self.today)
            } else {
                BTreeSet::new()
            };
            let whole = Whole { holders: holders.most(register, grant, self.today), others: besides };
            let outcome = self.decide(candidate, benches, whole);
            if matches!(outcome, Outcome::Denied { .. }) {
                holders.remove(&grant.key);
                exceeded.remove(&grant.key);
                too_many.insert(grant.key.clone(), outcome);
            } else {
                mine.push(grant);
            }
        }
        // With a policy that no order of adding can satisfy, all of them stay refused.
        if too_many.is_empty() { exceeded } else { too_many }
    }
}
