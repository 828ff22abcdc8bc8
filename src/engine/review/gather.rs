//! Makes a review from the result of a check. It adds names to ids, lists the differences, and says when something
//! is removed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use portvakt_core::change::{Cause, Change, ChangeKind, HeadEntry, Removal};
use portvakt_core::decide::Checked;
use portvakt_core::diag::{Code, Finding, Severity};
use portvakt_core::judge::Verdict as Judgement;
use portvakt_core::model::{Email, Grant, GrantKey, PersonId, Proof, TrustId};
use portvakt_core::plan::Item;
use portvakt_core::tree::Snapshot;

use super::names::Names;
use super::protected::protected;
use super::value::{Also, Difference, Gain, Judged, Loss, Review, Standing, Verdict, When, Why};

/// The two trees that a check has compared, and their commits.
#[derive(Debug, Clone)]
pub struct Compared<'a> {
    /// The tree that was accepted before.
    pub base: &'a Snapshot,
    /// The tree that would be accepted.
    pub tree: &'a Snapshot,
    /// The commits of the two trees.
    pub judged: Judged,
    /// The register's day of the check.
    pub on: Date,
}

impl Review {
    /// Makes a review.
    #[must_use]
    pub fn of(checked: &Checked, compared: Compared<'_>) -> Self {
        let Compared { base, tree, judged, on } = compared;
        let mut review = Self {
            verdict: verdict(&checked.findings),
            judged,
            on,
            evidence: checked.rules.as_ref().map(|rules| rules.register.evidence.clone()),
            gains: Vec::new(),
            losses: Vec::new(),
            also: Vec::new(),
            budget: Vec::new(),
            protected: None,
            stops: Vec::new(),
            denied: Vec::new(),
            advice: Vec::new(),
            trusts: BTreeMap::new(),
        };
        for finding in &checked.findings {
            match (finding.severity, finding.code) {
                (Severity::Fatal | Severity::Error | Severity::Held, _) => review.stops.push(finding.clone()),
                (Severity::Advice, Code::WouldBeDenied) => review.denied.push(finding.clone()),
                // This finding has its own line on the page.
                (Severity::Advice, Code::EvidenceDeclared) => {}
                (Severity::Advice, _) => review.advice.push(finding.clone()),
            }
        }
        review.stops.sort_by_key(|finding| finding.severity);
        let (Some(rules), Some(weighed)) = (&checked.rules, &checked.weighed) else { return review };
        let names = Names { checked, weighed, register: &rules.register };
        let held: BTreeSet<&GrantKey> = weighed
            .held
            .iter()
            .flat_map(|set| &set.items)
            .filter_map(|item| match item {
                Item::Grant(key) => Some(key),
                Item::Right(..) | Item::Contact(_) | Item::Gain(_) => None,
            })
            .collect();
        review.gains = weighed.changes.gives.iter().filter_map(|change| names.gain(change)).collect();
        review.losses =
            weighed.changes.takes.iter().filter_map(|removal| names.loss(removal, &held, on)).collect();
        review
            .gains
            .sort_by(|a, b| (&a.place.trust, &a.who, &a.place).cmp(&(&b.place.trust, &b.who, &b.place)));
        review
            .losses
            .sort_by(|a, b| (&a.place.trust, &a.who, &a.place).cmp(&(&b.place.trust, &b.who, &b.place)));
        review.also = names.also();
        review.budget.clone_from(&weighed.budget);
        let trusts = rules.register.trusts.iter();
        review.trusts = trusts.map(|(id, trust)| (id.clone(), trust.name.clone())).collect();
        review.protected = protected(&names, rules, weighed, [base, tree]);
        review
    }

    /// Says whether the change does nothing and there is nothing to report about it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gains.is_empty()
            && self.losses.is_empty()
            && self.also.is_empty()
            && self.protected.is_none()
            && self.stops.is_empty()
    }

    /// Says whether the change gives something to somebody or takes something away.
    #[must_use]
    pub fn does_something(&self) -> bool {
        !self.gains.is_empty() || !self.losses.is_empty()
    }
}

fn verdict(findings: &[Finding]) -> Verdict {
    let count = |wanted: &dyn Fn(&Finding) -> bool| findings.iter().filter(|finding| wanted(finding)).count();
    let things = count(&|finding| matches!(finding.severity, Severity::Fatal | Severity::Error));
    let removals = count(&|finding| finding.code == Code::RemovalsHeld);
    let held = count(&|finding| finding.severity == Severity::Held);
    match (things, held) {
        (0, 0) => Verdict::InOrder,
        (0, _) => Verdict::Waits { removals, protected: held - removals },
        _ => Verdict::Stopped { things },
    }
}

