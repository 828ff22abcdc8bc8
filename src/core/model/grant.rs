//! An access grant: one entry of a person's file, with its approval and, if the access was taken back, the revocation.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use self::field::GrantField;
use super::{ApplicationId, PersonId, RenamedTrusts, RequestId, Right, RoleId, TrustId, UnitId, Vouched};
use crate::planted::PlantedFault;

mod field;

/// The identity of a grant. An application request serves one grant per person, application and unit, and only once
/// (R33).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GrantKey {
    /// The person who is given access.
    pub person: PersonId,
    /// The application that the access is for.
    pub application: ApplicationId,
    /// The unit that the access is for.
    pub unit: UnitId,
    /// The application request that the access rests on (R12).
    pub request: RequestId,
}

/// How the approver has checked the applicant's identity (R17).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// The approver knows the applicant.
    Known,
    /// The approver has contacted the applicant.
    Contacted {
        /// The means of contact, such as `phone`.
        channel: String,
        /// The day of the contact.
        on: Date,
    },
    /// The approver is in doubt. Such a grant is denied.
    Uncertain,
}

/// The approver, the day, and how sure the approver is of the identity (R14, R17). This is a claim, not proof.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Approval {
    /// The user administrator who looked at the application.
    pub by: PersonId,
    /// The day of the decision.
    pub on: Date,
    /// How the applicant's identity was checked.
    pub identity: Identity,
}

impl Approval {
    /// Whether this is a new approval, different from the accepted one. An approval of an earlier day was given for an
    /// earlier text, so an older file was put back. One person approves an access once a day, so other words about the
    /// identity do not make a new approval.
    #[must_use]
    pub fn renews(&self, accepted: &Self) -> bool {
        let is_older = self.on < accepted.on && PlantedFault::OlderApprovalServes.is_planted();
        is_older || self.on > accepted.on || (self.on == accepted.on && self.by != accepted.by)
    }
}

/// A revocation: an access that is taken back at once, even if its file is not deleted (R45).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Revocation {
    /// The day it was written.
    pub on: Date,
    /// The person who took the access back.
    pub by: PersonId,
    /// The reason, in a few words that say nothing about health.
    pub reason: String,
}

/// One valid access entry. Every id in it exists in the register it was read with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Person, application, unit and request.
    pub key: GrantKey,
    /// The trust whose folder has the entry. The unit belongs to this trust.
    pub trust: TrustId,
    /// The role that is given.
    pub role: RoleId,
    /// The first day of access, by the time zone of the register.
    pub from: Date,
    /// The last day, inclusive. `None` means an open end, if the position allows one.
    pub until: Option<Date>,
    /// The approval of the entry.
    pub approval: Approval,
    /// Set when the access has been taken back. Such a grant never becomes active again (R33).
    pub revoked: Option<Revocation>,
    /// The facts about the person that the approver vouched for.
    pub vouched: Vouched,
}

impl Grant {
    /// A grant with an open end that nobody has taken back.
    #[must_use]
    pub fn new(
        key: GrantKey,
        (trust, role): (TrustId, RoleId),
        from: Date,
        approval: Approval,
        vouched: Vouched,
    ) -> Self {
        Self { key, trust, role, from, until: None, approval, revoked: None, vouched }
    }

    /// Returns the content of the entry without its approval, in the order of the file. `None` means that the entry does not
    /// have the key.
    ///
    /// Statements, files of people and reviews take the values from here. A new key must not change earlier signed
    /// texts. So it gets no line in `lines` if the entry does not have it.
    #[must_use]
    pub fn said(&self) -> [(GrantField, Option<String>); 6] {
        let Self { key, trust: _, role, from, until, approval: _, revoked: _, vouched: _ } = self;
        let GrantKey { person: _, application, unit, request } = key;
        [
            (GrantField::Application, Some(application.to_string())),
            (GrantField::Unit, Some(unit.to_string())),
            (GrantField::Role, Some(role.to_string())),
            (GrantField::From, Some(from.to_string())),
            (GrantField::Until, until.map(|until| until.to_string())),
            (GrantField::Request, Some(request.to_string())),
        ]
    }

    /// The lines of a statement. An entry without an end has the line `open`.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&'static str, String)> {
        let open = || "open".to_owned();
        self.said().into_iter().map(move |(field, value)| (field.key(), value.unwrap_or_else(open)))
    }

    /// Whether the grant gives access on that day.
    #[must_use]
    pub fn in_force(&self, day: Date) -> bool {
        self.from <= day && !self.is_over(day)
    }

    /// Whether the grant gives access on no day from this day on.
    #[must_use]
    pub fn is_over(&self, day: Date) -> bool {
        self.revoked.is_some() || self.until.is_some_and(|until| until < day)
    }

    /// Replaces old trust ids, of the trust and of the employer, by the new ids.
    pub fn follow(&mut self, renamed: &RenamedTrusts) {
        if let Some(new) = renamed.get(&self.trust) {
            self.trust.clone_from(new);
        }
        self.vouched.follow(renamed);
    }

    /// The right that the grant gives while it is in force.
    #[must_use]
    pub fn right(&self) -> Right {
        Right { application: self.key.application.clone(), unit: self.key.unit, role: self.role.clone() }
    }
}
