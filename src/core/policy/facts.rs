//! What is asked, as plain values: no Cedar type is seen above this room, and no person's id goes into it.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Span;
use jiff::civil::Date;
use serde::Serialize;

use crate::model::{ApplicationId, EmployerId, Identity, OfficeId, Position, RoleId, Staff, TrustId, UnitId};

/// What is done to an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// A new access.
    Grant,
    /// Something approved is changed.
    Change,
    /// An access is taken back.
    Revoke,
}

impl Act {
    /// The action's name in the policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Change => "change",
            Self::Revoke => "revoke",
        }
    }
}

/// What the approver's authority rests on at the base: offices held, and trusts coordinated (R4–R9).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Approver {
    /// Offices in force.
    pub offices: BTreeSet<OfficeId>,
    /// Trusts where the approver holds the coordinator role in force (R6).
    pub coordinator_of: BTreeSet<TrustId>,
}

/// What is known of the applicant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Applicant {
    /// Health, ICT or other (R15, R16, R43).
    pub staff: Staff,
    /// Trust or ICT body.
    pub employer: EmployerId,
    /// What the applicant works as, where it matters (`lis`).
    pub position: Option<Position>,
    /// Offices in force at the base (R16, R19).
    pub offices: BTreeSet<OfficeId>,
}

/// The access applied for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Access {
    /// To which application.
    pub application: ApplicationId,
    /// At which unit.
    pub unit: UnitId,
    /// In which role.
    pub role: RoleId,
    /// By whom.
    pub applicant: Applicant,
}

/// How the approver made sure of the applicant's identity (R17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The approver knows the applicant.
    Known,
    /// The approver has contacted the applicant.
    Contacted,
    /// In doubt.
    Uncertain,
}

impl Certainty {
    /// The word in the policies.
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
    /// No end date.
    Open,
    /// This many months, begun months counted whole.
    Months(u32),
}

impl Stay {
    /// The stay from the first day to the last; a last day on the start's day of the month ends the month, so
    /// three months from 15 January last to 15 April.
    #[must_use]
    pub fn between(from: Date, until: Option<Date>) -> Self {
        let Some(until) = until else { return Self::Open };
        let years = i64::from(until.year()) - i64::from(from.year());
        let months = years * 12 + i64::from(until.month()) - i64::from(from.month());
        let months = months.max(0);
        // Files may hold any year; a span too long for the calendar is a begun month more, never a panic.
        let whole = Span::new().try_months(months).and_then(|span| from.checked_add(span));
        let begun = whole.map_or(true, |whole| until > whole);
        Self::Months(u32::try_from(months + i64::from(begun)).unwrap_or(u32::MAX))
    }
}

/// All else a decision depends on, counted and compared by the host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Circumstances {
    /// Whether the approver is the applicant (R42).
    pub own: bool,
    /// Whether the application request has served its grant (R33).
    pub request_spent: bool,
    /// How the identity was made sure of (R17).
    pub identity: Certainty,
    /// Whether a change was approved anew; `true` for a new access (R37).
    pub approval_renewed: bool,
    /// Distinct people with this role at this trust on the busiest day after the whole change; 0 where the role
    /// is not counted (R21).
    pub holders_after_change: u32,
    /// How many the trust may have (R21).
    pub most_holders: u32,
    /// Whether the trust has a coordinator in force other than the applicant (R18).
    pub own_coordinator: bool,
    /// Length of the access (R37).
    pub stay: Stay,
    /// The longest stay of a registrar, in months (R37).
    pub max_lis_months: u32,
}

/// One thing to decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Question {
    /// What is done.
    pub action: Act,
    /// By whose authority.
    pub approver: Approver,
    /// To which access.
    pub access: Access,
    /// Under which circumstances.
    pub circumstances: Circumstances,
}

/// Whether an administrator acts in their own case (R42, R44).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Concerned {
    /// It is about the administrator.
    Oneself,
    /// It is about somebody or something else.
    Another,
}

/// What is counted at a trust, for advice (R21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Counts {
    /// People with access there, after the change.
    pub users: u32,
    /// People who coordinate it, after the change.
    pub coordinators: u32,
    /// People who coordinated it before the change.
    pub coordinators_before: u32,
}

/// Something a role may let its holder do. The schema lists them; see
/// [`Policies::capability_acts`](super::Policies::capability_acts).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CapabilityAct(String);

impl CapabilityAct {
    pub(super) fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The action's name in the policies.
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

/// A course (forløp) that somebody wants to do something with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Record {
    /// Where it belongs.
    pub unit: UnitId,
    /// Whether it is about a real patient (R10).
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
