//! The one door (law of the same name): it decides what may leave the store and what may enter it. No other code
//! takes or gives.
//!
//! Each loss has one cause from a closed list, [`Cause`], and each cause has its proof:
//!
//! | cause | proof | budget |
//! |---|---|---|
//! | revoked, or an earlier end | the file says so, or it was accepted | counted as explicit; not counted with evidence |
//! | expired | an accepted end date is over on the trusted day | not counted; counted if the clock is ahead |
//! | absent | it is missing from a file in order, for long enough, and from a store that was read whole | counted |
//! | changed | an accepted change made it another right, which has begun | not counted |
//! | start moved | a baseline of two moved its start to a day to come | counted |
//! | drift, unknown account, sweep, `email: none` | the store has more than the accepted grants give | counted |
//!
//! A grant that has not begun is not a cause for a loss. A change that moves the start of an access ahead is refused by
//! the court before it comes here, so what was accepted keeps its own end. Where the new right has not begun for another
//! reason, such as an earlier day that two have confirmed, the old right waits with it. Only a baseline accepts a moved
//! start, since two have looked at who has what, and then the loss is one for the budget.
//!
//! An end does not act by a clock that is not trusted while an approved extension of the grant waits for the date.
//!
//! A gain needs an accepted grant that has begun by the trusted day, and room in the budget for additions. At a commit
//! before the newest one, only removals by `revoked` or by a past end date are carried out.
//! An earlier end waits too if the newest commit has the entry as it was accepted.

use crate::change::{AcceptanceWay, Cause, KnownPerson, Standing};
use crate::diag::text;
use crate::model::Account;
use crate::model::{GrantKey, Right};
use crate::planted::PlantedFault;

use super::drawing::{Drawing, WantedAccess};
use super::situation::{ClockTrust, Stand};
use super::{AccessItem, Class, Gain, Loss, Raise};

/// The state of an accepted grant today.
pub(super) enum Fate {
    /// The grant is over, for this cause.
    Over(Cause),
    /// The grant begins later, or its removal waits. It gives nothing and takes nothing.
    NotBegun,
    /// The grant gives its right.
    Runs,
}

