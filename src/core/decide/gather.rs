//! Gathers the changes that a head makes to the accepted state, before anything is judged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::change::{Base, Change, ChangeSet, between};
use crate::diag::Finding;
use crate::judge::{Binding, Disagreement, IdChange, agree, bindings};
use crate::model::{Digest, Grant, GrantKey, PersonId};

use super::case::Case;
use super::extensions::{came_in_time, seen_on_a_day_of_access};
use super::free::free;
use super::id_changes::{Judging, Renamed, knowing};
use super::known::{Freed, Known, SeenExtensions};
use super::on_the_way::{on_the_way, takes_id_back};
use super::trusted_day::waits_for_midnight;

/// The changes that a head makes to the accepted state.
pub struct GatheredChanges {
    /// People whose id changes.
    pub renamed: Vec<Renamed>,
    /// Files that disagree with another file about their person.
    pub disagreement: Disagreement,
    /// The entries that are given and taken.
    pub changes: ChangeSet,
    /// The changes that give something and wait for the date. They are not among the others.
    pub waiting_for_date: Vec<Change>,
    /// The extensions that were seen on a day of their access.
    pub extensions: SeenExtensions,
    /// Requests that belong to other people, by the digest that two administrators would release.
    pub bound: BTreeMap<Digest, Binding>,
    /// The bindings that two administrators have released.
    pub freed: BTreeSet<Freed>,
    /// The releases that are used up by that.
    pub undone: BTreeSet<Digest>,
}

/// Compares the head with what was accepted. The rules, the head and the base of the case name people by their new ids
/// afterwards.
pub fn gather(case: &mut Case<'_>, base: &mut Base, findings: &mut Vec<Finding>) -> GatheredChanges {
    let Case { rules, change, question, today: day, seen, head, known, forge, .. } = case;
    let Known { distrust, releases, unfinished, .. } = known;
    // If nothing was accepted before, nobody has an id that could change, and no number belongs to anybody yet.
    let is_alone = question.names().is_some();
    let is_untrusted = |person: &PersonId| distrust.untrusted.has(person);
    let is_taken_back = |change: &IdChange| seen.newest.is_some_and(|newest| takes_id_back(change, newest));
    let accepted = Arc::clone(rules);
    let judging = Judging {
        rules: &accepted,
        pending: change.proposed.pending(),
        snapshot: seen.snapshot,
        today: day.day,
        forge: forge.asked,
        is_suspect: day.is_suspect(),
        is_untrusted: &is_untrusted,
        is_taken_back: &is_taken_back,
    };
    let renamed = if is_alone { Vec::new() } else { judging.settle(base, head, findings) };
    if !renamed.is_empty() {
        *rules = knowing(&accepted, &base.renamed);
    }
    let disagreement = agree(base, head);
    let mut changes = between(base, head, &disagreement.held, day.day);
    came_in_time(&mut changes, base, &rules.register, &unfinished.extensions);
    let mut extensions =
        seen_on_a_day_of_access((&*head, &*base), &rules.register, &unfinished.extensions, day.day);
    if seen.newest.is_some() {
        // What a commit on the way lacks, the newest one may have.
        extensions.extend(unfinished.extensions.clone());
    }
    distrust.limit(&mut changes);
    if !is_alone {
        changes.contest(base);
    }
    let bound = bindings(base, &changes);
    let (freed, undone) = free(base, &bound, releases);
    let mut waiting_for_date = Vec::new();
    if day.is_suspect() {
        // Only a trusted clock can tell how old an approval is, and whether its day is still to come.
        waiting_for_date.clone_from(&changes.gives);
        changes.leave_unjudged(|_| true);
    }
    let is_early = |grant: &Grant| day.day < grant.approval.on && grant.approval.on <= day.latest;
    let early: Vec<&Grant> =
        changes.gives.iter().map(|change| &change.after.grant).filter(|grant| is_early(grant)).collect();
    findings.extend(early.iter().map(|grant| waits_for_midnight(grant)));
    let early: BTreeSet<GrantKey> = early.into_iter().map(|grant| grant.key.clone()).collect();
    changes.leave_unjudged(|key| early.contains(key));
    if let Some(newest) = seen.newest {
        on_the_way(&mut changes, (base, &rules.register), newest);
    }
    GatheredChanges { renamed, disagreement, changes, waiting_for_date, extensions, bound, freed, undone }
}
