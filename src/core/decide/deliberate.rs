//! What a head changes, and what becomes of it: judged, accepted, and weighed against the budgets.
//!
//! A pass and a check ask this one function. They differ in the fields of their [`Case`], and in what they make of the
//! answer: a pass writes it down (`close`), and a check shows it (`check`).

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use crate::change::{Base, ChangeSet, Head, Removal, between};
use crate::change::{Cause, Why};
use crate::diag::Finding;
use crate::judge::{Binding, Judgement, Occupancy, Rules, When, agree, bindings};
use crate::model::{BudgetLimits, Digest, GrantKey, PersonId, Register, TrustId};
use crate::plan::{Additions, Budget, Extent, HeldSet, Item, Reports, Situation, Stand, Untrusted};
use crate::planted::Fault;

use super::accept::{Accepted, accept, makes_room};
use super::budget::foreseen;
use super::case::{Case, Observation, RuleChange, Scope, Seen};
use super::free::free;
use super::head::whose;
use super::id_changes::{Judging, Renamed, knowing};
use super::known::{Freed, Known, Trusted};
use super::on_the_way::on_the_way;
use super::patience::Patience;
use super::proposed::Proposed;
use super::remarks::{at_closed_units, gives_nothing, ignored_of_somebody, revoked_ahead};
use super::returns;
use super::sitting::{Heard, Sitting};
use super::still::{self, Sight};
use super::trusted_day::Today;
use super::weigh::{Weighed, guard};
use super::withhold::{Absences, Copy, Strays, withheld};

/// The outcome of a case.
pub struct Deliberated<'a> {
    pub circumstances: Circumstances<'a>,
    pub judged: Judged,
    pub weighed: Weighed,
    pub waiting: Waiting,
    /// What absences have waited for so far, for the next pass.
    pub patience: Patience,
    pub findings: Vec<Finding>,
}

/// The parts of the case that whoever uses the outcome needs again.
pub struct Circumstances<'a> {
    /// The rules in force. They name each person by the id of after this change.
    pub rules: Arc<Rules>,
    pub proposed: Proposed,
    /// Statements that are signed beside the rules already in force.
    pub beside: Vec<Digest>,
    pub today: Today,
    pub last: Option<Trusted>,
    pub seen: Seen<'a>,
    pub scope: &'a Scope,
    pub untrusted: Untrusted,
    pub known: Known,
    /// The state of Rapporteket. It is `None` where nobody looked at it.
    pub reports: Option<Reports>,
}

/// The changes with their verdicts, and the accepted state before and after.
pub struct Judged {
    pub head: Head,
    /// Files that disagree with another file about their person.
    pub held_files: BTreeSet<(PersonId, TrustId)>,
    /// People whose id changes.
    pub renamed: Vec<Renamed>,
    pub changes: ChangeSet,
    pub judgement: Judgement,
    pub accepted: Accepted,
    /// The accepted state before. It is kept for a check, and where a removal makes room for somebody else.
    pub before: Option<Base>,
    /// The accepted state after.
    pub base: Base,
    pub strays: Strays,
    /// The people whose authority stays although their access was taken back.
    pub kept: BTreeSet<PersonId>,
}

/// Everything that waits for a release, and the releases.
pub struct Waiting {
    /// The sets that wait for a release.
    pub sets: Vec<HeldSet>,
    /// Releases that are used up.
    pub spent: BTreeSet<Digest>,
    /// Releases of sets that no longer wait. They are used up when no other pass over the tree is needed.
    pub stale: BTreeSet<Digest>,
    /// The limits that hold the waiting removals, if any wait.
    pub limits: Option<BudgetLimits>,
    /// Requests that belong to other people, by the digest that two administrators would release.
    pub bound: BTreeMap<Digest, Binding>,
    /// The bindings that two administrators have released.
    pub freed: BTreeSet<Freed>,
}