/// Lists the differences of a changed entry, by the keys of the file. An end that was moved earlier is listed among
/// the losses instead.
fn differences(before: &Grant, after: &Grant) -> Vec<Difference> {
    let mut differs = Vec::new();
    let mut note = |key, before: Option<String>, after: Option<String>| {
        if before != after {
            differs.push(Difference { key, before, after });
        }
    };
    note("role", Some(before.role.to_string()), Some(after.role.to_string()));
    note("from", Some(before.from.to_string()), Some(after.from.to_string()));
    let earlier = after.until.is_some_and(|end| before.until.is_none_or(|old| end < old));
    if !earlier {
        note("until", before.until.map(|end| end.to_string()), after.until.map(|end| end.to_string()));
    }
    let (was, is) = (&before.vouched, &after.vouched);
    note("employer", Some(was.employer.to_string()), Some(is.employer.to_string()));
    note("staff", Some(was.staff.as_str().to_owned()), Some(is.staff.as_str().to_owned()));
    note(
        "position",
        was.position.as_ref().map(ToString::to_string),
        is.position.as_ref().map(ToString::to_string),
    );
    note("login", was.login.as_ref().map(ToString::to_string), is.login.as_ref().map(ToString::to_string));
    let (was, is) = (&before.approval, &after.approval);
    note("approved", Some(format!("{} {}", was.by, was.on)), Some(format!("{} {}", is.by, is.on)));
    differs
}

impl Names<'_> {
    fn gain(&self, change: &Change) -> Option<Gain> {
        let after = &change.after.grant;
        let Judgement::Permitted { policies, proof } = self.weighed.verdicts.get(&after.key)? else {
            return None;
        };
        let before = self.weighed.base.standing(&after.key).filter(|_| change.kind == ChangeKind::Change);
        Some(Gain {
            who: self.who(&after.key.person),
            place: self.place(after),
            from: after.from,
            until: after.until,
            approved_by: self.who(&after.approval.by),
            approved_on: after.approval.on,
            request: after.key.request.clone(),
            evidence: proof.clone(),
            policies: policies.clone(),
            differs: before.map_or_else(Vec::new, |before| differences(&before.grant, after)),
            standing: if before.is_some() { Standing::Changed } else { Standing::New },
        })
    }

    fn loss(&self, removal: &Removal, held: &BTreeSet<&GrantKey>, today: Date) -> Option<Loss> {
        let standing = &self.weighed.base.standing(&removal.key)?.grant;
        let gone = (removal.key.person.clone(), removal.trust.clone());
        let why = match (&removal.revocation, removal.cause) {
            (Some(revocation), _) => Why::Revoked { by: self.who(&revocation.by), on: revocation.on },
            (None, Cause::Shortened) => Why::EarlierEnd { before: standing.until },
            (None, _) if self.weighed.changes.gone.contains(&gone) => Why::FileGone,
            (None, _) => Why::EntryGone,
        };
        let when = match removal.until.filter(|until| *until >= today) {
            _ if held.contains(&removal.key) => When::WhenReleased,
            Some(until) => When::After(until),
            None => When::AtOnce,
        };
        let evidence: Option<Proof> = removal.proof.clone();
        Some(Loss { who: self.who(&removal.key.person), place: self.place(standing), why, when, evidence })
    }

    fn also(&self) -> Vec<Also> {
        let mut also = Vec::new();
        let before = |person: &PersonId, trust: &TrustId| {
            self.weighed.base.people.get(person).and_then(|known| known.files.get(trust))
        };
        also.extend(self.weighed.changed_ids.iter().map(|renamed| Also::Id {
            who: self.who(&renamed.change.to),
            before: renamed.change.from.clone(),
            approved_by: renamed.change.approvals.values().map(|(approval, _)| approval.by.clone()).collect(),
        }));
        for file in &self.weighed.changes.files {
            let Some(before) = before(&file.person, &file.trust) else { continue };
            if before.name != file.facts.name {
                also.push(Also::Name { who: self.who(&file.person), before: before.name.clone() });
            }
            match &file.facts.email {
                // A missing `email` line changes nothing.
                None => {}
                after if *after == before.email => {}
                Some(Email::Cleared) => also.push(Also::NoEmail { who: self.who(&file.person) }),
                Some(Email::Address(_)) => also.push(Also::Email { who: self.who(&file.person) }),
            }
        }
        also.extend(self.weighed.changes.history.iter().map(|HeadEntry { grant, .. }| Also::History {
            who: self.who(&grant.key.person),
            request: grant.key.request.clone(),
            until: grant.until,
        }));
        also.dedup();
        also
    }
}
