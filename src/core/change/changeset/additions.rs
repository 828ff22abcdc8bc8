//! The additions of a change: entries that appear, entries that differ, and entries that compete for one request.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Change, ChangeKind, ChangeSet, Removal, absent};
use crate::change::{Base, Cause, HeadEntry, KnownPerson, Standing};
use crate::model::{Grant, GrantKey, PersonId, Proof, RequestId};

impl ChangeSet {
    /// Moves entries that were over when they first appeared to the changes to judge, if their request was accepted
    /// for another person or another person asks for it in the same change. The reason is that a recorded entry binds
    /// its request too.
    pub fn contest(&mut self, base: &Base) {
        let mut asked: BTreeMap<RequestId, BTreeSet<&PersonId>> = BTreeMap::new();
        let new =
            self.gives.iter().filter(|change| change.kind == ChangeKind::Grant).map(|change| &change.after);
        for HeadEntry { grant, .. } in new.chain(&self.history) {
            asked.entry(grant.key.request.folded()).or_default().insert(&grant.key.person);
        }
        let asked_by_many: BTreeSet<RequestId> =
            asked.into_iter().filter(|(_, people)| people.len() > 1).map(|(request, _)| request).collect();
        let contested = |entry: &HeadEntry| {
            let key = &entry.grant.key;
            asked_by_many.contains(&key.request.folded()) || !base.others_on(key).is_empty()
        };
        let (contested, history): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.history).into_iter().partition(contested);
        self.history = history;
        self.gives.extend(contested.into_iter().map(|after| Change {
            kind: ChangeKind::Grant,
            after,
            renewed: true,
        }));
    }

    /// Records the proof of each removal for which evidence shows that an administrator of the unit asked for it.
    pub fn witnessed(&mut self, proofs: BTreeMap<GrantKey, Proof>) {
        for removal in &mut self.takes {
            removal.proof = proofs.get(&removal.key).cloned();
        }
    }

    /// Takes these absences and earlier ends out of this pass. The accepted grants stay, and a later pass looks again.
    pub fn wait(&mut self, waiting: BTreeSet<GrantKey>) {
        self.takes.retain(|removal| !waiting.contains(&removal.key));
        self.gone.retain(|(person, _)| !waiting.iter().any(|key| key.person == *person));
        self.waiting.extend(waiting);
    }

    pub(super) fn appears(&mut self, known: &KnownPerson, entry: &HeadEntry, today: Date) {
        // If the same request at the same unit appears in the folder of another trust, the unit has moved and the
        // grant has not.
        let kind =
            if known.grants.contains_key(&entry.grant.key) { ChangeKind::Reopen } else { ChangeKind::Grant };
        if entry.grant.is_over(today) && kind == ChangeKind::Grant {
            self.history.push(entry.clone());
        } else if !entry.grant.is_over(today) {
            self.gives.push(Change { kind, after: entry.clone(), renewed: true });
        }
    }

    pub(super) fn differs(&mut self, standing: &Standing, entry: &HeadEntry, today: Date) {
        let (before, after) = (&standing.grant, &entry.grant);
        if before == after && standing.lives(today) {
            return;
        }
        if !standing.lives(today) {
            // The grant is over for good. An entry that still says so is in order. An entry that says otherwise asks
            // for a used request.
            if !after.is_over(today) {
                self.gives.push(Change { kind: ChangeKind::Reopen, after: entry.clone(), renewed: false });
            }
            return;
        }
        let shortened = self.takes_of(standing, entry);
        if after.revoked.is_none() && shortened != *after && !after.is_over(today) {
            let renewed = after.approval.renews(&before.approval);
            self.gives.push(Change { kind: ChangeKind::Change, after: entry.clone(), renewed });
        }
    }

    /// Adds what an entry takes from the living grant it names: `revoked`, or an earlier end. This takes effect even
    /// if the rest of the change is refused. Returns the grant with its new end.
    pub(super) fn takes_of(&mut self, standing: &Standing, entry: &HeadEntry) -> Grant {
        let (before, after) = (&standing.grant, &entry.grant);
        let mut shortened = before.clone();
        if let Some(revocation) = &after.revoked {
            self.takes.push(Removal {
                cause: Cause::Revoked,
                revocation: Some(revocation.clone()),
                entry: Some(entry.number),
                ..absent(&before.key, &before.trust)
            });
        } else if let Some(until) = after.until
            && before.until.is_none_or(|old| until < old)
        {
            shortened.until = Some(until);
            self.takes.push(Removal {
                cause: Cause::Shortened,
                until: Some(until),
                entry: Some(entry.number),
                ..absent(&before.key, &before.trust)
            });
        }
        shortened
    }
}