/// Deliberates on a case.
pub fn deliberate(case: Case<'_>) -> Deliberated<'_> {
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
        mut known,
        spent: budgets,
        observation,
        forge,
        mut patience,
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
        forge,
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
        // Only a trusted clock can tell how old an approval is, and whether its day is still to come.
        changes.leave_unjudged(|_| true);
    }
    if let Some(newest) = seen.newest {
        on_the_way(&mut changes, (&base, &rules.register), newest);
    }

    let strays = std::mem::take(&mut known.strays);
    let mut strays = Strays::of(&head, &disagreement.held, (&changes, &base), strays, day.moment);
    look(&mut patience, (&changes, &base), &seen, &head, scope);
    let copy = if Fault::TakeoverTrustsItsTree.is_planted() { Copy::Own } else { seen.copy };
    let mut absences = Absences { patience: &mut patience, copy, moment: seen.moment, releases: &releases };
    let sitting = Sitting {
        rules: &rules,
        pending: proposed.pending(),
        pins: &pins,
        used: &used,
        head: &head,
        today,
        forge,
    };
    let heard = sitting.hear(&base, &mut changes, &mut strays, &mut absences, &mut findings);
    let Heard { mut judgement, mut spent, kept } = heard;
    spent.extend(undone);
    let occupied = matches!(scope, Scope::Whole).then(|| Occupancy::of(&rules, &base, today));
    let before =
        (observation.is_none() || makes_room(&base, &changes, &rules.register)).then(|| base.clone());
    let mut accepted = accept(&mut base, &changes, &judgement, &rules, today);

    let takes: BTreeMap<GrantKey, Removal> =
        changes.takes.iter().map(|removal| (removal.key.clone(), removal.clone())).collect();
    let sizes = || Ok::<_, Infallible>(budgets.sizes.clone());
    // A set that waits keeps the limits by which it was held first.
    let first = known.first_limits.take();
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
    let items = &known.released_items;
    let released = items.iter().filter(|(digest, _)| releases.contains(*digest));
    let released = released.flat_map(|(_, items)| items.iter().cloned()).collect();
    let additions = Additions {
        limits: &rules.register.addition_limits,
        sizes: &sizes,
        used: &budgets.additions,
        released: &released,
    };
    let in_force: &Register = match &proposed {
        Proposed::Released(new, _) => &new.register,
        _ => &rules.register,
    };
    let (mut observed, reports, ended_with) = match observation {
        Some(Observation { observed, reports, ended_with }) => (Some(observed), reports, Some(ended_with)),
        None => (None, None, None),
    };
    if let Some(observed) = &mut observed
        && let Extent::People(_) = observed.extent
    {
        // A person with a new id was asked for under both ids.
        observed.extent = Extent::People(head.files.keys().cloned().chain(due).collect());
    }
    let weigh = |base: &Base, judgement: &Judgement| match (&observed, &before) {
        (Some(observed), _) => guard(
            &Situation {
                base,
                takes: &takes,
                waiting: &changes.waiting,
                observed,
                register: &rules.register,
                lists: lists.as_ref().unwrap_or(in_force),
                today,
                ends: day.ends,
                clock: day.trust,
                stand: if seen.newest.is_some() { Stand::OnTheWay } else { Stand::Newest },
                untrusted: &distrust.untrusted,
                reports: reports.as_ref(),
            },
            &budget,
            &additions,
        ),
        (None, before) => {
            foreseen(before.as_ref().unwrap_or(base), &changes, judgement, today, &budget, &additions)
        }
    };
    let mut weighed = weigh(&base, &judgement);
    let waits = |removal: &Removal| weighed.held.contains(&Item::Grant(removal.key.clone()));
    let again = before.as_ref().and_then(|before| Some((sitting.without(before, &changes, &waits)?, before)));
    if let Some((verdicts, before)) = again {
        // A person who stays leaves no room for another, so more may be refused.
        judgement = verdicts;
        base = before.clone();
        accepted = accept(&mut base, &changes, &judgement, &rules, today);
        weighed = weigh(&base, &judgement);
    }
    if let Some(ended_with) = ended_with {
        findings.extend(returns::tell(&mut weighed.drawn.steps, ended_with, &day.zone));
    }

    if let Some(before) = occupied {
        let goes = |key: &GrantKey| takes.get(key).is_some_and(|removal| removal.is_over(today));
        findings.extend(Occupancy::after(&rules, &base, today, goes).advice(&rules, &before));
        let register = proposed.pending().map_or(&rules.register, |new| &new.register);
        findings.extend(at_closed_units(&base, register, |key| takes.contains_key(key), today));
        findings.extend(ignored_of_somebody(&base, register));
    }
    findings.extend(gives_nothing(&head, &changes, When::Today, today));
    findings.extend(revoked_ahead(&head, today));
    findings.extend(head.findings.iter().cloned());
    findings.extend(disagreement.findings);
    findings.extend(judgement.advice.iter().cloned());
    findings.extend(weighed.drawn.findings.iter().cloned());
    let mut sets = weighed.guarded.sets.clone();
    sets.append(&mut weighed.admitted.sets);
    sets.extend(withheld(&changes));
    spent.extend(&weighed.guarded.spent);
    if matches!(scope, Scope::Whole) {
        // A release of additions is used up when everything it names has been given.
        let done = |items: &BTreeSet<String>| items.iter().all(|item| !weighed.coming.contains(item));
        spent.extend(items.iter().filter(|(_, items)| done(items)).map(|(digest, _)| *digest));
    }
    let is_newest = seen.newest.is_none();
    let extent = observed.as_ref().map(|observed| &observed.extent);
    let stale = still::let_go_of_nothing(
        &releases,
        &sets,
        &proposed,
        (&bound, distrust.unseen, items),
        Sight {
            whole: matches!(scope, Scope::Whole) && is_newest && extent == Some(&Extent::Whole),
            trusted: !day.is_suspect() && distrust.untrusted == Untrusted::These(BTreeSet::new()),
            weighed: changes.waiting.is_empty() && changes.unjudged.is_empty(),
        },
    );
    // Some removals that waited before may not be weighed in this pass. This happens on the way to the newest commit,
    // and after a restart until an absence has lasted.
    let weighed_all = is_newest && changes.waiting.is_empty() && changes.withheld.is_empty();
    let limits = if sets.iter().any(|set| set.why == Why::Budget) {
        Some(limits)
    } else {
        first.filter(|_| !weighed_all)
    };
    let held_files = disagreement.held;
    Deliberated {
        circumstances: Circumstances {
            rules,
            proposed,
            beside,
            today: day,
            last,
            seen,
            scope,
            untrusted: distrust.untrusted,
            known,
            reports,
        },
        judged: Judged {
            head,
            held_files,
            renamed,
            changes,
            judgement,
            accepted,
            before,
            base,
            strays,
            kept,
        },
        weighed,
        waiting: Waiting { sets, spent, stale, limits, bound, freed },
        patience,
        findings,
    }
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
    let Some(moment) = seen.moment else { return };
    patience.seen(seen.snapshot.glimpsed(), moment, trust_of);
    patience.seen(seen.written, moment, trust_of);
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
    patience.keep(&absent, moment, is_looked);
}
