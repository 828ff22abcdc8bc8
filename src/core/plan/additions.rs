//! The budget for additions (law: *additions have a budget*). Three hundred new accounts at once are more often a
//! mistake than a plan.
//!
//! It works like the budget for removals. It counts pairs of person and trust, for each trust and over all trusts.
//! There is a limit for each pass, and twice that limit for seven days. An accepted entry stays accepted; only its
//! step waits. If a scope is over its limit, the whole scope waits. A release lets go the items it names, even if
//! others have joined the queue since.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{BudgetLimits, PersonId, TrustId};
use crate::planted::PlantedFault;

use super::{BudgetUse, Gain, HeldSet, Sizes};

/// The input of the budget for additions. `sizes` is called only if the smallest limits are not enough.
pub struct Additions<'a, E> {
    /// The limits of the accepted register.
    pub limits: &'a BudgetLimits,
    /// The number of people who have access.
    pub sizes: &'a dyn Fn() -> Result<Sizes, E>,
    /// The part of the budget that the last seven days used.
    pub used: &'a BudgetUse,
    /// The items that two national administrators have released by name.
    pub released: &'a BTreeSet<String>,
}

/// The result of judging additions: the sets that wait, and the additions that count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admitted {
    /// The sets that wait.
    pub sets: Vec<HeldSet>,
    /// The pairs of person and trust that this plan uses of the budget.
    pub counted: BTreeSet<(PersonId, TrustId)>,
}

impl<E> Additions<'_, E> {
    /// Judges the gains of a plan.
    ///
    /// # Errors
    /// It fails when the sizes cannot be read.
    pub fn judge(&self, gains: &[Gain]) -> Result<Admitted, E> {
        let mut admitted = Admitted::default();
        let open: Vec<&Gain> =
            gains.iter().filter(|gain| !self.released.contains(&gain.item.to_string())).collect();
        if open.is_empty() || PlantedFault::AdditionsUnlimited.is_planted() {
            return Ok(admitted);
        }
        let mut trusts: BTreeMap<&TrustId, Vec<&Gain>> = BTreeMap::new();
        for gain in &open {
            trusts.entry(&gain.trust).or_default().push(gain);
        }
        let used_at = |trust: &TrustId| self.used.trusts.get(trust).copied().unwrap_or(0);
        let within = trusts
            .iter()
            .all(|(trust, gains)| count_people(gains) <= self.limits.at_trust(0, used_at(trust)));
        let sizes = if within && count_people(&open) <= self.limits.over_all(0, self.used.all) {
            Sizes::default()
        } else {
            (self.sizes)()?
        };
        let mut kept: Vec<&Gain> = Vec::new();
        for (trust, gains) in trusts {
            let size = sizes.trusts.get(trust).copied().unwrap_or(0);
            let (allowed, asked) = (self.limits.at_trust(size, used_at(trust)), count_people(&gains));
            if asked > allowed {
                admitted.sets.push(HeldSet::of_gains(Some(trust), &gains, (allowed, asked)));
            } else {
                kept.extend(gains);
            }
        }
        let (allowed, asked) = (self.limits.over_all(sizes.all, self.used.all), count_people(&kept));
        if asked > allowed {
            admitted.sets.push(HeldSet::of_gains(None, &kept, (allowed, asked)));
            kept.clear();
        }
        admitted.counted = kept.into_iter().map(|gain| (gain.who.clone(), gain.trust.clone())).collect();
        Ok(admitted)
    }
}

fn count_people(gains: &[&Gain]) -> u32 {
    let people: BTreeSet<_> = gains.iter().map(|gain| (&gain.who, &gain.trust)).collect();
    u32::try_from(people.len()).unwrap_or(u32::MAX)
}
