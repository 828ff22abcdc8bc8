//! The finding: the one value for everything the program reports.

use serde::Serialize;

use super::{Code, Exit, Place, Severity, Text};

/// A finding: something a person should know about, with the next step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The place in a file. `None` if the finding is not about a file.
    pub place: Option<Place>,
    /// How serious the finding is.
    pub severity: Severity,
    /// The stable code for the kind of finding.
    pub code: Code,
    /// The problem, in one sentence.
    pub message: Text,
    /// The next step, in one sentence.
    pub way_out: Text,
    /// The rules of the procedure that decided, such as `R15`.
    pub rules: Vec<String>,
    /// The ids of the policies that decided.
    pub policies: Vec<String>,
    /// The name that `register.yaml` does not have, as the message shows it. `None` if the finding is about something else.
    #[serde(skip)]
    pub missing: Option<Box<str>>,
}

impl Finding {
    /// Makes a finding of this kind, with the severity of the kind.
    #[must_use]
    pub fn new(code: Code, message: impl Into<Text>, way_out: impl Into<Text>) -> Self {
        Self {
            place: None,
            severity: code.severity(),
            code,
            message: message.into(),
            way_out: way_out.into(),
            rules: code.rules().iter().map(|rule| (*rule).to_owned()).collect(),
            policies: Vec::new(),
            missing: None,
        }
    }

    /// Sets the name that `register.yaml` does not have.
    #[must_use]
    pub fn missing(mut self, name: impl Into<Box<str>>) -> Self {
        self.missing = Some(name.into());
        self
    }

    /// Sets the place of the finding.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        // A national identity number or telephone number must not appear in logs and annotations either.
        self.place = Some(if self.code == Code::PersonalNumber { place.covered() } else { place });
        self
    }

    /// Sets the severity to error.
    #[must_use]
    pub fn error(mut self) -> Self {
        self.severity = Severity::Error;
        self
    }

    /// Marks the finding as advice: it stops nothing.
    #[must_use]
    pub fn advice(mut self) -> Self {
        self.severity = Severity::Advice;
        self
    }

    /// Marks the finding as held: something waits because of it.
    #[must_use]
    pub fn held(mut self) -> Self {
        self.severity = Severity::Held;
        self
    }

    /// Sets the rules and policies that decided.
    #[must_use]
    pub fn decided_by(mut self, rules: Vec<String>, policies: Vec<String>) -> Self {
        self.rules = rules;
        self.policies = policies;
        self
    }

    /// The exit code for this finding.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self.severity {
            Severity::Error => Exit::Findings,
            Severity::Held => Exit::Held,
            Severity::Advice => Exit::Ok,
            Severity::Fatal => Exit::Failed,
        }
    }

    /// The exit code for a run with these findings.
    #[must_use]
    pub fn exit_of(findings: &[Self]) -> Exit {
        findings.iter().fold(Exit::Ok, |exit, finding| exit.worst(finding.exit()))
    }
}
