//! What a pull request is told: the same reading, comparing and judging as a pass, without a store.
//!
//! With a base, the changes are judged as a pass would judge them. Without one, everything in the tree is asked
//! whether it could have been right on any day, and who is not in office today is advice.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::change::{Acceptance, Base, ChangeSet, Field, Head, HeadFile, Standing, Way, between};
use crate::diag::{Code, Finding};
use crate::judge::{Court, Judgement, Occupancy, Pins, Rules, Verdict, When, agree, would_be_denied};
use crate::model::Digest;
use crate::parse::confusable::skeleton;
use crate::source::Snapshot;

use super::budget::over_budget;
use super::head::{Look, head};
use super::protected::{propose, rules_of};

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// Everything, in order of file and line.
    pub findings: Vec<Finding>,
    /// The tree as it was read.
    pub head: Head,
    /// The rules it was judged by; `None` where the tree has none that are valid.
    pub rules: Option<Arc<Rules>>,
    /// How many entries were judged.
    pub given: usize,
    /// How many accesses are taken away.
    pub taken: usize,
}

/// All files of a snapshot, to be looked at.
#[must_use]
pub fn looks_of(snapshot: &Snapshot) -> Vec<Look> {
    let bytes = snapshot.read();
    snapshot
        .files()
        .filter_map(|(path, digest)| {
            let bytes = Arc::clone(bytes.get(&path)?);
            Some(Look { path, bytes: Some((bytes, digest)) })
        })
        .collect()
}

/// Checks a tree by itself.
#[must_use]
pub fn check_alone(tree: &Snapshot, today: Date) -> Checked {
    let rules = match rules_of(tree) {
        Ok(rules) => Arc::new(rules),
        Err(findings) => return without_rules(findings),
    };
    let head = head(&looks_of(tree), tree.odd(), &rules.register);
    let base = Base::default();
    let disagreement = agree(&base, &head);
    let changes = between(&base, &head, &disagreement.held, today);
    let pins = Pins::new();
    let after = base_of(&head, today);
    let court = Court {
        base: &base,
        names: &after,
        rules: &rules,
        pending: None,
        pins: &pins,
        today,
        when: When::AnyDay,
    };
    let judgement = court.judge(&changes, &head);
    let mut findings = disagreement.findings;
    findings.extend(empty(tree));
    findings.extend(Occupancy::of(&rules, &after, today).advice(&rules, &Occupancy::default()));
    // Nothing was accepted before, so nothing can have changed; what is odd is told once, not for each neighbour.
    let mut head = head;
    head.findings.retain(|finding| finding.code != Code::FileHeld);
    finish(findings, head, &changes, judgement, rules, today)
}

/// Checks what a tree changes about a base.
#[must_use]
pub fn check_against(base_tree: &Snapshot, tree: &Snapshot, today: Date) -> Checked {
    let rules = match rules_of(base_tree) {
        Ok(rules) => Arc::new(rules),
        Err(mut findings) => {
            let message =
                "the base itself has no valid policies or no valid register, so nothing can be judged by it";
            let way_out = "Name a base that was in order, or check the tree by itself without `--base`.";
            findings.insert(0, Finding::new(Code::PoliciesInvalid, message, way_out));
            return without_rules(findings);
        }
    };
    let mut findings = Vec::new();
    let proposed = propose(rules_of(tree).map(Arc::new), &rules, &BTreeSet::new(), &mut findings);
    let base_head = head(&looks_of(base_tree), base_tree.odd(), &rules.register);
    let mut base = base_of(&base_head, today);
    // What is broken and was so before is told again, so that nobody forgets it.
    findings.extend(base_head.findings.into_iter().filter(|finding| {
        finding.place.as_ref().is_some_and(|place| {
            tree.file(&place.file).is_some() && tree.file(&place.file) == base_tree.file(&place.file)
        })
    }));
    let looks: Vec<Look> = tree
        .differs_from(base_tree)
        .into_iter()
        .filter_map(|path| match (tree.file(&path), tree.read().get(&path)) {
            (Some(digest), Some(bytes)) => Some(Look { path, bytes: Some((Arc::clone(bytes), digest)) }),
            (None, _) if tree.shows_absent(&path) => Some(Look { path, bytes: None }),
            _ => None,
        })
        .collect();
    let head = head(&looks, tree.odd(), &rules.register);
    let disagreement = agree(&base, &head);
    findings.extend(disagreement.findings.iter().cloned());
    let changes = between(&base, &head, &disagreement.held, today);
    let pins = Pins::new();
    let court = Court {
        base: &base,
        names: &base,
        rules: &rules,
        pending: proposed.pending(),
        pins: &pins,
        today,
        when: When::Today,
    };
    let judgement = court.judge(&changes, &head);
    findings.extend(court.revokers(&changes, &head));
    if let Some(new) = proposed.pending() {
        findings.extend(would_be_denied(&rules, new, &base, today));
    }
    findings.extend(over_budget(&rules, &base, &changes, today));
    findings.extend(empty(tree));
    let before = Occupancy::of(&rules, &base, today);
    apply(&mut base, &changes, &judgement, today);
    findings.extend(Occupancy::of(&rules, &base, today).advice(&rules, &before));
    finish(findings, head, &changes, judgement, rules, today)
}

