//! The removal budget (law: *removals have a budget*). It judges the whole plan before the first write.
//!
//! The whole register is one scope, and each trust is one scope. Explicit removals go first and are carried out up to
//! the limit. Removals with evidence from an administrator of the unit are carried out beyond the limit. Removals for
//! absence are held as a whole if their scope is over its limit. A held set is named by the digest of exactly its
//! items. A release of that digest lets the set go, once.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::change::Why;
use crate::model::{BudgetLimits, Digest, TrustId};

use super::{AccessItem, Class, HeldSet, Loss};

/// The number of people who have access.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The number for each trust.
    pub trusts: BTreeMap<TrustId, u32>,
    /// The number over all trusts. Each person is counted once.
    pub all: u32,
}

/// The removals of the last seven days, counted as pairs of person and trust.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BudgetUse {
    /// The number for each trust.
    pub trusts: BTreeMap<TrustId, u32>,
    /// The number over all trusts.
    pub all: u32,
}

/// The number of people that a plan asks for under one limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitAsked {
    /// The trust, or `None` for the whole register.
    pub trust: Option<TrustId>,
    /// The number of pairs of person and trust that would lose something. Removals with an administrator's evidence
    /// are not counted.
    pub asked: u32,
    /// The number that the limit allows.
    pub allowed: u32,
}

/// The result of the guard: what it lets through and what it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guarded {
    /// The sets that are held.
    pub sets: Vec<HeldSet>,
    /// The releases that this plan uses up.
    pub spent: BTreeSet<Digest>,
    /// The pairs of person and trust that this plan uses of the budget.
    pub counted: BTreeSet<(String, Option<TrustId>)>,
    /// The items that go because of a release or because of an administrator's evidence.
    pub released: BTreeSet<AccessItem>,
    /// The items that stay because other access of the same person is held. They go when that access is released.
    pub following: BTreeSet<AccessItem>,
}

impl Guarded {
    /// Returns all items that are held.
    #[must_use]
    pub fn held(&self) -> BTreeSet<AccessItem> {
        let sets = self.sets.iter().flat_map(|set| &set.items);
        sets.chain(&self.following).cloned().collect()
    }
}

/// The input of the removal budget. `sizes` is called only if the smallest limits are not enough.
pub struct Budget<'a, E> {
    /// The limits of the accepted register. For a change that waits, these are the tighter limits that first held it.
    pub limits: &'a BudgetLimits,
    /// The number of people who have access.
    pub sizes: &'a dyn Fn() -> Result<Sizes, E>,
    /// The part of the budget that the last seven days used.
    pub used: &'a BudgetUse,
    /// The removals of the same run along a branch at earlier commits. They count together with this pass as one.
    pub together: &'a BudgetUse,
    /// The valid releases that are not used up.
    pub releases: &'a BTreeSet<Digest>,
}