impl Drawing<'_> {
    /// Finds the state of an accepted grant. If the grant would be lost, the loss is noted for the guard.
    pub(super) fn fate(&mut self, key: &GrantKey, standing: &Standing) -> Fate {
        match self.over(key, standing) {
            Some(cause) => Fate::Over(cause),
            None if standing.grant.from > self.situation.today => Fate::NotBegun,
            // A grant does not begin if its removal waits, or if it is missing from the tree but not yet for long
            // enough.
            None if !standing.was_told() && self.waits(key) => Fate::NotBegun,
            None => Fate::Runs,
        }
    }

    fn waits(&self, key: &GrantKey) -> bool {
        self.situation.waiting.contains(key) || self.held.contains(&AccessItem::Grant(key.clone()))
    }

    fn over(&mut self, key: &GrantKey, standing: &Standing) -> Option<Cause> {
        let situation = self.situation;
        if let Some(cause) = standing.cleared {
            return Some(cause);
        }
        let item = AccessItem::Grant(key.clone());
        if let Some(take) = situation.takes.get(key) {
            self.draft.losses.push(Loss {
                who: key.person.to_string(),
                trust: Some(take.trust.clone()),
                item: item.clone(),
                class: Class::of(take),
                cause: take.cause,
                on: take.revocation.as_ref().map(|revocation| revocation.on),
            });
            if !self.held.contains(&item) && take.until.is_none_or(|until| until < situation.today) {
                return Some(take.cause);
            }
        }
        if standing.grant.revoked.is_some() {
            return Some(Cause::Revoked);
        }
        let by_day = self.over_by_a_day(standing)?;
        if situation.clock != ClockTrust::Steady {
            // An approved extension waits for the date, so the end waits too.
            if situation.extended.contains(key) {
                return None;
            }
            // An end that counts as a removal is judged once in a run along a branch, at the newest commit.
            if situation.stand == Stand::OnTheWay {
                return None;
            }
            self.draft.losses.push(Loss {
                who: key.person.to_string(),
                trust: Some(standing.grant.trust.clone()),
                item: item.clone(),
                class: Class::Absence,
                cause: by_day,
                on: None,
            });
            if self.held.contains(&item) {
                return None;
            }
        }
        Some(by_day)
    }

    /// The cause of a loss for which a day has passed that was accepted before (see [`Cause::comes_by_a_day`]).
    fn over_by_a_day(&self, standing: &Standing) -> Option<Cause> {
        standing.grant.is_over(self.situation.ends).then_some(Cause::Expired)
    }

    /// Returns the cause for removing a right that is in the store but that no running grant gives. `None` means the
    /// right stays.
    pub(super) fn leaves(
        &mut self,
        right: &Right,
        known: &KnownPerson,
        wanted: &WantedAccess<'_>,
        account: &Account,
    ) -> Option<Cause> {
        if let Some((_, cause)) = wanted.behind(right).first() {
            return Some(*cause);
        }
        if self.situation.stand == Stand::OnTheWay {
            return None;
        }
        let standing = || known.grants.values().filter(|standing| standing.ended.is_none());
        if let Some(became) = standing().find(|standing| standing.replaced.as_ref() == Some(right)) {
            let key = &became.grant.key;
            if let Some((_, cause)) = wanted.over.iter().find(|(standing, _)| standing.grant.key == *key) {
                // The new right is over, so the old one, which waited for it, is over too.
                return Some(*cause);
            }
            if became.grant.from > self.situation.today {
                return self.leaves_for_a_later_start(right, became, account);
            }
            // The old right goes when the new right, which replaces it, comes.
            let gain = AccessItem::Gain(key.clone());
            return (!self.held.contains(&gain)).then_some(Cause::Changed);
        }
        if standing().any(|standing| standing.given.is_some() && standing.grant.right() == *right) {
            // The right was given, and nothing has ended or changed it since. A first day in the future is not a cause
            // to take it.
            return PlantedFault::ClockBehindTakes.is_planted().then_some(Cause::Changed);
        }
        let item = AccessItem::Right(account.id.clone(), right.clone());
        let who = account.whose();
        let trust = self.situation.register.trust_of(right.unit).cloned();
        self.lose(&who, trust, item.clone(), Cause::Drift);
        if self.held.contains(&item) {
            return None;
        }
        let what = text!(
            en: "{right} was given in the store by hand and is taken away",
            nb: "{right} ble gitt i registeret for hånd og fjernes"
        );
        self.drift_account(account, &what);
        Some(Cause::Drift)
    }

    /// Returns the cause for removing a right whose successor has not begun. There is one only if two administrators have
    /// accepted the later start with a baseline, and the budget has room.
    fn leaves_for_a_later_start(
        &mut self,
        right: &Right,
        became: &Standing,
        account: &Account,
    ) -> Option<Cause> {
        let of_baseline =
            became.accepted.way == AcceptanceWay::Baseline || PlantedFault::StartMovedTakes.is_planted();
        if !of_baseline || self.situation.clock != ClockTrust::Steady {
            return None;
        }
        let item = AccessItem::Right(account.id.clone(), right.clone());
        self.lose(&account.whose(), Some(became.grant.trust.clone()), item.clone(), Cause::StartMoved);
        (!self.held.contains(&item)).then_some(Cause::StartMoved)
    }

    /// Returns the rights that may come now, and whether others wait. A right that was lost in the store by hand
    /// comes back outside the budget. So does a right from the baseline, because two administrators have seen the
    /// baseline.
    pub(super) fn let_in(&mut self, coming: Vec<Coming>, known: &KnownPerson) -> (Vec<Raise>, bool) {
        if self.situation.stand == Stand::OnTheWay {
            return (Vec::new(), !coming.is_empty());
        }
        let all = coming.len();
        let mut open = Vec::with_capacity(all);
        for Coming { raise, news } in coming {
            let item = AccessItem::Gain(raise.grant.clone());
            let standing = known
                .grants
                .get(&raise.grant)
                .filter(|standing| standing.accepted.way != AcceptanceWay::Baseline);
            if let (News::New, Some(standing)) = (news, standing) {
                self.draft.gains.push(Gain {
                    who: raise.grant.person.clone(),
                    trust: standing.grant.trust.clone(),
                    item: item.clone(),
                });
            }
            if !self.held.contains(&item) {
                open.push(raise);
            }
        }
        let waits = open.len() < all;
        (open, waits)
    }
}

/// A right that is about to be given in the store.
pub(super) struct Coming {
    pub(super) raise: Raise,
    pub(super) news: News,
}

/// Tells whether the right is new for the person.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// The person has not had the right.
    New,
    /// The store has the right already, so it is only recorded.
    There,
    /// The right was removed in the store by hand, and it is given back.
    GivenBack,
}

impl Coming {
    pub(super) fn of(right: &Right, standing: &Standing, news: News) -> Self {
        let (right, grant) = (right.clone(), standing.grant.key.clone());
        let drift = news == News::GivenBack;
        Self { raise: Raise { right, grant, drift, stays_ended: Vec::new() }, news }
    }
}
