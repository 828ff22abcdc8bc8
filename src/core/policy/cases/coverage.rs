//! Tells what the cases show about the policies, and what they leave open. A policy may decide no case. A condition may
//! be true in every case, or false in every one. Nobody would notice if such a condition were left out.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{AuthorizationError, Policy, PolicyId, PolicySet};

use super::super::load::Policies;
use super::super::place::PolicyText;
use super::conditions::{Parts, parts};
use super::put::with_given;
use super::read::PolicyCase;
use crate::diag::{Code, Finding, Place, text};
use crate::model::Register;

/// The coverage of the policies by the cases.
#[derive(Debug, Default)]
pub struct Coverage {
    /// The number of policies.
    pub policies: usize,
    /// The number of policies that decide at least one case.
    pub decided: usize,
    /// The number of conditions.
    pub conditions: usize,
    /// The number of conditions that were true in one case and false in another.
    pub both: usize,
    /// Advice about each policy and condition that is not among them.
    pub findings: Vec<Finding>,
}

/// One condition, or the head of its policy without a condition.
struct Probe<'p> {
    text: &'p PolicyText,
    policy: &'p str,
    start: usize,
    end: usize,
    seen_true: bool,
    seen_false: bool,
}

/// Computes the coverage of these cases.
#[must_use]
pub fn coverage(policies: &Policies, register: &Register, cases: &[PolicyCase]) -> Coverage {
    let decided: BTreeSet<String> =
        cases.iter().flat_map(|case| case.put(policies, register).policies).collect();
    let mut probes: BTreeMap<String, Probe<'_>> = BTreeMap::new();
    let mut asked = Vec::new();
    let mut coverage = Coverage::default();
    for (text, set) in &policies.texts {
        for policy in set.policies() {
            let id: &str = policy.id().as_ref();
            coverage.policies += 1;
            let Some((source, at)) = source(text, policy) else { continue };
            if !decided.contains(id) {
                coverage.findings.push(without_case(text, id, at));
                continue;
            }
            coverage.decided += 1;
            let Some(Parts { head, conditions }) = parts(&source) else { continue };
            let scope = source.get(head).unwrap_or_default();
            let name = |number: usize| format!("{id} {number:03}");
            asked.extend(probe(&name(0), scope, None));
            for (number, range) in (1..).zip(conditions) {
                let part = source.get(range.clone()).unwrap_or_default();
                let Some(policy) = probe(&name(number), scope, Some(part)) else { continue };
                asked.push(policy);
                let trimmed = part.trim_start();
                let start = at + range.start + (part.len() - trimmed.len());
                let end = start + trimmed.trim_end().len();
                let one = Probe { text, policy: id, start, end, seen_true: false, seen_false: false };
                probes.insert(name(number), one);
            }
        }
    }
    let set = PolicySet::from_policies(asked).unwrap_or_default();
    cases.iter().for_each(|case| watch(policies, register, case, &set, &mut probes));
    coverage.conditions = probes.len();
    for probe in probes.values() {
        match (probe.seen_true, probe.seen_false) {
            (true, true) => coverage.both += 1,
            (seen_true, _) => coverage.findings.push(one_sided(probe, seen_true)),
        }
    }
    coverage.findings.sort();
    coverage
}

/// The text of a policy and the byte of the file where it begins.
fn source(text: &PolicyText, policy: &Policy) -> Option<(String, usize)> {
    let source = policy.to_cedar()?;
    let at = text.words.find(&source)?;
    Some((source, at))
}

/// A policy that holds where this head and this condition do.
fn probe(name: &str, scope: &str, condition: Option<&str>) -> Option<Policy> {
    // A comment at the end of the condition ends with its line.
    let condition = condition.map_or_else(String::new, |part| format!(" when {{ {part}\n}}"));
    Policy::parse(Some(PolicyId::new(name)), format!("permit {scope}{condition};")).ok()
}

/// Notes which conditions are true for a case, and which are false. A condition may only be asked behind another one,
/// as in `resource has position && ...`. If the first one is false, it cannot be evaluated alone and counts as neither.
fn watch(
    policies: &Policies,
    register: &Register,
    case: &PolicyCase,
    set: &PolicySet,
    probes: &mut BTreeMap<String, Probe<'_>>,
) {
    let built =
        with_given(&case.asked, policies, register, |given| policies.names.build(given, &policies.checked));
    let Ok(Ok((request, entities))) = built else { return };
    let response = policies.authorizer.is_authorized(&request, set, &entities);
    let of = |id: &PolicyId| AsRef::<str>::as_ref(id).to_owned();
    let holds: BTreeSet<String> = response.diagnostics().reason().map(of).collect();
    let failed = response.diagnostics().errors().map(|error| match error {
        AuthorizationError::PolicyEvaluationError(error) => of(error.policy_id()),
    });
    let errs: BTreeSet<String> = failed.collect();
    for (name, probe) in probes {
        let concerned = holds.contains(&format!("{} 000", probe.policy));
        if holds.contains(name) {
            probe.seen_true = true;
        } else if concerned && !errs.contains(name) {
            probe.seen_false = true;
        }
    }
}

fn without_case(text: &PolicyText, id: &str, at: usize) -> Finding {
    let message = text!(en: "no case is decided by `{id}`", nb: "ingen testtilfeller avgjøres av `{id}`");
    let way_out = text!(
        en: "Write a case in `policies/tests` in which this policy decides.",
        nb: "Skriv et testtilfelle i `policies/tests` der denne tilgangsregelen avgjør."
    );
    let line = text.words.get(at..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
    Finding::new(Code::PolicyWithoutCase, message, way_out)
        .at(Place::span(&text.path, &text.words, at, at + line))
        .decided_by(Vec::new(), vec![id.to_owned()])
}

fn one_sided(probe: &Probe<'_>, seen_true: bool) -> Finding {
    let id = probe.policy;
    let message = if seen_true {
        text!(
            en: "this condition of `{id}` is true in every case",
            nb: "dette vilkåret i `{id}` er sant i alle testtilfellene"
        )
    } else {
        text!(
            en: "this condition of `{id}` is true in no case",
            nb: "dette vilkåret i `{id}` er ikke sant i noe testtilfelle"
        )
    };
    let way_out = text!(
        en: "Write a case in which it is the other way round, so that whoever leaves the condition out is told.",
        nb: "Skriv et testtilfelle der det er omvendt, slik at den som utelater vilkåret, får vite det."
    );
    Finding::new(Code::ConditionOneSided, message, way_out)
        .at(Place::span(&probe.text.path, &probe.text.words, probe.start, probe.end))
        .decided_by(Vec::new(), vec![id.to_owned()])
}
