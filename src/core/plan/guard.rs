//! The removal budget (law: *removals have a budget*). Judged on the whole plan before the first write.
//!
//! The whole register is a scope, and each trust is one. Explicit removals go first and act up to the limit;
//! those that an administrator of the unit is shown to have asked for act beyond it; removals for absence are held as
//! a whole where their scope is over. What is held is named by the digest of exactly that set; a release of that
//! digest lets it go, once.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::model::{BudgetLimits, Digest, TrustId};

use super::{Class, HeldSet, Item, Loss, Why};

/// How many people have access.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sizes {
    /// By trust.
    pub trusts: BTreeMap<TrustId, u32>,
    /// In all, each person counted once.
    pub all: u32,
}

/// Removals of the last seven days, person × trust.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Used {
    /// By trust.
    pub trusts: BTreeMap<TrustId, u32>,
    /// In all.
    pub all: u32,
}

/// What a plan asks of one limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// The trust; `None` for the whole register.
    pub trust: Option<TrustId>,
    /// How many people would lose something, person × trust, without what an administrator is shown to have asked for.
    pub asked: u32,
    /// How many the limit allows.
    pub allowed: u32,
}

/// What the guard lets through and what it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guarded {
    /// Held sets.
    pub sets: Vec<HeldSet>,
    /// Releases that are spent by this plan.
    pub spent: BTreeSet<Digest>,
    /// Person × trust that this plan uses up of the budget.
    pub counted: BTreeSet<(String, Option<TrustId>)>,
    /// What a release lets go, or the evidence of an administrator.
    pub released: BTreeSet<Item>,
    /// What stays because the access of the same person is held. A release of that lets it go, too.
    pub following: BTreeSet<Item>,
}

impl Guarded {
    /// Everything that is held.
    #[must_use]
    pub fn held(&self) -> BTreeSet<Item> {
        let sets = self.sets.iter().flat_map(|set| &set.items);
        sets.chain(&self.following).cloned().collect()
    }
}

/// What the budget is reckoned with. `sizes` is asked for only where the least limits do not suffice.
pub struct Budget<'a, E> {
    /// Limits of the accepted register, and of what waits the tighter ones it was first held by.
    pub limits: &'a BudgetLimits,
    /// How many people have access.
    pub sizes: &'a dyn Fn() -> Result<Sizes, E>,
    /// What the last seven days used.
    pub used: &'a Used,
    /// What the same run along a branch has carried out at earlier commits: it counts with this pass as one.
    pub together: &'a Used,
    /// Releases that live and are not spent.
    pub releases: &'a BTreeSet<Digest>,
}

