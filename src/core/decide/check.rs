//! The check of a pull request. It reads, compares and judges like a pass, but without a store.
//!
//! With a base, the changes are judged as a pass would judge them. Without a base, each entry is tested whether it
//! could have been right on any day. If an approver is not in office today, the finding is then only advice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::change::{Base, ChangeSet, Head, Removal, between};
use crate::diag::{Code, Finding, Severity, text};
use crate::judge::{
    Authority, Court, Forge, Judgement, Occupancy, Pins, Rules, Used, Verdict, When, agree, left, orphans,
    shared, would_be_denied,
};
use crate::model::{Digest, FilePath, GrantKey, RenamedTrusts};
use crate::plan::{HeldSet, Item, Scope};
use crate::tree::Snapshot;

use super::accept::{accept, take};
use super::budget::{admitted, guarded, held_finding};
use super::consent::{Consent, Scales, only_takes, protected_files};
use super::head::{Look, head};
use super::id_changes::{Judging, Renamed, knowing};
use super::known::Remembered;
use super::loaded::LoadedRules;
use super::patience::Patience;
use super::proposed::{Proposed, declared, propose, rules_of};
use super::remarks::{
    at_closed_units, ends_soon, gives_nothing, nothing_checked, revoked_ahead, unasked, unseen,
};
use super::sitting::Sitting;
use super::sought::{Nothing, Past, Reviews};
use super::tip::{base_of, bound_before, departed, left_behind, renamed, served, served_before, told_before};
use super::trusts::{head_of, moved_units, with_units_at};
use super::withhold::{Absences, Copy, Strays, withheld};

/// The result of a check.
#[derive(Debug)]
pub struct Checked {
    /// All findings, in order of file and line.
    pub findings: Vec<Finding>,
    /// The tree as it was read.
    pub head: Head,
    /// The rules of the judgement. It is `None` where the tree has no valid rules.
    pub rules: Option<Arc<Rules>>,
    /// The number of entries that were judged.
    pub given: usize,
    /// The number of accesses that are taken away.
    pub taken: usize,
    /// The changes and their results. It is `None` without a base.
    pub weighed: Option<Weighed>,
}

/// A proposed change with everything that was found out about it. A reviewer is shown this.
#[derive(Debug)]
pub struct Weighed {
    /// The state that was accepted before.
    pub base: Base,
    /// People whose id changes.
    pub changed_ids: Vec<Renamed>,
    /// The entries that are given and taken.
    pub changes: ChangeSet,
    /// The verdict for each entry.
    pub verdicts: BTreeMap<GrantKey, Verdict>,
    /// Removals that the budget would hold, and removals that are withheld.
    pub held: Vec<HeldSet>,
    /// The number of people that the removals ask of each limit.
    pub budget: Vec<Scope>,
    /// The policies and settings that would be in force.
    pub proposed: Proposed,
    /// The approval of new policies and settings, if they differ from those before.
    pub consent: Option<Consent>,
    /// Accepted accesses that the proposed rules would deny.
    pub would_be_denied: Vec<Finding>,
}

/// A change to be checked: the merged tree against the base on one day, with what is known beyond the two trees.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// The accepted state before: the tip of the target branch.
    pub base: &'a Snapshot,
    /// The state that would be accepted: the result of the merge.
    pub tree: &'a Snapshot,
    /// The earlier state of the target branch, before its tip.
    pub past: &'a dyn Past,
    /// The reviews that the forge knows. It is `None` if the forge has not been asked.
    pub reviews: Option<&'a dyn Reviews>,
    /// The register's day.
    pub today: Date,
}

/// Returns all files of a snapshot, to be looked at.
#[must_use]
pub fn looks_of(snapshot: &Snapshot) -> Vec<Look> {
    snapshot.files().filter_map(|(path, digest)| look(snapshot, path, digest, &Nothing)).collect()
}

