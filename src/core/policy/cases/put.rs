//! Puts a case to the policies, with the same functions that decide about people.

use std::collections::BTreeSet;

use super::super::decide::{Advice, Decision};
use super::super::given::{self, PolicyRequest, UnknownPlace};
use super::super::load::Policies;
use super::read::{CaseQuestion, Expected, PolicyCase};
use crate::model::Register;

/// The answer of the policies to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOutcome {
    /// Tells whether the policies allow it. For advice it is `false`.
    pub allowed: bool,
    /// The policies that decided, or that advise.
    pub policies: BTreeSet<String>,
    /// Why a policy could not be worked out. Any error here breaks the case.
    pub errors: Vec<String>,
}

impl PolicyCase {
    /// Puts the case to these policies.
    #[must_use]
    pub fn put(&self, policies: &Policies, register: &Register) -> CaseOutcome {
        let advice = matches!(self.expected, Expected::Advice(_));
        match &self.asked {
            CaseQuestion::Access(question) if advice => advised(policies.advise(register, question)),
            CaseQuestion::Access(question) => decided(policies.decide(register, question)),
            CaseQuestion::Attest { approver, trust, concerned } => {
                decided(policies.may_attest(register, approver, trust, *concerned))
            }
            CaseQuestion::Inspect { trust, counts } => advised(policies.inspect(register, trust, *counts)),
            CaseQuestion::Release { approver, concerned } => {
                decided(policies.may_release(approver, *concerned))
            }
            CaseQuestion::Suspend { approver, concerned } => {
                decided(policies.may_suspend(approver, *concerned))
            }
            CaseQuestion::Capability { act, right, record } => {
                decided(policies.can(register, right, act, *record))
            }
        }
    }
}

/// Calls `ask` with the facts that Cedar gets for a case.
pub(super) fn with_given<R>(
    asked: &CaseQuestion,
    policies: &Policies,
    register: &Register,
    ask: impl FnOnce(&PolicyRequest<'_>) -> R,
) -> Result<R, UnknownPlace> {
    match asked {
        CaseQuestion::Access(question) => given::about_access(register, question, policies.others, ask),
        CaseQuestion::Attest { approver, trust, concerned } => {
            given::about_list_by(register, approver, (trust, *concerned), ask)
        }
        CaseQuestion::Inspect { trust, counts } => given::about_list(register, trust, *counts, ask),
        CaseQuestion::Release { approver, concerned } => {
            Ok(given::about_register("release", approver, *concerned, ask))
        }
        CaseQuestion::Suspend { approver, concerned } => {
            Ok(given::about_register("suspend", approver, *concerned, ask))
        }
        CaseQuestion::Capability { act, right, record } => {
            given::about_record(register, right, act.as_str(), *record, ask)
        }
    }
}

fn decided(decision: Decision) -> CaseOutcome {
    let policies = decision.determining.into_iter().collect();
    CaseOutcome { allowed: decision.allowed, policies, errors: decision.errors }
}

fn advised(advice: Advice) -> CaseOutcome {
    CaseOutcome { allowed: false, policies: advice.policies.into_iter().collect(), errors: advice.errors }
}
