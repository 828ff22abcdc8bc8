//! The budget for additions (law: *one door*): three hundred new accounts at once are a slip more often than a plan.
//!
//! It has the form of the budget for removals: person × trust, per trust and over all, per pass and twice that in seven
//! days. What is accepted stays accepted; only the step waits. A scope that is over waits as a whole. A release lets go
//! the items it names, whoever has joined the queue since.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{BudgetLimits, PersonId, TrustId};
use crate::planted::Fault;

use super::{Gain, HeldSet, Sizes, Used};

/// What the budget is reckoned with. `sizes` is asked for only where the least limits do not suffice.
pub struct Additions<'a, E> {
    /// Limits of the accepted register.
    pub limits: &'a BudgetLimits,
    /// How many people have access.
    pub sizes: &'a dyn Fn() -> Result<Sizes, E>,
    /// What the last seven days used.
    pub used: &'a Used,
    /// Items that two have released by name.
    pub released: &'a BTreeSet<String>,
}

/// What is let in and what waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admitted {
    /// What waits.
    pub sets: Vec<HeldSet>,
    /// Person × trust that this plan uses up of the budget.
    pub counted: BTreeSet<(PersonId, TrustId)>,
}

impl<E> Additions<'_, E> {
    /// Judges the gains of a plan.
    ///
    /// # Errors
    /// When the sizes cannot be had.
    pub fn judge(&self, gains: &[Gain]) -> Result<Admitted, E> {
        let mut admitted = Admitted::default();
        let open: Vec<&Gain> =
            gains.iter().filter(|gain| !self.released.contains(&gain.item.to_string())).collect();
        if open.is_empty() || Fault::AdditionsUnlimited.is_planted() {
            return Ok(admitted);
        }
        let mut trusts: BTreeMap<&TrustId, Vec<&Gain>> = BTreeMap::new();
        for gain in &open {
            trusts.entry(&gain.trust).or_default().push(gain);
        }
        let used_at = |trust: &TrustId| self.used.trusts.get(trust).copied().unwrap_or(0);
        let within =
            trusts.iter().all(|(trust, gains)| people(gains) <= self.limits.at_trust(0, used_at(trust)));
        let sizes = if within && people(&open) <= self.limits.over_all(0, self.used.all) {
            Sizes::default()
        } else {
            (self.sizes)()?
        };
        let mut kept: Vec<&Gain> = Vec::new();
        for (trust, gains) in trusts {
            let size = sizes.trusts.get(trust).copied().unwrap_or(0);
            let (allowed, asked) = (self.limits.at_trust(size, used_at(trust)), people(&gains));
            if asked > allowed {
                admitted.sets.push(HeldSet::of_gains(Some(trust), &gains, (allowed, asked)));
            } else {
                kept.extend(gains);
            }
        }
        let (allowed, asked) = (self.limits.over_all(sizes.all, self.used.all), people(&kept));
        if asked > allowed {
            admitted.sets.push(HeldSet::of_gains(None, &kept, (allowed, asked)));
            kept.clear();
        }
        admitted.counted = kept.into_iter().map(|gain| (gain.who.clone(), gain.trust.clone())).collect();
        Ok(admitted)
    }
}

fn people(gains: &[&Gain]) -> u32 {
    let people: BTreeSet<_> = gains.iter().map(|gain| (&gain.who, &gain.trust)).collect();
    u32::try_from(people.len()).unwrap_or(u32::MAX)
}