impl<E> Budget<'_, E> {
    /// Judges the losses of a plan.
    ///
    /// # Errors
    /// It fails when the sizes cannot be read.
    pub fn judge(&self, losses: &[Loss]) -> Result<Guarded, E> {
        let mut guarded = Guarded::default();
        if losses.is_empty() {
            return Ok(guarded);
        }
        let (following, losses) = parted(losses);
        let sizes = self.sizes_if_needed(&losses)?;
        let allowed_at =
            |trust: &TrustId| self.allowed_at(trust, sizes.trusts.get(trust).copied().unwrap_or(0));
        // Removals with evidence from an administrator of the unit are carried out. Like released removals, they are
        // not counted.
        let evidenced = losses.iter().filter(|loss| loss.class == Class::Evidenced);
        guarded.released.extend(evidenced.map(|loss| loss.item.clone()));
        let (_, asked): (Vec<&Loss>, Vec<&Loss>) =
            losses.iter().copied().partition(|loss| loss.class == Class::Evidenced);
        for (trust, scope) in by_trust(asked) {
            self.released_at(trust, &scope, allowed_at(trust), &mut guarded);
        }
        let mut acting: Vec<&Loss> =
            losses.iter().copied().filter(|loss| !guarded.released.contains(&loss.item)).collect();
        let allowed = self.allowed_over_all(sizes.all);
        // One trust over its limit is a matter of that trust. Several trusts over their limits at once point to a
        // fault of the whole tree. Then the whole is judged first, so that the small trusts are not emptied while the
        // large ones are held.
        let over = by_trust(acting.iter().copied())
            .into_iter()
            .filter(|(trust, scope)| count_people(scope.iter().copied()) > allowed_at(trust))
            .count();
        if over > 1 {
            acting = self.scope(None, &acting, allowed, &mut guarded);
        }
        let mut kept: Vec<&Loss> = Vec::new();
        let reckoned = |loss: &&Loss, guarded: &Guarded| !guarded.released.contains(&loss.item);
        kept.extend(acting.iter().filter(|loss| loss.trust.is_none() && reckoned(loss, &guarded)));
        let open: Vec<&Loss> = acting.into_iter().filter(|loss| reckoned(loss, &guarded)).collect();
        for (trust, scope) in by_trust(open) {
            kept.extend(self.scope(Some(trust), &scope, allowed_at(trust), &mut guarded));
        }
        kept = self.scope(None, &kept, allowed, &mut guarded);
        // Removals with evidence need no budget, and released ones have been decided by two. Neither uses any of the
        // budget.
        kept.retain(|loss| !guarded.released.contains(&loss.item));
        guarded.counted = kept.into_iter().map(|loss| (loss.who.clone(), loss.trust.clone())).collect();
        let held = guarded.held();
        let stay: BTreeSet<&String> =
            losses.iter().filter(|loss| held.contains(&loss.item)).map(|loss| &loss.who).collect();
        let following = following.into_iter().filter(|loss| stay.contains(&loss.who));
        guarded.following = following.map(|loss| loss.item.clone()).collect();
        Ok(guarded)
    }

    /// Returns what a plan asks of each limit, whether or not it is over. The scope of each trust comes first, then
    /// the scope of the whole register.
    ///
    /// # Errors
    /// It fails when the sizes cannot be read.
    pub fn scopes(&self, losses: &[Loss]) -> Result<Vec<LimitAsked>, E> {
        let (_, mut asked) = parted(losses);
        asked.retain(|loss| loss.class != Class::Evidenced);
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let sizes = (self.sizes)()?;
        let mut scopes: Vec<LimitAsked> = by_trust(asked.iter().copied())
            .into_iter()
            .map(|(trust, scope)| {
                let size = sizes.trusts.get(trust).copied().unwrap_or(0);
                let allowed = self.allowed_at(trust, size);
                LimitAsked { trust: Some(trust.clone()), asked: count_people(scope), allowed }
            })
            .collect();
        let allowed = self.allowed_over_all(sizes.all);
        scopes.push(LimitAsked { trust: None, asked: count_people(asked), allowed });
        Ok(scopes)
    }

    /// Returns how many people of a trust of this size may lose something in this pass.
    fn allowed_at(&self, trust: &TrustId, size: u32) -> u32 {
        let of = |used: &BudgetUse| used.trusts.get(trust).copied().unwrap_or(0);
        let per_pass = self.limits.at_trust(size, 0).saturating_sub(of(self.together));
        per_pass.min(self.limits.at_trust(size, of(self.used)))
    }

    /// Returns how many people of all trusts together may lose something in this pass.
    fn allowed_over_all(&self, size: u32) -> u32 {
        let per_pass = self.limits.over_all(size, 0).saturating_sub(self.together.all);
        per_pass.min(self.limits.over_all(size, self.used.all))
    }

    fn sizes_if_needed(&self, losses: &[&Loss]) -> Result<Sizes, E> {
        let within = by_trust(losses.iter().copied())
            .into_iter()
            .all(|(trust, scope)| count_people(scope) <= self.allowed_at(trust, 0));
        let all = self.allowed_over_all(0);
        if within && count_people(losses.iter().copied()) <= all {
            Ok(Sizes::default())
        } else {
            (self.sizes)()
        }
    }

    /// Uses a release of the set that the trust's own limit would hold.
    fn released_at(&self, trust: &TrustId, losses: &[&Loss], allowed: u32, guarded: &mut Guarded) {
        let mut tried = Guarded::default();
        self.scope(Some(trust), losses, allowed, &mut tried);
        guarded.spent.extend(tried.spent);
        guarded.released.extend(tried.released);
    }

    /// Lets through what one scope allows, and holds the rest.
    fn scope<'l>(
        &self,
        trust: Option<&TrustId>,
        losses: &[&'l Loss],
        allowed: u32,
        guarded: &mut Guarded,
    ) -> Vec<&'l Loss> {
        let asked = count_people(losses.iter().copied());
        if asked <= allowed {
            return losses.to_vec();
        }
        let (mut explicit, absent): (Vec<&Loss>, Vec<&Loss>) =
            losses.iter().partition(|loss| loss.class == Class::Explicit);
        explicit.sort_by_key(|loss| (loss.on, &loss.who, &loss.trust));
        let mut acting = BTreeSet::new();
        let (act, mut hold): (Vec<&Loss>, Vec<&Loss>) = explicit.into_iter().partition(|loss| {
            let pair = (&loss.who, &loss.trust);
            let room = acting.contains(&pair) || acting.len() < allowed as usize;
            if room {
                acting.insert(pair);
            }
            room
        });
        hold.extend(absent);
        let set = HeldSet::over(Why::Budget, trust, &hold, (allowed, asked));
        if self.releases.contains(&set.digest) {
            guarded.spent.insert(set.digest);
            guarded.released.extend(set.items);
            return losses.to_vec();
        }
        guarded.sets.push(set);
        act
    }
}

fn by_trust<'l>(losses: impl IntoIterator<Item = &'l Loss>) -> BTreeMap<&'l TrustId, Vec<&'l Loss>> {
    let mut scopes: BTreeMap<&TrustId, Vec<&Loss>> = BTreeMap::new();
    for loss in losses {
        if let Some(trust) = &loss.trust {
            scopes.entry(trust).or_default().push(loss);
        }
    }
    scopes
}

fn count_people<'a>(losses: impl IntoIterator<Item = &'a Loss>) -> u32 {
    let people: BTreeSet<_> = losses.into_iter().map(|loss| (&loss.who, &loss.trust)).collect();
    u32::try_from(people.len()).unwrap_or(u32::MAX)
}

/// Splits the losses into those that only follow and those that are counted. A person who loses access at a trust,
/// and with it the account or its address, is one person at that trust. The loss of the account is not counted again
/// without a trust. A check, which never sees an account, then counts the same.
fn parted(losses: &[Loss]) -> (Vec<&Loss>, Vec<&Loss>) {
    let somewhere: BTreeSet<&String> =
        losses.iter().filter(|loss| loss.trust.is_some()).map(|loss| &loss.who).collect();
    losses.iter().partition(|loss| loss.trust.is_none() && somewhere.contains(&loss.who))
}
