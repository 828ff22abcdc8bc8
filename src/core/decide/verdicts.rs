//! Judges the changes of a head: which absences count, which reviews and rejections count, and what the policies say of
//! each entry.

use std::collections::BTreeSet;

use crate::change::{Base, Cause, ChangeSet, Head};
use crate::diag::Finding;
use crate::judge::{ForgeInquiry, Judgement, Rejected, Rejecting, left, rejected};
use crate::model::{Digest, GrantKey, PersonId, TrustId};
use crate::planted::PlantedFault;
use crate::review::{self, NewReviews, ReviewCase};

use super::awaited::PlacesBySettings;
use super::case::{Case, Scope, SeenTree};
use super::extensions::{ends_not_looked_at, ends_that_wait, told_of_ends_that_wait};
use super::gather::GatheredChanges;
use super::head::whose;
use super::patience::Patience;
use super::proposed::Proposed;
use super::sitting::{Heard, Sitting};
use super::withhold::{Absences, Copy, Strays};

/// The verdicts, and what was judged beside the entries.
pub struct Verdicts {
    /// The verdict for each entry.
    pub judgement: Judgement,
    /// Files that are missing or in error.
    pub strays: Strays,
    /// What absences have waited for so far.
    pub patience: Patience,
    /// Releases that let something go, and are used up by that.
    pub spent: BTreeSet<Digest>,
    /// The people whose authority stays although their access is taken back.
    pub kept: BTreeSet<PersonId>,
    /// The reviews of the user lists.
    pub reviewed: review::JudgedReviews,
    /// The trusts whose review is overdue by more than a month.
    pub overdue: BTreeSet<TrustId>,
    /// The numbers of rejected applications.
    pub rejected: Rejected,
}

/// Judges the changes. Absences that do not count as removals are taken out of them.
pub fn judge(
    case: &mut Case<'_>,
    base: &Base,
    gathered: &mut GatheredChanges,
    findings: &mut Vec<Finding>,
) -> Verdicts {
    let strays = std::mem::take(&mut case.known.unfinished.strays);
    let mut patience = std::mem::take(&mut case.known.patience);
    let case = &*case;
    let GatheredChanges { changes, waiting_for_date, disagreement, undone, .. } = gathered;
    let mut strays = Strays::of(&case.head, &disagreement.held, (changes, base), strays, &case.today);
    let places = PlacesBySettings::of((&case.head, base), &case.rules, &case.change.proposed, case.today.day);
    strays.set_places(places);
    note_seen(&mut patience, (changes, base), &case.seen, &case.head, case.scope);
    let copy = if PlantedFault::TakeoverTrustsItsTree.is_planted() { Copy::Own } else { case.seen.copy };
    let (moment, now) = (case.seen.moment, case.today.moment);
    let releases = &case.known.releases;
    let mut absences = Absences { patience: &mut patience, copy, moment, now, releases };
    // The content of a tree by itself may have been accepted long ago.
    let names = case.question.names();
    // An overtaken review is not due any more, so only a whole pass follows it.
    let judge_reviews = if case.is_whole() { review::judge_all } else { review::judge };
    let (lists, known) = (case.seen.snapshot.reviews(), names.unwrap_or(base));
    let (first, today) = (&case.known.first_access, case.today.day);
    let reviewed = judge_reviews(&ReviewCase {
        changes: &case.forge.user_lists,
        forge: case.forge.asked,
        replaced: &case.known.replaced,
        used_from: case.known.used_from,
        new: if case.sees_everybody() { NewReviews::MayCount } else { NewReviews::Wait },
        ..ReviewCase::of_files(lists, &case.rules, known, &case.known.used, first, today)
    });
    let overdue = if names.is_none() { reviewed.overdue() } else { BTreeSet::new() };
    let rejected = rejected(&Rejecting {
        files: case.seen.snapshot.requests(),
        rules: &case.rules,
        base,
        used: &case.known.used,
        approved: (case.forge.asked == ForgeInquiry::Asked).then_some(&case.forge.rejections),
        today: names.is_none().then_some(case.today.day),
        is_trusted: !case.today.is_suspect(),
    });
    let sitting = sitting(case, (&overdue, &rejected));
    if case.today.is_suspect() {
        let waiting = std::mem::take(waiting_for_date);
        changes.extended = ends_that_wait(&sitting, base, waiting, case.today.ends);
        findings.extend(told_of_ends_that_wait(base, &changes.extended));
        if let Scope::Files(paths) = case.scope {
            changes.extended.extend(ends_not_looked_at(base, paths, &case.today));
        }
    }
    let heard = match names {
        None => {
            // A check tells what a change would do. This is so whatever the change does.
            if case.observation.is_some() {
                findings.extend(left::without_keys(&case.rules, base, case.today.day));
            }
            sitting.hear(base, changes, &mut strays, &mut absences, findings)
        }
        Some(names) => {
            findings.extend(left::running_out(&case.rules, names, case.today.day));
            sitting.alone(base, changes)
        }
    };
    let Heard { judgement, mut spent, kept } = heard;
    spent.append(undone);
    Verdicts { judgement, strays, patience, spent, kept, reviewed, overdue, rejected }
}

/// Returns the sitting that hears the changes of a case.
pub fn sitting<'c>(
    case: &'c Case<'_>,
    (overdue, rejected): (&'c BTreeSet<TrustId>, &'c Rejected),
) -> Sitting<'c> {
    Sitting {
        rules: &case.rules,
        pending: case.change.proposed.pending(),
        is_released: matches!(case.change.proposed, Proposed::Released(..)),
        pins: &case.known.pins,
        used: &case.known.used,
        head: &case.head,
        today: case.today.day,
        names: case.question.names(),
        forge: case.forge.asked,
        overdue,
        rejected,
        threads: case.seen.snapshot.threads(),
    }
}

/// Tells `patience` what this pass has seen, before it is asked about missing entries.
fn note_seen(
    patience: &mut Patience,
    (changes, base): (&ChangeSet, &Base),
    seen: &SeenTree<'_>,
    head: &Head,
    scope: &Scope,
) {
    let trust_of = |key: &GrantKey| base.standing(key).map(|standing| standing.grant.trust.clone());
    let Some(moment) = seen.moment else { return };
    patience.seen(seen.snapshot.glimpsed(), moment, trust_of);
    patience.seen(seen.written, moment, trust_of);
    let absent: BTreeSet<GrantKey> = changes
        .takes
        .iter()
        .filter(|r| matches!(r.cause, Cause::Absent | Cause::Shortened))
        .map(|removal| removal.key.clone())
        .collect();
    // A file that came back with its accepted bytes is not a change and is not in the head. It was looked at anyway, so
    // its absence is over.
    let looked: BTreeSet<PersonId> = match scope {
        Scope::Whole => BTreeSet::new(),
        Scope::Files(paths) => {
            let asked = paths.iter().filter_map(|path| whose(path).map(|(person, _)| person));
            asked.chain(head.files.keys().cloned()).collect()
        }
    };
    let is_looked = |key: &GrantKey| matches!(scope, Scope::Whole) || looked.contains(&key.person);
    patience.keep(&absent, moment, is_looked);
}
