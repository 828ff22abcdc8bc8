//! Makes a review from the result of a check. It adds names to ids, lists the differences, and says when something
//! is removed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use portvakt_core::change::{Cause, Change, ChangeKind, HeadEntry, Removal};
use portvakt_core::decide::Checked;
use portvakt_core::diag::{Code, Finding, Severity};
use portvakt_core::judge::Verdict as Judgement;
use portvakt_core::model::{
    Approval, Email, Evidence, Grant, GrantField, GrantKey, PersonId, Proof, Rejection, RequestId, TrustId,
};
use portvakt_core::parse;
use portvakt_core::plan::AccessItem;
use portvakt_core::tree::Snapshot;

use super::due::narrowed;
use super::lists::lists;
use super::names::ShownNames;
use super::protected::protected;
use super::value::{
    AccessStanding, Also, ChangeReview, ChangeVerdict, ChangedKey, EntryDifference, JudgedTrees, LossReason,
    LossTime, ReviewGain, ReviewLoss,
};

/// The two trees that a check has compared, and their commits.
#[derive(Debug, Clone)]
pub struct Compared<'a> {
    /// The tree that was accepted before.
    pub base: &'a Snapshot,
    /// The tree that would be accepted.
    pub tree: &'a Snapshot,
    /// The commits of the two trees.
    pub judged: JudgedTrees,
    /// The register's day of the check.
    pub on: Date,
}

impl ChangeReview {
    /// Returns the review of a change that its author is about to send. Nobody has been asked yet for the evidence
    /// that the register wants, so the review names none.
    #[must_use]
    pub fn before_evidence(mut self, asked: &Evidence) -> Self {
        if *asked != Evidence::Declared {
            self.gains.iter_mut().for_each(|gain| gain.evidence = None);
        }
        self.evidence = Some(asked.clone());
        self
    }

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
            lists: Vec::new(),
            stops: Vec::new(),
            denied: Vec::new(),
            permitted: Vec::new(),
            advice: Vec::new(),
            trusts: BTreeMap::new(),
        };
        for finding in &checked.findings {
            match (finding.severity, finding.code) {
                (Severity::Fatal | Severity::Error | Severity::Held, _) => review.stops.push(finding.clone()),
                (Severity::Advice, Code::WouldBeDenied) => review.denied.push(finding.clone()),
                (Severity::Advice, Code::WouldBePermitted) => review.permitted.push(finding.clone()),
                // This finding has its own line on the page.
                (Severity::Advice, Code::EvidenceDeclared) => {}
                (Severity::Advice, _) => review.advice.push(finding.clone()),
            }
        }
        review.stops.sort_by_key(|finding| finding.severity);
        let (Some(rules), Some(weighed)) = (&checked.rules, &checked.weighed) else { return review };
        let names = ShownNames { checked, weighed, register: &rules.register };
        let held: BTreeSet<&GrantKey> = weighed
            .held
            .iter()
            .flat_map(|set| &set.items)
            .filter_map(|item| match item {
                AccessItem::Grant(key) => Some(key),
                AccessItem::Right(..) | AccessItem::Contact(_) | AccessItem::Gain(_) => None,
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
        review.also.extend(names.rejections([base, tree]));
        review.budget.clone_from(&weighed.budget);
        let trusts = rules.register.trusts.iter();
        review.trusts = trusts.map(|(id, trust)| (id.clone(), trust.name.clone())).collect();
        review.protected = protected(&names, rules, weighed, [base, tree]);
        review.lists = lists(&names, weighed, [base, tree]);
        review.advice = narrowed(std::mem::take(&mut review.advice), &names, [base, tree]);
        review
    }

    /// Returns whether the change does nothing and there is nothing to report about it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gains.is_empty()
            && self.losses.is_empty()
            && self.also.is_empty()
            && self.protected.is_none()
            && self.lists.is_empty()
            && self.stops.is_empty()
    }

    /// Returns whether the change gives something to somebody or takes something away.
    #[must_use]
    pub fn does_something(&self) -> bool {
        !self.gains.is_empty() || !self.losses.is_empty()
    }
}

fn verdict(findings: &[Finding]) -> ChangeVerdict {
    let count = |wanted: &dyn Fn(&Finding) -> bool| findings.iter().filter(|finding| wanted(finding)).count();
    let things = count(&|finding| matches!(finding.severity, Severity::Fatal | Severity::Error));
    let removals = count(&|finding| finding.code == Code::RemovalsHeld);
    let held = count(&|finding| finding.severity == Severity::Held);
    match (things, held) {
        (0, 0) => ChangeVerdict::InOrder,
        (0, _) => ChangeVerdict::Waits { removals, protected: held - removals },
        _ => ChangeVerdict::Stopped { things },
    }
}

