//! The one decision of a pass. [`decide`] is a function of its [`Case`].

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use crate::change::{Base, ChangeSet, Head, Kind, Removal, between};
use crate::judge::{Forge, Occupancy, When, agree, bindings};
use crate::model::{FilePath, GrantKey, PersonId, Register};
use crate::parse::{Entry, person};
use crate::plan::{Additions, Budget, Cause, Extent, Item, Situation, Stand, Untrusted, Why};
use crate::planted::Fault;

use super::accept::{accept, makes_room};
use super::case::{AtNewest, Case, RuleChange, Scope, Seen};
use super::close::Parts;
use super::decided::Decided;
use super::free::free;
use super::head::whose;
use super::id_changes::{Judging, knowing};
use super::patience::Patience;
use super::proposed::Proposed;
use super::remarks::{at_closed_units, gives_nothing, ignored_of_somebody, revoked_ahead};
use super::returns;
use super::sitting::{Heard, Sitting};
use super::still::{self, Sight};
use super::trusted_day;
use super::weigh::{guard, held_finding};
use super::withhold::{Absences, Copy, Strays, withheld};

/// Decides a case. It asks `patience` whether an absence has lasted, and `patience` notes each absence it is asked
/// about.
pub fn decide(case: Case<'_>, patience: &mut Patience) -> Decided {
    let Case {
        rules,
        change,
        today: day,
        last,
        seen,
        scope,
        mut head,
        due,
        mut base,
        distrust,
        releases,
        used,
        pins,
        known,
        spent: budgets,
        mut observed,
        reports,
        ended_with,
    } = case;
    let RuleChange { proposed, beside, lists, mut findings } = change;
    let today = day.day;
    findings.extend(distrust.findings());
    let is_untrusted = |person: &PersonId| distrust.untrusted.has(person);
    let judging = Judging {
        rules: &rules,
        pending: proposed.pending(),
        snapshot: seen.snapshot,
        today,
        forge: Forge::Asked,
        is_suspect: day.is_suspect(),
        is_untrusted: &is_untrusted,
    };
    let renamed = judging.settle(&mut base, &mut head, &mut findings);
    let rules = if renamed.is_empty() { rules } else { knowing(&rules, &base.renamed) };
    let disagreement = agree(&base, &head);
    let mut changes = between(&base, &head, &disagreement.held, today);
    distrust.limit(&mut changes);
    changes.contest(&base);
    let bound = bindings(&base, &changes);
    let (freed, undone) = free(&mut base, &bound, &releases);
    if day.is_suspect() {
        // Only a trusted clock can tell how old an approval is, or whether its date is in the future.
        changes.leave_unjudged(|_| true);
    }
    let newest = seen.newest;
    if let Some(newest) = newest {
        on_the_way(&mut changes, (&base, &rules.register), newest);
    }

    let mut strays = Strays::of(&head, &disagreement.held, (&changes, &base), known.strays, day.moment);
    look(patience, (&changes, &base), &seen, &head, scope);
    let copy = if Fault::TakeoverTrustsItsTree.is_planted() { Copy::Own } else { seen.copy };
    let mut absences = Absences { patience, copy, moment: Some(seen.moment), releases: &releases };
    let sitting = Sitting {
        rules: &rules,
        pending: proposed.pending(),
        pins: &pins,
        used: &used,
        head: &head,
        today,
        forge: Forge::Asked,
    };
    let heard = sitting.hear(&base, &mut changes, &mut strays, &mut absences, &mut findings);
    let Heard { mut judgement, mut spent, kept } = heard;
    spent.extend(undone);
    let occupied = matches!(scope, Scope::Whole).then(|| Occupancy::of(&rules, &base, today));
    let unjudged = makes_room(&base, &changes, &rules.register).then(|| base.clone());
    let mut accepted = accept(&mut base, &changes, &judgement, &rules, today);

    if let Extent::People(_) = observed.extent {
        // A person whose id has changed was asked for under both ids.
        observed.extent = Extent::People(head.files.keys().cloned().chain(due).collect());
    }
    let in_force: &Register = match &proposed {
        Proposed::Released(new, _) => &new.register,
        _ => &rules.register,
    };
    let lists = lists.as_ref().unwrap_or(in_force);
    let takes: BTreeMap<GrantKey, Removal> =
        changes.takes.iter().map(|removal| (removal.key.clone(), removal.clone())).collect();
    let sizes = || Ok::<_, Infallible>(budgets.sizes.clone());
    // Waiting removals keep the limits that first held them, where those are tighter.
    let first = known.first_limits;
    let limits = first.as_ref().map_or_else(
        || rules.register.removal_limits.clone(),
        |first| first.tighter(&rules.register.removal_limits),
    );
    let budget = Budget {
        limits: &limits,
        sizes: &sizes,
        used: &budgets.removals,
        together: &budgets.together,
        releases: &releases,
    };
    let items = known.released_items;
    let released = items.iter().filter(|(digest, _)| releases.contains(*digest));
    let released = released.flat_map(|(_, items)| items.iter().cloned()).collect();
    let additions = Additions {
        limits: &rules.register.addition_limits,
        sizes: &sizes,
        used: &budgets.additions,
        released: &released,
    };
    let plan = |base: &Base| {
        let register = &rules.register;
        guard(
            &Situation {
                base,
                takes: &takes,
                waiting: &changes.waiting,
                observed: &observed,
                register,
                lists,
                today,
                ends: day.ends,
                clock: day.trust,
                stand: if newest.is_some() { Stand::OnTheWay } else { Stand::Newest },
                untrusted: &distrust.untrusted,
                reports: reports.as_ref(),
            },
            &budget,
            &additions,
        )
    };
    let mut weighed = plan(&base);
    let waits = |removal: &Removal| weighed.held.contains(&Item::Grant(removal.key.clone()));
    let again = unjudged.and_then(|before| Some((sitting.without(&before, &changes, &waits)?, before)));
    if let Some((verdicts, before)) = again {
        judgement = verdicts;
        base = before;
        accepted = accept(&mut base, &changes, &judgement, &rules, today);
        weighed = plan(&base);
    }
    findings.extend(returns::tell(&mut weighed.drawn.steps, ended_with, &day.zone));
    if let Some(before) = occupied {
        findings.extend(Occupancy::of(&rules, &base, today).advice(&rules, &before));
    }

    if matches!(scope, Scope::Whole) {
        let register = proposed.pending().map_or(&rules.register, |new| &new.register);
        findings.extend(at_closed_units(&base, register, |key| takes.contains_key(key), today));
        findings.extend(ignored_of_somebody(&base, register));
    }
    findings.extend(gives_nothing(&head, &changes, When::Today, today));
    findings.extend(revoked_ahead(&head, today));
    findings.extend(head.findings.iter().cloned());
    findings.extend(disagreement.findings.iter().cloned());
    findings.extend(judgement.advice.iter().cloned());
    findings.extend(weighed.drawn.findings.iter().cloned());
    let mut sets = weighed.guarded.sets.clone();
    sets.append(&mut weighed.admitted.sets);
    sets.extend(withheld(&changes));
    findings.extend(sets.iter().map(|set| {
        let finding = held_finding(set, &rules);
        if day.is_suspect() && set.why == Why::Budget {
            trusted_day::after_the_date(finding)
        } else {
            finding
        }
    }));
    if day.is_suspect() {
        let finding = trusted_day::finding(seen.now, last.as_ref(), &day);
        findings.push(if changes.unjudged.is_empty() { finding } else { finding.held() });
    }
    accepted.used.extend(beside);
    spent.extend(&weighed.guarded.spent);
    if matches!(scope, Scope::Whole) {
        // A release of additions is used up when all the items it names have come.
        let done = |items: &BTreeSet<String>| items.iter().all(|item| !weighed.coming.contains(item));
        spent.extend(items.iter().filter(|(_, items)| done(items)).map(|(digest, _)| *digest));
    }
    let stale = still::let_go_of_nothing(
        &releases,
        &sets,
        &proposed,
        (&bound, distrust.unseen, &items),
        Sight {
            whole: matches!(scope, Scope::Whole) && newest.is_none() && observed.extent == Extent::Whole,
            trusted: !day.is_suspect() && distrust.untrusted == Untrusted::These(BTreeSet::new()),
            weighed: changes.waiting.is_empty() && changes.unjudged.is_empty(),
        },
    );
    // Removals that waited before may not be judged in this pass. This happens on the way to the newest commit, or
    // after a restart until an absence has lasted long enough.
    let weighed_all = newest.is_none() && changes.waiting.is_empty() && changes.withheld.is_empty();
    let limits = if sets.iter().any(|set| set.why == Why::Budget) {
        Some(limits)
    } else {
        first.filter(|_| !weighed_all)
    };
    let parts = Parts {
        seen: &seen,
        clock: &day,
        rules: &rules,
        proposed,
        renamed,
        head: &head,
        held_files: disagreement.held,
        changes: &changes,
        judgement,
        accepted,
        weighed,
        sets,
        spent,
        stale,
        limits,
        bound,
        freed,
        untrusted: &distrust.untrusted,
        strays,
        kept,
        known_refusals: known.refusals,
        known_holds: known.holds,
        scope,
        base: &base,
        reports: reports.as_ref(),
    };
    parts.decide(findings)
}

