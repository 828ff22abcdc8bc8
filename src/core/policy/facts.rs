//! The questions to the policies as plain values. No Cedar type is visible outside this module, and no person's id is
//! part of a question.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Span;
use jiff::civil::Date;
use serde::Serialize;

use crate::model::{ApplicationId, EmployerId, Identity, OfficeId, Position, RoleId, Staff, TrustId, UnitId};

/// The act that is done to an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// A new access is given.
    Grant,
    /// An accepted entry is changed.
    Change,
    /// An access is taken back.
    Revoke,
}

impl Act {
    /// The name of the action in the policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Change => "change",
            Self::Revoke => "revoke",
        }
    }
}

/// The base of the approver's authority: the offices they hold and the trusts they coordinate (R4–R9).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Approver {
    /// The offices in force.
    pub offices: BTreeSet<OfficeId>,
    /// The trusts where the approver holds the coordinator role in force (R6).
    pub coordinator_of: BTreeSet<TrustId>,
}

/// The facts about the applicant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Applicant {
    /// The group of staff: health, ICT or other (R15, R16, R43).
    pub staff: Staff,
    /// The employer, a trust or an ICT body.
    pub employer: EmployerId,
    /// The position of the applicant, where it matters (`lis`).
    pub position: Option<Position>,
    /// The offices the applicant holds in force at the base (R16, R19).
    pub offices: BTreeSet<OfficeId>,
    /// The applicant's other accesses, so that duties can be kept apart.
    pub others: BTreeSet<Other>,
}

/// Another access of the applicant, besides the one that is asked about. Either it was accepted, is not over and is not
/// removed by the same change, or the same change gives it. The days of the two overlap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Other {
    /// The application that it is for.
    pub application: ApplicationId,
    /// The role that it gives.
    pub role: RoleId,
    /// The unit that it is at.
    pub unit: UnitId,
    /// The trust of that unit.
    pub trust: TrustId,
}

/// The access applied for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Access {
    /// The application the access is for.
    pub application: ApplicationId,
    /// The unit the access is at.
    pub unit: UnitId,
    /// The role the access gives.
    pub role: RoleId,
    /// The person who applies for the access.
    pub applicant: Applicant,
}

/// How the approver checked the applicant's identity (R17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The approver knows the applicant.
    Known,
    /// The approver has contacted the applicant.
    Contacted,
    /// The approver is in doubt about the identity.
    Uncertain,
}

impl Certainty {
    /// The word for it in the policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Contacted => "contacted",
            Self::Uncertain => "uncertain",
        }
    }
}

impl From<&Identity> for Certainty {
    fn from(identity: &Identity) -> Self {
        match identity {
            Identity::Known => Self::Known,
            Identity::Contacted { .. } => Self::Contacted,
            Identity::Uncertain => Self::Uncertain,
        }
    }
}

/// How long the access lasts (R37).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stay {
    /// The access has no end date.
    Open,
    /// The access lasts this many months. A begun month counts as a whole month.
    Months(u32),
}

impl Stay {
    /// The stay from the first day to the last. A month ends on the same day of the month as the start day, so three
    /// months from 15 January last until 15 April.
    #[must_use]
    pub fn between(from: Date, until: Option<Date>) -> Self {
        let Some(until) = until else { return Self::Open };
        let years = i64::from(until.year()) - i64::from(from.year());
        let months = years * 12 + i64::from(until.month()) - i64::from(from.month());
        let months = months.max(0);
        // A file may name any year. A span too long for the calendar counts as one begun month more and never panics.
        let whole = Span::new().try_months(months).and_then(|span| from.checked_add(span));
        let begun = whole.map_or(true, |whole| until > whole);
        Self::Months(u32::try_from(months + i64::from(begun)).unwrap_or(u32::MAX))
    }
}

/// All other facts a decision depends on. The host counts and compares them, not the policies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RequestFacts {
    /// Whether the approver is the applicant (R42).
    pub own: bool,
    /// Whether the request has already been used for a grant (R33).
    pub request_spent: bool,
    /// How the approver checked the identity (R17).
    pub identity: Certainty,
    /// Whether a change has a new approval. It is `true` for a new access (R37).
    pub approval_renewed: bool,
    /// The number of people with this role at this trust on the busiest day, after the whole change. It is 0 if the
    /// role is not counted (R21).
    pub holders_after_change: u32,
    /// The most people with this role that the trust may have (R21).
    pub most_holders: u32,
    /// Whether the trust has a coordinator in force other than the applicant (R18).
    pub own_coordinator: bool,
    /// How long the access lasts (R37).
    pub stay: Stay,
    /// The longest stay of a registrar in months (R37).
    pub max_lis_months: u32,
    /// Whether the review of the trust's user list is overdue by more than a month (R36).
    pub review_overdue: bool,
}

/// One question to the policies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PolicyQuestion {
    /// The act that is asked about.
    pub action: Act,
    /// The approver with their authority.
    pub approver: Approver,
    /// The access the act is about.
    pub access: Access,
    /// The other facts of the case.
    pub circumstances: RequestFacts,
}

/// Whether administrators act in their own case (R42, R44).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Concerned {
    /// The act is about the administrator.
    Oneself,
    /// The act is about another person or another thing.
    Another,
}

/// The numbers of people at a trust, for advice (R21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Counts {
    /// The number of people with access there, after the change.
    pub users: u32,
    /// The number of people who coordinate the trust, after the change.
    pub coordinators: u32,
    /// The number of people who coordinated the trust before the change.
    pub coordinators_before: u32,
}

/// An act a role may let its holder do. The schema lists these acts; see
/// [`Policies::capability_acts`](super::Policies::capability_acts).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CapabilityAct(String);

impl CapabilityAct {
    pub(super) fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The name of the action in the policies.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CapabilityAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A course (forløp) that a person wants to work with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CourseRecord {
    /// The unit the course belongs to.
    pub unit: UnitId,
    /// Whether the course is about a real patient (R10).
    pub real_patient_data: bool,
    /// Whether registration is under way (R27).
    pub ongoing: bool,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn begun_months_count_whole_and_month_ends_are_clamped() {
        let months = |from, until| Stay::between(from, Some(until));
        assert_eq!(months(date(2026, 1, 15), date(2026, 4, 15)), Stay::Months(3));
        assert_eq!(months(date(2026, 1, 15), date(2026, 4, 16)), Stay::Months(4));
        assert_eq!(months(date(2026, 1, 15), date(2026, 4, 14)), Stay::Months(3));
        assert_eq!(months(date(2025, 11, 30), date(2026, 2, 28)), Stay::Months(3));
        assert_eq!(months(date(2025, 11, 30), date(2026, 3, 1)), Stay::Months(4));
        assert_eq!(months(date(2026, 1, 1), date(2026, 1, 1)), Stay::Months(0));
        assert_eq!(months(date(2026, 1, 1), date(2026, 1, 2)), Stay::Months(1));
        assert_eq!(months(date(2026, 5, 1), date(2026, 1, 1)), Stay::Months(0));
        assert_eq!(months(date(-9999, 1, 1), Date::MAX), Stay::Months(19_998 * 12 + 12));
        assert_eq!(Stay::between(date(2026, 1, 1), None), Stay::Open);
    }
}
