//! Asks the policies questions and returns answers with the policies that decided.
//!
//! **Any error in Cedar's diagnostics is a denial.** Cedar by itself skips a policy that fails, even a `forbid`. A
//! question that does not fit the schema is denied as well.

use cedar_policy::{Authorizer, Entities, PolicySet, Request, Response};
use serde::Serialize;

use super::facts::{Approver, CapabilityAct, Concerned, Counts, CourseRecord, PolicyQuestion};
use super::given::{self, PolicyRequest, UnknownPlace};
use super::load::Policies;
use super::promises::{NEVER, Promise};
use super::slices::Slices;
use crate::model::{Register, Right, TrustId};

/// The verdict of the policies on one question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Decision {
    /// Whether the policies allow it.
    pub allowed: bool,
    /// The ids of the policies that decided, in order. If a policy forbids, these are the policies that forbid;
    /// otherwise they are those that permit. The list is empty if no policy permits it.
    pub determining: Vec<String>,
    /// Why no policy could decide. Any error here is a denial.
    pub errors: Vec<String>,
}

impl Decision {
    pub(super) fn failed(error: impl ToString) -> Self {
        Self { allowed: false, determining: Vec::new(), errors: vec![error.to_string()] }
    }

    /// Reads Cedar's answer. An error in it is a denial.
    fn of(response: &Response) -> Self {
        let diagnostics = response.diagnostics();
        let mut errors: Vec<_> = diagnostics.errors().map(ToString::to_string).collect();
        errors.sort();
        let mut determining: Vec<_> =
            diagnostics.reason().map(|id| AsRef::<str>::as_ref(id).to_owned()).collect();
        determining.sort();
        let allowed = response.decision() == cedar_policy::Decision::Allow && errors.is_empty();
        Self { allowed, determining, errors }
    }
}

/// Advice that somebody should look at. Nothing is refused because of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Advice {
    /// The ids of the policies that advise, in order.
    pub policies: Vec<String>,
    /// Errors in advice that could not be worked out. They are always reported.
    pub errors: Vec<String>,
}

impl From<Decision> for Advice {
    fn from(decision: Decision) -> Self {
        Self { policies: decision.determining, errors: decision.errors }
    }
}

/// One question in Cedar's own form, so that only Cedar's work is left. It is used for measuring.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Cedar's decision maker.
    pub authorizer: Authorizer,
    /// The policies of the question's action.
    pub policies: PolicySet,
    /// The request, checked against the schema.
    pub request: Request,
    /// The entities of the request, checked against the schema.
    pub entities: Entities,
}

impl Prepared {
    /// Decides as [`Policies::decide`] does: any error is a denial.
    #[must_use]
    pub fn decide(&self) -> Decision {
        Decision::of(&self.authorizer.is_authorized(&self.request, &self.policies, &self.entities))
    }
}

impl Policies {
    /// Decides whether an access may be granted, changed or revoked.
    #[must_use]
    pub fn decide(&self, register: &Register, question: &PolicyQuestion) -> Decision {
        or_failed(given::about_access(register, question, self.others, |given| self.verdict(given)))
    }

    /// Returns the promises of what is never permitted that a question about an access belongs to. They decide nothing.
    /// If no policy permits an access, they tell people why.
    #[must_use]
    pub fn promised_never(&self, register: &Register, question: &PolicyQuestion) -> Vec<&Promise> {
        let Some(file) = self.promised.iter().find(|file| file.text.path.as_str() == NEVER) else {
            return Vec::new();
        };
        let never = file.set();
        let answer = given::about_access(register, question, self.others, |given| {
            match self.names.build(given, &self.checked) {
                Err(unfit) => Decision::failed(unfit),
                Ok((request, entities)) => {
                    Decision::of(&self.authorizer.is_authorized(&request, never, &entities))
                }
            }
        });
        let met = or_failed(answer).determining;
        self.promises().iter().filter(|promise| met.contains(&promise.id)).collect()
    }

