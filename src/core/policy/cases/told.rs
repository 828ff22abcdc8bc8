//! Judges a case, and tells people if the policies give another answer than it expects.

use std::collections::BTreeSet;

use super::super::load::Policies;
use super::super::words;
use super::put::CaseOutcome;
use super::read::{Expected, PolicyCase};
use crate::diag::{Code, Finding, Text, quoted, text};
use crate::model::Register;
use crate::parse::reading::shown;

impl PolicyCase {
    /// Returns a finding if the policies give another answer than the case expects. An answer that could not be worked
    /// out is never as expected.
    #[must_use]
    pub fn judge(&self, policies: &Policies, register: &Register) -> Option<Finding> {
        let outcome = self.put(policies, register);
        let as_expected = match &self.expected {
            Expected::Decision { allowed, by } => {
                outcome.allowed == *allowed && by.as_ref().is_none_or(|by| outcome.policies == *by)
            }
            Expected::Advice(by) => outcome.policies == *by,
        };
        (!as_expected || !outcome.errors.is_empty()).then(|| broken(self, &outcome, policies))
    }
}

/// The finding about a broken expectation. It names the policies in which the two answers differ.
fn broken(case: &PolicyCase, outcome: &CaseOutcome, policies: &Policies) -> Finding {
    let nobody = BTreeSet::new();
    let (expected, by) = match &case.expected {
        Expected::Decision { allowed, by: Some(by) } => (decision(*allowed, by), by),
        Expected::Decision { allowed, by: None } => (by_whatever(*allowed), &nobody),
        Expected::Advice(by) => (advice(by), by),
    };
    let answered = match &case.expected {
        Expected::Decision { .. } => decision(outcome.allowed, &outcome.policies),
        Expected::Advice(_) => advice(&outcome.policies),
    };
    let name = shown(&case.name);
    let message = if outcome.errors.is_empty() {
        text!(
            with expected, answered;
            en: "the case `{name}` expects: {expected}. The policies answer: {answered}",
            nb: "testtilfellet `{name}` venter: {expected}. Tilgangsreglene svarer: {answered}"
        )
    } else {
        let why = words::why(&outcome.errors);
        text!(
            with expected, why;
            en: "the case `{name}` expects: {expected}. A policy could not be worked out: {why}",
            nb: "testtilfellet `{name}` venter: {expected}. En tilgangsregel kunne ikke regnes ut: {why}"
        )
    };
    let way_out = text!(
        en: "Correct the policy. If the rule itself has changed, correct the case, and let a reviewer see both.",
        nb: "Rett tilgangsregelen. Er selve regelen endret, retter du testtilfellet, og lar den som vurderer endringen, se begge."
    );
    let differ: Vec<String> = outcome.policies.symmetric_difference(by).cloned().collect();
    let rules: BTreeSet<&String> = differ.iter().flat_map(|id| policies.rules(id)).collect();
    let rules = rules.into_iter().cloned().collect();
    Finding::new(Code::PolicyCaseBroken, message, way_out).at(case.place.clone()).decided_by(rules, differ)
}

fn decision(allowed: bool, by: &BTreeSet<String>) -> Text {
    let by_whom = quoted(by);
    match (allowed, by.is_empty()) {
        (true, true) => text!(en: "allowed", nb: "tillatt"),
        (true, false) => text!(en: "allowed by {by_whom}", nb: "tillatt av {by_whom}"),
        (false, true) => {
            text!(en: "denied, since nothing permits it", nb: "avslått, siden ingenting tillater det")
        }
        (false, false) => text!(en: "denied by {by_whom}", nb: "avslått av {by_whom}"),
    }
}

fn by_whatever(allowed: bool) -> Text {
    if allowed {
        text!(en: "allowed, by whatever policy", nb: "tillatt, uansett av hvilken tilgangsregel")
    } else {
        text!(en: "denied, by whatever policy or by none", nb: "avslått, uansett av hvilken tilgangsregel, eller av ingen")
    }
}

fn advice(by: &BTreeSet<String>) -> Text {
    let by_whom = quoted(by);
    if by.is_empty() {
        text!(en: "no advice", nb: "ingen råd")
    } else {
        text!(en: "the advice {by_whom}", nb: "rådet {by_whom}")
    }
}
