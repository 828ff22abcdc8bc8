//! Commits on the way to the newest one. If something is missing in such a commit, or differs only for a while, it
//! waits for the newest commit.

use std::collections::BTreeSet;

use crate::change::Cause;
use crate::change::{Base, ChangeKind, ChangeSet, Removal};
use crate::judge::IdChange;
use crate::model::{FilePath, GrantKey, PersonId, Register, TrustId};
use crate::parse::{Entry, person};
use crate::planted::PlantedFault;

use super::case::AtNewest;

/// Handles a commit on the way to the newest one. Missing entries wait for the newest commit. Entries that the newest
/// commit has as they were accepted are not judged in between, and no earlier end counts in them, on whatever day it is.
/// A deletion or a slip and its revert that arrive together take nothing (law: *absence must last*).
pub fn on_the_way(changes: &mut ChangeSet, (base, register): (&Base, &Register), newest: &AtNewest) {
    let is_as_accepted = |key: &GrantKey, trust: &TrustId| {
        let path = FilePath::of_person(trust, &key.person);
        let Some(Some(bytes)) = newest.get(&path) else { return false };
        let entries = person(&path, bytes, register).map(|file| file.entries).unwrap_or_default();
        let accepted = base.standing(key).map(|standing| &standing.grant);
        let is_accepted =
            |entry: &Entry| matches!(entry, Entry::Valid { grant, .. } if Some(&**grant) == accepted);
        entries.iter().any(is_accepted)
    };
    let waits = |removal: &&Removal| {
        if removal.cause == Cause::Absent {
            return !acts_at_its_commit(removal, newest);
        }
        removal.cause == Cause::Shortened && is_as_accepted(&removal.key, &removal.trust)
    };
    let waiting: BTreeSet<GrantKey> =
        changes.takes.iter().filter(waits).map(|removal| removal.key.clone()).collect();
    changes.wait(waiting);
    let mut same = BTreeSet::new();
    for change in changes.gives.iter().filter(|change| change.kind == ChangeKind::Change) {
        let grant = &change.after.grant;
        if is_as_accepted(&grant.key, &grant.trust) {
            same.insert(grant.key.clone());
        }
    }
    changes.leave_unjudged(|key| same.contains(key));
}

/// Tells whether the newest commit has the person's file under the former id again, and none under the new one. The id
/// would be retired for good by a change that nobody asks for any more.
pub fn takes_id_back(change: &IdChange, newest: &AtNewest) -> bool {
    let has = |person: &PersonId, trust: &TrustId| {
        newest.get(&FilePath::of_person(trust, person)).is_some_and(Option::is_some)
    };
    change.approvals.keys().any(|trust| has(&change.from, trust) && !has(&change.to, trust))
}

/// An absence is carried out only at the newest commit, except when a test fault is planted. One fault carries out
/// absences that the newest commit has restored, and the other those that are still missing there.
fn acts_at_its_commit(removal: &Removal, newest: &AtNewest) -> bool {
    let back = PlantedFault::LossCommitByCommit.is_planted();
    let gone = PlantedFault::BudgetCommitByCommit.is_planted();
    if !back && !gone {
        return false;
    }
    let path = FilePath::of_person(&removal.trust, &removal.key.person);
    if newest.get(&path).is_some_and(Option::is_some) { back } else { gone }
}