fn look(tree: &Snapshot, path: FilePath, digest: Digest, reviews: &dyn Reviews) -> Option<Look> {
    let read = tree.read();
    let bytes = Arc::clone(read.get(&path)?);
    let signatures = read.get(&path.signatures()).cloned();
    let reviews = reviews.of(&path);
    Some(Look { path, bytes: Some((bytes, digest)), signatures, reviews })
}

/// Checks a tree without a base.
#[must_use]
pub fn check_alone(tree: &Snapshot, today: Date) -> Checked {
    let rules = match rules_of(tree) {
        Ok(rules) => Arc::new(rules),
        Err(findings) => return without_rules(findings),
    };
    let head = head(&looks_of(tree), tree.odd(), &rules.register);
    // Approvals and settings may name a person by an earlier id. They count for the person.
    let ids = head.renamed().map(|(from, to)| (from.clone(), to.clone())).collect();
    let rules = knowing(&rules, &ids);
    let base = Base { renamed: ids, ..Base::default() };
    let disagreement = agree(&base, &head);
    let changes = between(&base, &head, &disagreement.held, today);
    let after = base_of(&head, today);
    let court = Court {
        base: &base,
        names: &after,
        rules: &rules,
        pending: None,
        pins: &Pins::new(),
        used: &Used::new(),
        today,
        when: When::AnyDay,
        forge: Forge::NotAsked,
    };
    let judgement = court.judge(&changes, &head);
    let mut findings = disagreement.findings;
    findings.extend(nothing_checked(tree));
    findings.extend(shared(&head));
    findings.extend(declared(&rules.register));
    findings.extend(unseen(&judgement));
    findings.extend(Occupancy::of(&rules, &after, today).advice(&rules, &Occupancy::default()));
    findings.extend(left::running_out(&rules, &after, today));
    // Nothing was accepted before, so no file can be held for a change. An odd file is reported once, and not for
    // each neighbour.
    let mut head = head;
    head.findings.retain(|finding| finding.code != Code::FileHeld);
    findings.extend(gives_nothing(&head, &changes, When::AnyDay, today));
    finish(findings, head, &changes, judgement, rules, today)
}

/// Checks the changes of a tree against a base.
#[must_use]
pub fn check_against(proposal: &Proposal<'_>) -> Checked {
    check_with(proposal, &mut LoadedRules::default())
}

