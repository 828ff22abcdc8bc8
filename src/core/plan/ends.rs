//! The rules for a person whose remembered access cannot be trusted. Nothing is given to this person. Access is taken
//! away only if it is over, by `revoked` or by an end that the ledger records.

use std::collections::BTreeSet;

use crate::change::{Cause, KnownPerson};
use crate::model::Account;
use crate::model::{AccountId, PersonId, Right};

use super::drawing::{Drawing, WantedAccess, ended};
use super::{Effect, Revoke, StepSubject};

fn acts(cause: Cause) -> bool {
    cause.is_written() || cause.comes_by_a_day()
}

impl Drawing<'_> {
    /// Takes away the access that is over, and changes nothing else.
    pub(super) fn only_ends(
        &mut self,
        person: &PersonId,
        known: &KnownPerson,
        wanted: &WantedAccess<'_>,
        current: Option<&AccountId>,
        account: Option<&Account>,
    ) {
        let over: Vec<_> = wanted.over.iter().copied().filter(|(_, cause)| acts(*cause)).collect();
        let Some(account) = account.filter(|account| account.active) else {
            return self.settle(person, current, over);
        };
        let mut revoke = Vec::new();
        for right in account.rights.keys().filter(|right| !wanted.rights.contains_key(*right)) {
            // A right does not end if another grant needs it, or if it waits to be replaced by another right.
            let needed = known.grants.values().any(|standing| {
                standing.replaced.as_ref() == Some(right)
                    && standing.ended.is_none()
                    && standing.cleared.is_none()
            });
            let behind: Vec<_> =
                over.iter().filter(|(standing, _)| standing.grant.right() == *right).collect();
            if let (Some((_, cause)), false) = (behind.first(), needed) {
                let grants = behind.iter().map(|(standing, _)| standing.grant.key.clone()).collect();
                revoke.push(Revoke { right: right.clone(), cause: *cause, grants });
            }
        }
        let gone = |right: &Right| revoke.iter().any(|revoke: &Revoke| revoke.right == *right);
        let left: BTreeSet<_> = account.rights.keys().filter(|right| !gone(right)).cloned().collect();
        let quiet = over.iter().copied().filter(|(standing, _)| {
            let right = standing.grant.right();
            !account.rights.contains_key(&right) || wanted.rights.contains_key(&right)
        });
        self.settle(person, Some(&account.id), quiet.collect::<Vec<_>>());
        if let Some(cause) = revoke.first().map(|revoke| revoke.cause) {
            let close = left.is_empty() && !wanted.later && wanted.rights.is_empty();
            let end_subscriptions = ended(&account.subscriptions, &left, self.situation.today);
            let effect = Effect::Lower { cause, revoke, end_subscriptions, close };
            self.step(StepSubject::Account(account.id.clone()), Some(person), effect);
        }
    }
}