    /// Returns the advice on an access.
    #[must_use]
    pub fn advise(&self, register: &Register, question: &PolicyQuestion) -> Advice {
        or_failed(given::about_access(register, question, self.others, |given| self.opinion(given))).into()
    }

    /// Returns the advice on a trust's user list (R21).
    #[must_use]
    pub fn inspect(&self, register: &Register, trust: &TrustId, counts: Counts) -> Advice {
        or_failed(given::about_list(register, trust, counts, |given| self.opinion(given))).into()
    }

    /// Decides whether this approver may review a row of a trust's user list (R36): their own, or another person's.
    #[must_use]
    pub fn may_attest(
        &self,
        register: &Register,
        approver: &Approver,
        trust: &TrustId,
        concerned: Concerned,
    ) -> Decision {
        or_failed(given::about_list_by(register, approver, (trust, concerned), |given| self.verdict(given)))
    }

    /// Decides whether this approver counts towards a release of a protected change or of held removals (R44).
    #[must_use]
    pub fn may_release(&self, approver: &Approver, concerned: Concerned) -> Decision {
        given::about_register("release", approver, concerned, |given| self.verdict(given))
    }

    /// Decides whether this approver may suspend an appointment or revoke a key (R44).
    #[must_use]
    pub fn may_suspend(&self, approver: &Approver, concerned: Concerned) -> Decision {
        given::about_register("suspend", approver, concerned, |given| self.verdict(given))
    }

    /// Decides whether a right in force lets its holder do this act with a record (R10, R23–R29).
    #[must_use]
    pub fn can(
        &self,
        register: &Register,
        right: &Right,
        act: &CapabilityAct,
        record: CourseRecord,
    ) -> Decision {
        or_failed(given::about_record(register, right, act.as_str(), record, |given| {
            self.ask(&self.capabilities, given)
        }))
    }

    /// Prepares the question for Cedar, to measure how long Cedar itself takes.
    ///
    /// # Errors
    /// Returns an error text if the question does not fit the register or the schema.
    pub fn prepare(&self, register: &Register, question: &PolicyQuestion) -> Result<Prepared, String> {
        let prepared = given::about_access(register, question, self.others, |given| {
            self.names.build(given, &self.checked)
        });
        let (request, entities) =
            prepared.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        let policies = self.administration.for_action(question.action.as_str()).clone();
        Ok(Prepared { authorizer: Authorizer::clone(&self.authorizer), policies, request, entities })
    }

    pub(super) fn verdict(&self, given: &PolicyRequest<'_>) -> Decision {
        self.ask(&self.administration, given)
    }

    pub(super) fn opinion(&self, given: &PolicyRequest<'_>) -> Decision {
        self.ask(&self.advice, given)
    }

    /// Decides, and gives the advice as well if the decision allows. To build what Cedar is given costs more than to ask
    /// it, and whoever gets an allowed access asks for the advice on it.
    pub(super) fn verdict_with_advice(&self, given: &PolicyRequest<'_>) -> (Decision, Option<Advice>) {
        match self.names.build(given, &self.checked) {
            Err(unfit) => (Decision::failed(unfit), None),
            Ok(built) => {
                let decision = self.evaluated(&self.administration, given.action, &built);
                let advice =
                    decision.allowed.then(|| self.evaluated(&self.advice, given.action, &built).into());
                (decision, advice)
            }
        }
    }

    fn ask(&self, slices: &Slices, given: &PolicyRequest<'_>) -> Decision {
        match self.names.build(given, &self.checked) {
            Err(unfit) => Decision::failed(unfit),
            Ok(built) => self.evaluated(slices, given.action, &built),
        }
    }

    fn evaluated(
        &self,
        slices: &Slices,
        action: &str,
        (request, entities): &(Request, Entities),
    ) -> Decision {
        Decision::of(&self.authorizer.is_authorized(request, slices.for_action(action), entities))
    }
}

pub(super) fn or_failed(answer: Result<Decision, UnknownPlace>) -> Decision {
    answer.unwrap_or_else(Decision::failed)
}