/// Tells `patience` what this pass has seen, before it is asked about missing entries.
fn look(
    patience: &mut Patience,
    (changes, base): (&ChangeSet, &Base),
    seen: &Seen<'_>,
    head: &Head,
    scope: &Scope,
) {
    let trust_of = |key: &GrantKey| base.standing(key).map(|standing| standing.grant.trust.clone());
    patience.seen(seen.snapshot.glimpsed(), seen.moment, trust_of);
    patience.seen(seen.written, seen.moment, trust_of);
    let absent: BTreeSet<GrantKey> = changes
        .takes
        .iter()
        .filter(|r| r.cause == Cause::Absent)
        .map(|removal| removal.key.clone())
        .collect();
    // A file that came back with its accepted bytes is no change and is not in the head. It was looked at all the
    // same, so its absence is over.
    let looked: BTreeSet<PersonId> = match scope {
        Scope::Whole => BTreeSet::new(),
        Scope::Files(paths) => {
            let asked = paths.iter().filter_map(|path| whose(path).map(|(person, _)| person));
            asked.chain(head.files.keys().cloned()).collect()
        }
    };
    let is_looked = |key: &GrantKey| matches!(scope, Scope::Whole) || looked.contains(&key.person);
    patience.keep(&absent, seen.moment, is_looked);
}

