//! An access grant: one entry of one person's file, with who approved it and, perhaps, who took it back.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{ApplicationId, PersonId, RenamedTrusts, RequestId, Right, RoleId, TrustId, UnitId, Vouched};

/// What makes a grant the same grant: an application request serves one grant per person, application and unit,
/// once (R33).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GrantKey {
    /// Who is given access.
    pub person: PersonId,
    /// To which application.
    pub application: ApplicationId,
    /// At which unit.
    pub unit: UnitId,
    /// On which application request (R12).
    pub request: RequestId,
}

/// How the approver knows that the applicant is who the application says (R17).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// The approver knows the applicant.
    Known,
    /// The approver has contacted the applicant.
    Contacted {
        /// By what means, such as `phone`.
        channel: String,
        /// On which day.
        on: Date,
    },
    /// The approver is in doubt; such a grant is denied.
    Uncertain,
}

/// Who approved, when, and how sure of the identity (R14, R17). A claim, not proof.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Approval {
    /// The user administrator who looked at the application.
    pub by: PersonId,
    /// The day of the decision.
    pub on: Date,
    /// How the applicant's identity was made sure of.
    pub identity: Identity,
}

/// An access taken back at once, before or without its file being deleted (R45).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Revocation {
    /// The day it was written.
    pub on: Date,
    /// Who took it back.
    pub by: PersonId,
    /// Why, in a few words that say nothing about health.
    pub reason: String,
}

/// One access entry, valid: every id in it exists in the register it was read with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Person, application, unit and request.
    pub key: GrantKey,
    /// The trust in whose folder the entry stands; the unit belongs to it.
    pub trust: TrustId,
    /// The role given.
    pub role: RoleId,
    /// First day, Europe/Oslo.
    pub from: Date,
    /// Last day, inclusive; `None` where the position allows an open end.
    pub until: Option<Date>,
    /// Who approved.
    pub approval: Approval,
    /// Set when the access has been taken back; it never comes alive again (R33).
    pub revoked: Option<Revocation>,
    /// What the approver vouched for about the person.
    pub vouched: Vouched,
}

impl Grant {
    /// Whether the grant gives access on that day.
    #[must_use]
    pub fn in_force(&self, day: Date) -> bool {
        self.from <= day && !self.is_over(day)
    }

    /// Whether the grant gives access on no day from this one on.
    #[must_use]
    pub fn is_over(&self, day: Date) -> bool {
        self.revoked.is_some() || self.until.is_some_and(|until| until < day)
    }

    /// Names trust and employer by new ids of theirs.
    pub fn follow(&mut self, renamed: &RenamedTrusts) {
        if let Some(new) = renamed.get(&self.trust) {
            self.trust.clone_from(new);
        }
        self.vouched.follow(renamed);
    }

    /// The right it gives while in force.
    #[must_use]
    pub fn right(&self) -> Right {
        Right { application: self.key.application.clone(), unit: self.key.unit, role: self.role.clone() }
    }
}
