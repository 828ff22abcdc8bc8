//! Lists the accepted grants that new rules would deny. They are not judged again by the new rules.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::change::Base;
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::{FilePath, Grant};
use crate::policy::Act;

use super::authority::coordinates;
use super::besides::Whole;
use super::findings::says;
use super::question::{Manner, question};
use super::{Authority, Rules};

/// Returns a finding for each living grant that the old rules permit and the new rules would deny, no matter who
/// approved it and when. What was accepted at a trust that gets another id follows it first.
#[must_use]
pub fn would_be_denied(old: &Rules, new: &Rules, base: &Base, today: Date) -> Vec<Finding> {
    let (before, after) = (&old.register, &new.register);
    let renamed = after.renamed_since(before);
    let mut followed = Cow::Borrowed(base);
    if !renamed.is_empty() {
        followed.to_mut().rename_trusts(&renamed);
    }
    let base = &*followed;
    // A grant that follows its unit or its trust is not approved again.
    let follows = |grant: &Grant| {
        renamed.contains_key(&grant.trust)
            || renamed.values().any(|now| *now == grant.trust)
            || before.trust_of(grant.key.unit) != after.trust_of(grant.key.unit)
    };
    let of = |rules: &Rules| {
        let mut authority = Authority::on_any_day(&rules.register);
        for standing in base.people.values().flat_map(|known| known.grants.values()) {
            if coordinates(&rules.register, &standing.grant) {
                authority.add(&standing.grant);
            }
        }
        authority
    };
    let (before, after) = (of(old), of(new));
    let manner = Manner { act: Act::Grant, spent: false, renewed: true, overdue: false };
    let mut findings = Vec::new();
    for standing in base.people.values().flat_map(|known| known.grants.values()) {
        let grant = &standing.grant;
        if !standing.lives(today) || follows(grant) {
            continue;
        }
        let ask = |rules: &Rules, authority: &Authority| {
            let whole = Whole::at(&rules.policies, base, grant, today);
            rules.decide(&question(&rules.register, authority, grant, manner, &grant.approval.by, &whole))
        };
        let verdict = ask(new, &after);
        if verdict.allowed || !ask(old, &before).allowed {
            continue;
        }
        let why = if verdict.determining.is_empty() {
            text!(en: "no policy permits it", nb: "ingen tilgangsregel tillater det")
        } else {
            Text::joined(verdict.determining.iter().map(|id| says(&new.policies, id)), " ")
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
        let path = FilePath::of_person(&grant.trust, &grant.key.person);
        let finding = Finding::new(Code::WouldBeDenied, message, way_out).at(Place::file(&path));
        let rules =
            verdict.determining.iter().flat_map(|id| new.policies.rules(id).iter().cloned()).collect();
        findings.push(finding.decided_by(rules, verdict.determining.clone()));
    }
    findings
}