/// Does the same with rules that may be loaded already, for callers that check many changes.
#[must_use]
pub fn check_with(proposal: &Proposal<'_>, shelf: &mut LoadedRules) -> Checked {
    let Proposal { base: base_tree, tree, past, reviews, today } = *proposal;
    let (forge, reviews) = reviews.map_or((Forge::NotAsked, &Nothing as &dyn Reviews), |r| (Forge::Asked, r));
    let rules = match shelf.of_tree(base_tree) {
        Ok(rules) => rules,
        Err(mut findings) => {
            let message = text!(
                en: "the base itself has no valid policies or no valid register, so nothing can be judged by it",
                nb: "grunnlaget har selv ingen gyldige tilgangsregler eller ikke noe gyldig register, så ingenting kan vurderes etter det"
            );
            let way_out = text!(
                en: "Name a base that was in order, or check the tree by itself without `--base`.",
                nb: "Oppgi et grunnlag som var i orden, eller kontroller filene for seg uten `--base`."
            );
            findings.insert(0, Finding::new(Code::PoliciesInvalid, message, way_out));
            return without_rules(findings);
        }
    };
    let mut findings: Vec<Finding> = declared(&rules.register).into_iter().collect();
    let base_looks = looks_of(base_tree);
    let base_head = head(&base_looks, base_tree.odd(), &rules.register);
    let mut base = base_of(&base_head, today);
    renamed(&mut base, &rules, &base_head, &[]);
    shelf.know(base.renamed.clone());
    let rules = knowing(&rules, &base.renamed);
    if base_head.findings.iter().any(|finding| finding.code == Code::WrongFolder)
        && let Err(finding) = left_behind(past, &base_looks, &mut base, &rules.register, today)
    {
        findings.push(finding);
    }
    let proposed_rules = shelf.of_tree(tree);
    let appointing = [Some(&rules), proposed_rules.as_ref().ok()].into_iter().flatten();
    if let Err(finding) = departed(past, appointing.map(|rules| &*rules.register), &mut base, today) {
        findings.push(finding);
    }
    let authority = Authority::on(&rules.register, &base, &[today]);
    let mut used = Used::new();
    if proposed_rules.as_ref().is_ok_and(|proposed| proposed.digest != rules.digest) {
        match past.settings_statements(&rules.register.id) {
            Ok(served) => used = served,
            Err(finding) => findings.push(finding),
        }
    }
    let before = protected_files(base_tree).into_iter().map(|(path, bytes)| (path, bytes.to_vec())).collect();
    let scales = Scales {
        authority: &authority,
        releases: &BTreeSet::new(),
        reviews,
        before: &before,
        used: &used,
        today,
    };
    let orphaned = match &proposed_rules {
        Ok(new) => {
            let mut refused = orphans(&rules.register, &new.register, &base, today);
            if only_takes(&rules, new).is_none() {
                refused.extend(left::by_settings(&rules, new, &base, today));
                refused.extend(left::by_evidence(&rules, new, &base, today));
            }
            refused
        }
        Err(_) => Vec::new(),
    };
    let (proposed, consent) = propose(proposed_rules, &rules, orphaned, tree, &scales, &mut findings);
    // A file that was already in error in the base does not protect a missing file. Its time lies far in the past.
    let long_ago = Timestamp::MIN;
    let base_astray = base_head.astray.keys().map(|path| (path.clone(), long_ago)).collect();
    // A file that was in error before and still is gets its findings again, so that nobody forgets it.
    findings.extend(
        base_head
            .findings
            .iter()
            .filter(|finding| {
                finding.place.as_ref().is_some_and(|place| {
                    tree.file(&place.file).is_some() && tree.file(&place.file) == base_tree.file(&place.file)
                })
            })
            .cloned(),
    );
    let looks: Vec<Look> = tree
        .differs_from(base_tree)
        .into_iter()
        .filter_map(|path| match tree.file(&path) {
            Some(digest) => look(tree, path, digest, reviews),
            None if tree.shows_absent(&path) => Some(Look::gone(path)),
            None => None,
        })
        .collect();
    match served(past, &looks, &mut base, &rules.register, today) {
        Ok(served) => used.extend(served),
        Err(finding) => findings.push(finding),
    }
    let trusts =
        proposed.pending().map_or_else(RenamedTrusts::new, |new| new.register.renamed_since(&rules.register));
    let units = proposed
        .pending()
        .map_or_else(BTreeMap::new, |new| moved_units(&rules.register, &new.register, &trusts));
    base.move_units(&units);
    let as_proposed = with_units_at(&rules.register, &units);
    let mut head = head_of(looks, tree.odd(), &as_proposed, &trusts);
    let earlier = told_before(past, &head, &base, &rules.register).unwrap_or_else(|finding| {
        findings.push(finding);
        Vec::new()
    });
    renamed(&mut base, &rules, &base_head, &earlier);
    match served_before(past, &head, &mut base, &rules.register, today) {
        Ok(served) => used.extend(served),
        Err(finding) => findings.push(finding),
    }
    let judging = Judging {
        rules: &rules,
        pending: proposed.pending(),
        snapshot: tree,
        today,
        forge,
        is_suspect: false,
        is_untrusted: &|_| false,
    };
    let changed_ids = judging.settle(&mut base, &mut head, &mut findings);
    let rules = knowing(&rules, &base.renamed);
    let disagreement = agree(&base, &head);
    findings.extend(disagreement.findings.iter().cloned());
    let mut changes = between(&base, &head, &disagreement.held, today);
    bound_before(&earlier, &changes, &mut base);
    changes.contest(&base);
    let moment = Timestamp::UNIX_EPOCH;
    let known = Remembered { astray: base_astray, ..Remembered::default() };
    let mut strays = Strays::of(&head, &disagreement.held, (&changes, &base), known, moment);
    let mut patience = Patience::None;
    let mut absences =
        Absences { patience: &mut patience, copy: Copy::Own, moment: None, releases: &BTreeSet::new() };
    let sitting = Sitting {
        rules: &rules,
        pending: proposed.pending(),
        pins: &Pins::new(),
        used: &used,
        head: &head,
        today,
        forge,
    };
    let heard = sitting.hear(&base, &mut changes, &mut strays, &mut absences, &mut findings);
    let mut judgement = heard.judgement;
    let would_be_denied = proposed.pending().map_or_else(Vec::new, |new| {
        let mut base = base.clone();
        base.rename_trusts(&trusts);
        would_be_denied(&rules, new, &base, today)
    });
    findings.extend(would_be_denied.iter().cloned());
    let (guarded, budget) = guarded(&rules, &base, &changes, today);
    let held = guarded.held();
    let stays = |removal: &Removal| held.contains(&Item::Grant(removal.key.clone()));
    if let Some(again) = sitting.without(&base, &changes, &stays) {
        // As in a pass, a person who stays makes no room for another.
        judgement = again;
    }
    findings.extend(guarded.sets.iter().map(|set| held_finding(set, &rules)));
    let waiting = admitted(&rules, &base, &changes, &judgement, today);
    findings.extend(waiting.iter().map(|set| held_finding(set, &rules)));
    findings.extend((forge == Forge::NotAsked).then(|| unasked(&judgement)).flatten());
    if let Some(mut nothing) = nothing_checked(tree) {
        if base_tree.count() == 0 {
            // The register has no people yet.
            nothing.severity = Severity::Advice;
        }
        findings.push(nothing);
    }
    let before = Occupancy::of(&rules, &base, today);
    let mut after = base.clone();
    accept(&mut after, &changes, &judgement, &rules, today);
    take(&mut after, &changes, today);
    findings.extend(Occupancy::of(&rules, &after, today).advice(&rules, &before));
    let register = proposed.pending().map_or(&rules.register, |new| &new.register);
    let taken: BTreeSet<&GrantKey> = changes.takes.iter().map(|removal| &removal.key).collect();
    findings.extend(at_closed_units(&after, register, |key| taken.contains(key), today));
    let verdicts = judgement.verdicts.clone();
    findings.extend(gives_nothing(&head, &changes, When::Today, today));
    let mut checked = finish(findings, head, &changes, judgement, rules, today);
    let mut held = guarded.sets;
    held.extend(withheld(&changes));
    checked.weighed = Some(Weighed {
        base,
        changed_ids,
        changes,
        verdicts,
        held,
        budget,
        proposed,
        consent,
        would_be_denied,
    });
    checked
}

fn without_rules(findings: Vec<Finding>) -> Checked {
    Checked { findings, head: Head::default(), rules: None, given: 0, taken: 0, weighed: None }
}

fn finish(
    mut findings: Vec<Finding>,
    head: Head,
    changes: &ChangeSet,
    judgement: Judgement,
    rules: Arc<Rules>,
    today: Date,
) -> Checked {
    findings.extend(head.findings.iter().cloned());
    findings.extend(judgement.advice);
    let refused = judgement.verdicts.into_values().filter_map(|verdict| match verdict {
        Verdict::Refused(refusal) => Some(refusal.finding),
        Verdict::Permitted { .. } => None,
    });
    findings.extend(refused);
    findings.extend(ends_soon(&head, today));
    findings.extend(revoked_ahead(&head, today));
    findings.sort();
    findings.dedup();
    let (given, taken) = (changes.gives.len(), changes.takes.len());
    Checked { findings, head, rules: Some(rules), given, taken, weighed: None }
}
