//! Closed accounts that still have rights, because somebody closed them by hand in the store. Closed means no rights at
//! all, so the rights are taken away by a step of their own, and the step is read back.

use std::collections::BTreeSet;

use crate::change::{Cause, KnownPerson};
use crate::model::Account;
use crate::model::{GrantKey, PersonId, Right};

use super::drawing::{Drawing, WantedAccess, ended};
use super::{Effect, Revoke, StepSubject};

impl Drawing<'_> {
    /// Takes away the rights of a closed account that no running grant gives. Rights that a running grant gives stay
    /// until the closing is confirmed in the file. It returns the grants that end with these rights.
    pub(super) fn lower_closed<'w>(
        &mut self,
        person: Option<&PersonId>,
        known: &KnownPerson,
        wanted: &'w WantedAccess<'_>,
        account: &Account,
    ) -> BTreeSet<&'w GrantKey> {
        let (mut revoke, mut left) = (Vec::new(), BTreeSet::new());
        let mut explained = BTreeSet::new();
        for right in account.rights.keys() {
            let behind = wanted.behind(right);
            let stays = wanted.rights.contains_key(right);
            let cause = if stays { None } else { self.leaves(right, known, wanted, account) };
            match cause {
                Some(cause) => {
                    explained.extend(behind.iter().map(|(key, _)| *key));
                    let grants = behind.iter().map(|(key, _)| (*key).clone()).collect();
                    revoke.push(Revoke { right: right.clone(), cause, grants });
                }
                None => {
                    left.insert(right.clone());
                }
            }
        }
        let Some(cause) = revoke.first().map(|revoke: &Revoke| revoke.cause) else { return explained };
        // While a grant runs or begins later, the person keeps this account on record. Otherwise the next pass would
        // open another one for the same request (R34).
        let close = left.is_empty() && wanted.rights.is_empty() && !wanted.later;
        let end_subscriptions = ended(&account.subscriptions, &left, self.situation.today);
        if close {
            self.closing.insert(account.id.clone());
        }
        let effect = Effect::Lower { cause, revoke, end_subscriptions, close };
        self.step(StepSubject::Account(account.id.clone()), person, effect);
        explained
    }
}

impl<'k> WantedAccess<'k> {
    /// Returns the grants that gave this right and are over, each with its cause.
    pub(super) fn behind(&self, right: &Right) -> Vec<(&'k GrantKey, Cause)> {
        let over = self.over.iter().filter(|(standing, _)| standing.grant.right() == *right);
        over.map(|(standing, cause)| (&standing.grant.key, *cause)).collect()
    }
}
