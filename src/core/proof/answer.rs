//! The task that a prover gets, and its reply. The prover is another program, so both are written and read as JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::asked::ProofQuestion;
use super::example::Example;
use crate::diag::{Code, Text, text};

/// The version of task and reply. The answers of a prover with another version cannot be read, so nothing is proved
/// then.
pub const PROTOCOL: u32 = 7;

/// The task of a prover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofTask {
    /// The form of this task ([`PROTOCOL`]).
    pub protocol: u32,
    /// The path of the solver's program.
    pub solver: String,
    /// The longest time for one question, in seconds.
    pub seconds: u64,
    /// The most steps for one question, as the solver counts them. `None` sets no limit.
    pub steps: Option<u64>,
    /// The policies and the promises, by their paths.
    pub files: BTreeMap<String, String>,
    /// The earlier policies, for a comparison. Without them the prover proves the promises of the set.
    pub before: Option<BTreeMap<String, String>>,
    /// The roles of the register, for a comparison role by role.
    pub roles: Vec<String>,
}

/// The form of a reply alone. It is read before the rest, because a reply of another form may have other fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct ReplyForm {
    /// The form of the reply ([`PROTOCOL`]).
    pub protocol: u32,
}

/// The reply of a prover.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The form of this reply ([`PROTOCOL`]).
    pub protocol: u32,
    /// The answers, if promises were to be proved.
    pub answers: Vec<ProofAnswer>,
    /// The differences that were looked for, if policies were to be compared.
    pub changes: Vec<PolicyDifference>,
    /// Why the task could not be begun.
    pub refused: Option<Text>,
}

/// The answer to one question about the set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProofAnswer {
    /// The question that the set of policies gives.
    pub asked: ProofQuestion,
    /// The result of the solver for this question.
    pub verdict: ProofVerdict,
}

/// The result of one question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofVerdict {
    /// It is as it should be, for every request.
    Holds,
    /// It is not, and here is a request that shows it, if there is one to show.
    Fails(Option<Box<Example>>),
    /// It is not known. This is never taken for a success.
    Unsure(Unsure),
}

/// Why something is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unsure {
    /// The solver could not be started.
    NoSolver(Text),
    /// The solver had not answered after this many seconds.
    OutOfTime(u64),
    /// The solver needs more steps than this number, which was the limit. The same solver needs the same number on
    /// every machine.
    OutOfSteps(u64),
    /// The solver said that it does not know.
    Unknown,
    /// The solver found no request where there is one, so nothing it says is believed.
    Blind,
    /// The solver was started and ended without an answer, or said something that is none.
    NoAnswer,
    /// Another failure. If another program or a library reported it, its words are quoted.
    Failed(Text),
}

impl Unsure {
    /// The reason in words.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::NoSolver(why) => text!(
                with why;
                en: "the solver could not be started: {why}",
                nb: "løseren kunne ikke startes: {why}"
            ),
            Self::OutOfTime(seconds) => text!(
                en: "the solver had not answered after {seconds} seconds",
                nb: "løseren hadde ikke svart etter {seconds} sekunder"
            ),
            Self::OutOfSteps(steps) => text!(
                en: "that needs more than {steps} steps of the solver",
                nb: "det trenger mer enn {steps} steg av løseren"
            ),
            Self::Unknown => text!(
                en: "the solver does not know, or ran out of its time",
                nb: "løseren vet det ikke, eller brukte opp tiden sin"
            ),
            Self::Blind => text!(
                en: "the solver finds no request where there is one, so nothing it says is believed",
                nb: "løseren finner ingen forespørsel der det finnes en, så ingenting den sier, blir trodd"
            ),
            Self::NoAnswer => text!(
                en: "the solver ended without an answer, or said something that is no answer",
                nb: "løseren sluttet uten å svare, eller sa noe som ikke er et svar"
            ),
            Self::Failed(why) => text!(
                with why;
                en: "the question could not be put to the solver: {why}",
                nb: "spørsmålet kunne ikke stilles til løseren: {why}"
            ),
        }
    }
}

impl Unsure {
    /// Returns what the user can do about the failure.
    #[must_use]
    pub fn way_out(&self) -> Text {
        match self {
            Self::NoSolver(_) | Self::OutOfTime(_) | Self::Unknown => Code::NotProved.next(),
            Self::Blind => text!(
                en: "Name cvc5 itself with `--solver`; what is first of that name on `PATH` is something else, or broken.",
                nb: "Oppgi cvc5 selv med `--solver`; det som er først med det navnet i `PATH`, er noe annet, eller ødelagt."
            ),
            Self::NoAnswer => text!(
                en: "Name cvc5 itself with `--solver`. If it is cvc5, it is broken, or was ended by the system: look whether the machine has memory enough.",
                nb: "Oppgi cvc5 selv med `--solver`. Er det cvc5, er den ødelagt, eller ble avsluttet av systemet: se om maskinen har nok minne."
            ),
            Self::OutOfSteps(_) => text!(
                en: "Say what it asks more simply, or give it more steps with `--solver-steps`. More time does not help.",
                nb: "Skriv det enklere, eller gi det flere steg med `--solver-steps`. Mer tid hjelper ikke."
            ),
            Self::Failed(_) => text!(
                en: "More time does not help. Say what the policy asks in other words, or report this with the policy.",
                nb: "Mer tid hjelper ikke. Skriv det tilgangsregelen spør om, med andre ord, eller meld fra om dette med tilgangsregelen."
            ),
        }
    }
}

/// Returns whether each question has exactly one answer, and there is no other answer.
#[must_use]
pub fn every_question_is_answered(asked: &[ProofQuestion], answers: &[ProofAnswer]) -> bool {
    let (questions, answered): (BTreeSet<&ProofQuestion>, BTreeSet<&ProofQuestion>) =
        (asked.iter().collect(), answers.iter().map(|answer| &answer.asked).collect());
    answers.len() == answered.len() && questions == answered
}

/// A way in which two sets of policies may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceWay {
    /// Something is permitted now that was not permitted before, or is advised now that was not advised before.
    More,
    /// Something is no longer permitted that was permitted before, or is no longer advised that was advised before.
    Less,
}

/// The result of one comparison of two sets of policies. It compares what they decide for one action and one role, or
/// when they give one advice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PolicyDifference {
    /// The kind of difference that was looked for.
    pub way: DifferenceWay,
    /// The id of the advice, if the comparison is about when it comes. `None` if the comparison is about decisions.
    pub advice: Option<String>,
    /// The action of the requests that were compared, as the schema calls it.
    pub action: String,
    /// The role, if the action is about one.
    pub role: Option<String>,
    /// The result. It holds if the sets do not differ. If they differ, the example is a request that shows it.
    pub verdict: ProofVerdict,
}
