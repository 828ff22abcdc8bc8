//! Lists the accesses that new rules would judge differently from the old ones: accepted grants that they would deny,
//! and refused ones that they would permit. Nothing is judged again by this. An access that is still permitted, but by
//! other policies, counts as judged alike.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::civil::Date;

use crate::change::{Base, Change, ChangeKind};
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::{FilePath, Grant, RenamedTrusts};
use crate::policy::{Act, Decision};

use super::authority::coordinates;
use super::besides::Whole;
use super::findings::says;
use super::question::{Manner, question};
use super::{Authority, Rules};

/// The manner of a question about an access that was accepted, no matter when.
const STANDING: Manner = Manner { act: Act::Grant, spent: false, renewed: true, overdue: false };

/// Returns a finding for each living grant that the old rules permit and the new rules would deny, no matter who
/// approved it and when. What was accepted at a trust that gets another id follows it first.
#[must_use]
pub fn would_be_denied(old: &Rules, new: &Rules, base: &Base, today: Date) -> Vec<Finding> {
    let both = Both::of(old, new, base, today);
    let mut findings = Vec::new();
    for grant in both.living_grants() {
        let decision = both.after.ask(&both, grant, STANDING);
        if decision.allowed || !both.before.ask(&both, grant, STANDING).allowed {
            continue;
        }
        let why = if decision.determining.is_empty() {
            text!(en: "no policy permits it", nb: "ingen tilgangsregel tillater det")
        } else {
            Text::joined(decision.determining.iter().map(|id| says(&new.policies, id)), " ")
        };
        let (right, person) = (grant.right(), &grant.key.person);
        let message = text!(
            with why;
            en: "{right} of `{person}` stands, and the changed rules would deny it: {why}",
            nb: "{right} for `{person}` gjelder, og de endrede reglene ville avslått den: {why}"
        );
        let way_out = text!(
            en: "It stays as it is; if it should not, take it back.",
            nb: "Den står som den er; skal den ikke det, trekk den tilbake."
        );
        findings.push(with_decision(
            Finding::new(Code::WouldBeDenied, message, way_out),
            grant,
            new,
            &decision,
        ));
    }
    findings
}

/// Returns a finding for each living grant, and each of these refused changes, that the old rules deny and the new rules
/// would permit. A check counts what was merged as accepted, so a grant that was refused after its merge is among them.
#[must_use]
pub fn would_be_permitted<'a>(
    old: &'a Rules,
    new: &'a Rules,
    base: &'a Base,
    refused: impl Iterator<Item = &'a Change>,
    today: Date,
) -> Vec<Finding> {
    let both = Both::of(old, new, base, today);
    let standing = both.living_grants().map(|grant| (grant, STANDING));
    let refused = refused.map(|change| (&change.after.grant, manner(change)));
    let mut findings = Vec::new();
    for (grant, manner) in standing.chain(refused) {
        if both.before.ask(&both, grant, manner).allowed {
            continue;
        }
        let decision = both.after.ask(&both, grant, manner);
        if !decision.allowed {
            continue;
        }
        let why = Text::joined(decision.determining.iter().map(|id| says(&new.policies, id)), " ");
        let (right, person) = (grant.right(), &grant.key.person);
        let message = text!(
            with why;
            en: "{right} of `{person}` is denied by the rules in force, and the changed rules would permit it: {why}",
            nb: "{right} for `{person}` avslås av reglene som gjelder, og de endrede reglene ville tillatt den: {why}"
        );
        let finding = Finding::new(Code::WouldBePermitted, message, Code::WouldBePermitted.next());
        findings.push(with_decision(finding, grant, new, &decision));
    }
    findings.sort();
    findings.dedup();
    findings
}

/// The finding with the place of the grant and the policies that decide it by the new rules.
fn with_decision(finding: Finding, grant: &Grant, new: &Rules, decision: &Decision) -> Finding {
    let path = FilePath::of_person(&grant.trust, &grant.key.person);
    let rules = decision.determining.iter().flat_map(|id| new.policies.rules(id).iter().cloned()).collect();
    finding.at(Place::file(&path)).decided_by(rules, decision.determining.clone())
}

/// Returns the manner of a question about a change.
fn manner(change: &Change) -> Manner {
    match change.kind {
        ChangeKind::Grant => STANDING,
        ChangeKind::Change => Manner { act: Act::Change, renewed: change.renewed, ..STANDING },
        ChangeKind::Reopen => Manner { spent: true, ..STANDING },
    }
}

/// Rules, and the authority that people have by them on any day.
struct Side<'a> {
    rules: &'a Rules,
    authority: Authority,
}

impl<'a> Side<'a> {
    fn of(rules: &'a Rules, base: &Base) -> Self {
        let mut authority = Authority::on_any_day(&rules.register);
        for standing in base.people.values().flat_map(|known| known.grants.values()) {
            if coordinates(&rules.register, &standing.grant) {
                authority.add(&standing.grant);
            }
        }
        Self { rules, authority }
    }

    fn ask(&self, both: &Both<'_>, grant: &Grant, manner: Manner) -> Arc<Decision> {
        let whole = Whole::at(&self.rules.policies, &both.base, grant, both.today);
        let by = &grant.approval.by;
        let asked = question(&self.rules.register, &self.authority, grant, manner, by, &whole);
        self.rules.decide(&asked)
    }
}

/// Two sets of rules, and what both are asked about.
struct Both<'a> {
    before: Side<'a>,
    after: Side<'a>,
    base: Cow<'a, Base>,
    renamed: RenamedTrusts,
    today: Date,
}

impl<'a> Both<'a> {
    fn of(old: &'a Rules, new: &'a Rules, base: &'a Base, today: Date) -> Self {
        let renamed = new.register.renamed_since(&old.register);
        let mut base = Cow::Borrowed(base);
        if !renamed.is_empty() {
            base.to_mut().rename_trusts(&renamed);
        }
        let (before, after) = (Side::of(old, &base), Side::of(new, &base));
        Self { before, after, base, renamed, today }
    }

    /// The living grants, without those that are not approved again because they follow their unit or their trust.
    fn living_grants(&self) -> impl Iterator<Item = &Grant> {
        let all = self.base.people.values().flat_map(|known| known.grants.values());
        let living = all.filter(move |standing| standing.lives(self.today));
        living.map(|standing| &standing.grant).filter(move |grant| !self.follows(grant))
    }

    fn follows(&self, grant: &Grant) -> bool {
        let (before, after) = (&self.before.rules.register, &self.after.rules.register);
        self.renamed.contains_key(&grant.trust)
            || self.renamed.values().any(|now| *now == grant.trust)
            || before.trust_of(grant.key.unit) != after.trust_of(grant.key.unit)
    }
}