impl ShownNames<'_> {
    /// Lists the differences of a changed entry, by the keys of the file. An end that was moved earlier is listed among
    /// the losses instead.
    fn differences(&self, before: &Grant, after: &Grant) -> Vec<EntryDifference> {
        let mut differs = Vec::new();
        let mut note = |key, before: Option<String>, after: Option<String>| {
            if before != after {
                differs.push(EntryDifference { key, before, after });
            }
        };
        let earlier = after.until.is_some_and(|end| before.until.is_none_or(|old| end < old));
        for ((field, was), (_, is)) in before.said().into_iter().zip(after.said()) {
            if field != GrantField::Until || !earlier {
                note(ChangedKey::Entry(field), was, is);
            }
        }
        for ((fact, was), is) in before.vouched.said().zip(after.vouched.written()) {
            note(ChangedKey::Vouched(fact), was.map(str::to_owned), is.map(str::to_owned));
        }
        let approved = |approval: &Approval| format!("{} {}", self.called(&approval.by), approval.on);
        note(ChangedKey::Approved, Some(approved(&before.approval)), Some(approved(&after.approval)));
        differs
    }

    fn gain(&self, change: &Change) -> Option<ReviewGain> {
        let after = &change.after.grant;
        let Judgement::Permitted { policies, proof } = self.weighed.verdicts.get(&after.key)? else {
            return None;
        };
        let before = self.weighed.base.standing(&after.key).filter(|_| change.kind == ChangeKind::Change);
        Some(ReviewGain {
            who: self.who(&after.key.person),
            place: self.place(after),
            from: after.from,
            until: after.until,
            approved_by: self.who(&after.approval.by),
            approved_on: after.approval.on,
            request: after.key.request.clone(),
            staff: after.vouched.staff,
            position: after.vouched.position.clone(),
            identity: after.approval.identity.clone(),
            evidence: Some(proof.clone()),
            policies: policies.clone(),
            differs: before.map_or_else(Vec::new, |before| self.differences(&before.grant, after)),
            standing: if before.is_some() { AccessStanding::Changed } else { AccessStanding::New },
        })
    }

    fn loss(&self, removal: &Removal, held: &BTreeSet<&GrantKey>, today: Date) -> Option<ReviewLoss> {
        let standing = &self.weighed.base.standing(&removal.key)?.grant;
        let gone = (removal.key.person.clone(), removal.trust.clone());
        let why = match (&removal.revocation, removal.cause) {
            (Some(revocation), _) => LossReason::Revoked { by: self.who(&revocation.by), on: revocation.on },
            (None, Cause::Shortened) => LossReason::EarlierEnd { before: standing.until },
            (None, _) if self.weighed.changes.gone.contains(&gone) => LossReason::FileGone,
            (None, _) => LossReason::EntryGone,
        };
        let when = match removal.until.filter(|until| *until >= today) {
            _ if held.contains(&removal.key) => LossTime::WhenReleased,
            Some(until) => LossTime::After(until),
            None => LossTime::AtOnce,
        };
        let evidence: Option<Proof> = removal.proof.clone();
        Some(ReviewLoss {
            who: self.who(&removal.key.person),
            place: self.place(standing),
            why,
            when,
            evidence,
        })
    }

    /// The rejections that the change brings, and those that it takes out. A list that cannot be read is reported by
    /// its findings.
    fn rejections(&self, [base, tree]: [&Snapshot; 2]) -> Vec<Also> {
        let lists = |snapshot: &Snapshot| -> BTreeMap<(TrustId, RequestId), Rejection> {
            let lists = snapshot.requests().lists();
            let read = lists.filter_map(|(path, bytes)| parse::rejections(path, bytes, self.register).ok());
            read.flat_map(|list| {
                let trust = list.trust;
                list.entries
                    .into_iter()
                    .map(move |entry| ((trust.clone(), entry.rejection.request.clone()), entry.rejection))
            })
            .collect()
        };
        let unread = tree
            .requests()
            .lists()
            .any(|(path, bytes)| parse::rejections(path, bytes, self.register).is_err());
        if unread || base.requests() == tree.requests() {
            return Vec::new();
        }
        let (before, after) = (lists(base), lists(tree));
        let new = after.iter().filter(|(key, rejection)| before.get(*key) != Some(*rejection));
        let new = new.map(|((trust, request), rejection)| Also::Rejected {
            request: request.clone(),
            trust: self.register.trust_name(trust),
            by: self.who(&rejection.by),
            reason: rejection.reason.clone(),
        });
        let gone = before.iter().filter(|(key, _)| !after.contains_key(*key));
        let gone = gone.map(|((trust, request), rejection)| Also::NoLongerRejected {
            request: request.clone(),
            trust: self.register.trust_name(trust),
            by: self.who(&rejection.by),
        });
        new.chain(gone).collect()
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
            // Without evidence it does not change, and a finding says so.
            if self.weighed.unidentified.contains(&(file.person.clone(), file.trust.clone())) {
                continue;
            }
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
