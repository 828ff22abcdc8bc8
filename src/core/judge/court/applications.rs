//! Finds the entries that are refused because of the application they rest on. Another person has it or asks for access
//! on it, or it is known under another spelling, or it was rejected.

use std::collections::BTreeMap;

use crate::change::{Change, ChangeKind};
use crate::model::{GrantKey, RequestId};

use super::super::requests::Binding;
use super::{Candidate, Court, OfficeDay, Outcome};

impl Court<'_> {
    /// Refuses a new entry whose request was accepted for another person, or for the same person under a number that differs only
    /// by case. Also refuses an entry that was over when it appeared, if other people ask for the same request.
    pub(super) fn of_another(&self, change: &Change) -> Option<(GrantKey, Outcome)> {
        let grant = &change.after.grant;
        if self.when == OfficeDay::AnyDay || change.kind != ChangeKind::Grant {
            return None;
        }
        let outcome = match (Binding::of(self.base, &grant.key), self.base.other_spelling(&grant.key)) {
            (Some(binding), _) => Outcome::Bound(binding),
            (None, Some(known)) => Outcome::Spelt(known.clone()),
            (None, None) if grant.is_over(self.today) => Outcome::Shared,
            (None, None) => return None,
        };
        Some((grant.key.clone(), outcome))
    }

    /// Refuses a new entry whose application was rejected. An entry that was accepted before stays valid, and may be
    /// changed.
    pub(super) fn of_a_rejected(&self, change: &Change) -> Option<(GrantKey, Outcome)> {
        if change.kind == ChangeKind::Change {
            return None;
        }
        let key = &change.after.grant.key;
        Some((key.clone(), Outcome::Rejected(self.rejected.bar(&key.request)?)))
    }

    /// Refuses together the new entries of several people on one request, or of one person on two spellings of it, that are
    /// otherwise permitted.
    pub(super) fn shared(
        &self,
        candidates: &[Candidate<'_>],
        outcomes: &BTreeMap<GrantKey, Outcome>,
    ) -> BTreeMap<GrantKey, Outcome> {
        if self.when == OfficeDay::AnyDay {
            return BTreeMap::new();
        }
        let mut asked: BTreeMap<RequestId, Vec<&GrantKey>> = BTreeMap::new();
        for candidate in candidates.iter().filter(|c| c.change.kind == ChangeKind::Grant) {
            let key = &candidate.change.after.grant.key;
            if matches!(outcomes.get(key), Some(Outcome::Permitted(..))) {
                asked.entry(key.request.folded()).or_default().push(key);
            }
        }
        let several = |keys: &Vec<&GrantKey>| {
            keys.first().is_some_and(|first| keys.iter().any(|key| key.person != first.person))
        };
        let mut refused = BTreeMap::new();
        for keys in asked.into_values() {
            let is_of_several = several(&keys);
            for key in &keys {
                let other = keys.iter().map(|other| &other.request).find(|other| **other != key.request);
                let outcome = match other {
                    _ if is_of_several => Outcome::Shared,
                    Some(other) => Outcome::Spelt(other.clone()),
                    None => continue,
                };
                refused.insert((*key).clone(), outcome);
            }
        }
        refused
    }
}
