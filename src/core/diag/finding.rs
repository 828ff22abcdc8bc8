//! The one diagnostic value.

use serde::Serialize;

use super::{Code, Exit, Place, Severity, Text};

/// Something a person should know about, with a way out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Where; `None` where no file is concerned.
    pub place: Option<Place>,
    /// How grave.
    pub severity: Severity,
    /// Stable name of the kind of finding.
    pub code: Code,
    /// What is wrong, one sentence.
    pub message: Text,
    /// What to do next, one sentence.
    pub way_out: Text,
    /// Rules of the procedure that decided (`R15`).
    pub rules: Vec<String>,
    /// Policies that decided, by id.
    pub policies: Vec<String>,
}

impl Finding {
    /// A finding of this kind, with the kind's own severity.
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
        }
    }

    /// Points it at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        // What may never be written down is not written into logs and annotations either.
        self.place = Some(if self.code == Code::PersonalNumber { place.covered() } else { place });
        self
    }

    /// Makes it an error where it would otherwise be less.
    #[must_use]
    pub fn error(mut self) -> Self {
        self.severity = Severity::Error;
        self
    }

    /// Says that something waits because of it.
    #[must_use]
    pub fn held(mut self) -> Self {
        self.severity = Severity::Held;
        self
    }

    /// Names the rules and policies that decided.
    #[must_use]
    pub fn decided_by(mut self, rules: Vec<String>, policies: Vec<String>) -> Self {
        self.rules = rules;
        self.policies = policies;
        self
    }

    /// The exit code a finding leads to.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self.severity {
            Severity::Error => Exit::Findings,
            Severity::Held => Exit::Held,
            Severity::Advice => Exit::Ok,
            Severity::Fatal => Exit::Failed,
        }
    }

    /// The exit code of a run with these findings.
    #[must_use]
    pub fn exit_of(findings: &[Self]) -> Exit {
        findings.iter().fold(Exit::Ok, |exit, finding| exit.worst(finding.exit()))
    }
}