impl<E> Budget<'_, E> {
    /// Judges the losses of a plan.
    ///
    /// # Errors
    /// When the sizes cannot be had.
    pub fn judge(&self, losses: &[Loss]) -> Result<Guarded, E> {
        let mut guarded = Guarded::default();
        if losses.is_empty() {
            return Ok(guarded);
        }
        let (following, losses) = parted(losses);
        let sizes = self.sizes_if_needed(&losses)?;
        let allowed_at =
            |trust: &TrustId| self.allowed_at(trust, sizes.trusts.get(trust).copied().unwrap_or(0));
        // What is shown to come from an administrator of the unit acts, and is out of the reckoning like what was
        // released.
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
        // One trust over its limit is that trust's matter; several at once are a fault of the whole tree, and then
        // the small trusts are not emptied because the large ones are held.
        let over = by_trust(acting.iter().copied())
            .into_iter()
            .filter(|(trust, scope)| people(scope.iter().copied()) > allowed_at(trust))
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
        // What is evidenced needs no budget, and what two have released has had theirs: neither uses any.
        kept.retain(|loss| !guarded.released.contains(&loss.item));
        guarded.counted = kept.into_iter().map(|loss| (loss.who.clone(), loss.trust.clone())).collect();
        let held = guarded.held();
        let stay: BTreeSet<&String> =
            losses.iter().filter(|loss| held.contains(&loss.item)).map(|loss| &loss.who).collect();
        let following = following.into_iter().filter(|loss| stay.contains(&loss.who));
        guarded.following = following.map(|loss| loss.item.clone()).collect();
        Ok(guarded)
    }

    /// What a plan asks of each limit it comes under, whether or not it is over: each trust's, then that for all.
    ///
    /// # Errors
    /// When the sizes cannot be had.
    pub fn scopes(&self, losses: &[Loss]) -> Result<Vec<Scope>, E> {
        let (_, mut asked) = parted(losses);
        asked.retain(|loss| loss.class != Class::Evidenced);
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let sizes = (self.sizes)()?;
        let mut scopes: Vec<Scope> = by_trust(asked.iter().copied())
            .into_iter()
            .map(|(trust, scope)| {
                let size = sizes.trusts.get(trust).copied().unwrap_or(0);
                let allowed = self.allowed_at(trust, size);
                Scope { trust: Some(trust.clone()), asked: people(scope), allowed }
            })
            .collect();
        let allowed = self.allowed_over_all(sizes.all);
        scopes.push(Scope { trust: None, asked: people(asked), allowed });
        Ok(scopes)
    }

    /// How many people of a trust of this size may lose something in this pass.
    fn allowed_at(&self, trust: &TrustId, size: u32) -> u32 {
        let of = |used: &Used| used.trusts.get(trust).copied().unwrap_or(0);
        let per_pass = self.limits.at_trust(size, 0).saturating_sub(of(self.together));
        per_pass.min(self.limits.at_trust(size, of(self.used)))
    }

    /// The same over all trusts.
    fn allowed_over_all(&self, size: u32) -> u32 {
        let per_pass = self.limits.over_all(size, 0).saturating_sub(self.together.all);
        per_pass.min(self.limits.over_all(size, self.used.all))
    }

    fn sizes_if_needed(&self, losses: &[&Loss]) -> Result<Sizes, E> {
        let within = by_trust(losses.iter().copied())
            .into_iter()
            .all(|(trust, scope)| people(scope) <= self.allowed_at(trust, 0));
        let all = self.allowed_over_all(0);
        if within && people(losses.iter().copied()) <= all { Ok(Sizes::default()) } else { (self.sizes)() }
    }

    /// Takes up a release of what a trust's own limit would hold.
    fn released_at(&self, trust: &TrustId, losses: &[&Loss], allowed: u32, guarded: &mut Guarded) {
        let mut tried = Guarded::default();
        self.scope(Some(trust), losses, allowed, &mut tried);
        guarded.spent.extend(tried.spent);
        guarded.released.extend(tried.released);
    }

    /// Lets through what one scope allows and holds the rest.
    fn scope<'l>(
        &self,
        trust: Option<&TrustId>,
        losses: &[&'l Loss],
        allowed: u32,
        guarded: &mut Guarded,
    ) -> Vec<&'l Loss> {
        let asked = people(losses.iter().copied());
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

fn people<'a>(losses: impl IntoIterator<Item = &'a Loss>) -> u32 {
    let people: BTreeSet<_> = losses.into_iter().map(|loss| (&loss.who, &loss.trust)).collect();
    u32::try_from(people.len()).unwrap_or(u32::MAX)
}

/// What only follows, and what is reckoned: whoever loses an access at a trust, and the account or its address with it,
/// is one person there, and not another one at no trust. A check, which has never seen an account, says the same.
fn parted(losses: &[Loss]) -> (Vec<&Loss>, Vec<&Loss>) {
    let somewhere: BTreeSet<&String> =
        losses.iter().filter(|loss| loss.trust.is_some()).map(|loss| &loss.who).collect();
    losses.iter().partition(|loss| loss.trust.is_none() && somewhere.contains(&loss.who))
}