/// Handles a commit on the way to the newest one. Missing entries wait for the newest commit. Entries that the newest
/// commit has as they were accepted are not judged in between. A deletion and its revert that arrive together take
/// nothing (law: *absence must last*).
fn on_the_way(changes: &mut ChangeSet, (base, register): (&Base, &Register), newest: &AtNewest) {
    let mut absent = BTreeSet::new();
    for removal in changes.takes.iter().filter(|removal| removal.cause == Cause::Absent) {
        if !acts_at_its_commit(removal, newest) {
            absent.insert(removal.key.clone());
        }
    }
    changes.wait(absent);
    let mut same = BTreeSet::new();
    for change in changes.gives.iter().filter(|change| change.kind == Kind::Change) {
        let grant = &change.after.grant;
        let path = FilePath::of_person(&grant.trust, &grant.key.person);
        let Some(Some(bytes)) = newest.get(&path) else { continue };
        let entries = person(&path, bytes, register).map(|file| file.entries).unwrap_or_default();
        let accepted = base.standing(&grant.key).map(|standing| &standing.grant);
        let is_accepted =
            |entry: &Entry| matches!(entry, Entry::Valid { grant, .. } if Some(&**grant) == accepted);
        if entries.iter().any(is_accepted) {
            same.insert(grant.key.clone());
        }
    }
    changes.leave_unjudged(|key| same.contains(key));
}

/// An absence is carried out only at the newest commit, except when a test fault is planted. One fault carries out
/// absences that the newest commit has restored, and the other those that are still missing there.
fn acts_at_its_commit(removal: &Removal, newest: &AtNewest) -> bool {
    let back = Fault::LossCommitByCommit.is_planted();
    let gone = Fault::BudgetCommitByCommit.is_planted();
    if !back && !gone {
        return false;
    }
    let path = FilePath::of_person(&removal.trust, &removal.key.person);
    if newest.get(&path).is_some_and(Option::is_some) { back } else { gone }
}