fn without_rules(findings: Vec<Finding>) -> Checked {
    Checked { findings, head: Head::default(), rules: None, given: 0, taken: 0 }
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
    findings.sort();
    findings.dedup();
    Checked { findings, head, rules: Some(rules), given: changes.gives.len(), taken: changes.takes.len() }
}

/// A tree without people is in order where a register begins, and seldom anywhere else.
fn empty(tree: &Snapshot) -> Option<Finding> {
    (tree.count() == 0).then(|| {
        let way_out = "If the register is new, that is right; if not, check that the files were copied and that the root is the right one.";
        Finding::new(Code::Advice, "the tree has the file of no person", way_out)
    })
}

/// Days before its end that an access is pointed out (R37).
pub const ENDS_SOON_DAYS: i64 = 14;

/// The last day on which an end counts as near.
#[must_use]
pub fn near(today: Date) -> Date {
    today.checked_add(ENDS_SOON_DAYS.days()).unwrap_or(Date::MAX)
}

fn ends_soon(head: &Head, today: Date) -> Vec<Finding> {
    let near = near(today);
    let mut findings = Vec::new();
    for (_, _, _, file) in head.iter() {
        let HeadFile::Says { entries, spots, .. } = file else { continue };
        for entry in entries.iter().filter(|entry| entry.grant.in_force(today)) {
            if let Some(until) = entry.grant.until.filter(|until| *until <= near) {
                let message = format!("the access of `{}` ends on {until}", entry.grant.key.person);
                let way_out = "If the person stays, have a longer access approved before that day; after it a new application is needed.";
                findings.push(
                    Finding::new(Code::EndsSoon, message, way_out)
                        .at(spots.place(Some(entry.number), Field::Until)),
                );
            }
        }
    }
    findings
}

/// A head taken as accepted, as the tip of a target branch is.
fn base_of(head: &Head, today: Date) -> Base {
    let mut base = Base::default();
    for (person, files) in &head.files {
        for (trust, file) in files {
            let HeadFile::Says { facts, entries, .. } = file else { continue };
            if let Some(login) = &facts.vouched.login {
                base.logins.insert(login.clone(), person.clone());
            }
            base.skeletons.insert(skeleton(person), person.clone());
            let known = base.people.entry(person.clone()).or_default();
            known.files.insert(trust.clone(), facts.clone());
            for entry in entries {
                known.grants.insert(entry.grant.key.clone(), Box::new(standing(&entry.grant, today)));
            }
        }
    }
    base
}

fn standing(grant: &crate::model::Grant, today: Date) -> Standing {
    Standing {
        grant: grant.clone(),
        accepted: Acceptance {
            on: today,
            way: Way::Baseline,
            policies: Vec::new(),
            rules: Digest::from_bytes([0; 32]),
        },
        given: None,
        replaced: None,
        cleared: None,
        ended: None,
    }
}

fn apply(base: &mut Base, changes: &ChangeSet, judgement: &Judgement, today: Date) {
    for change in &changes.gives {
        let grant = &change.after.grant;
        if let Some(Verdict::Permitted { .. }) = judgement.verdicts.get(&grant.key) {
            let known = base.people.entry(grant.key.person.clone()).or_default();
            known.grants.insert(grant.key.clone(), Box::new(standing(grant, today)));
        }
    }
    for removal in changes.takes.iter().filter(|removal| removal.until.is_none_or(|until| until < today)) {
        if let Some(known) = base.people.get_mut(&removal.key.person) {
            known.grants.remove(&removal.key);
        }
    }
}
