//! A case: what is asked, and the answer that is expected.

use std::collections::BTreeSet;

use crate::diag::Place;
use crate::model::{Right, TrustId};
use crate::policy::facts::{Approver, CapabilityAct, Concerned, Counts, CourseRecord, PolicyQuestion};

/// The question of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseQuestion {
    /// Asks whether an access may be granted, changed or revoked, or which advice there is on it.
    Access(Box<PolicyQuestion>),
    /// Asks whether this approver may sign that a trust's user list has been checked.
    Attest {
        /// The person who signs.
        approver: Approver,
        /// The trust whose list it is.
        trust: TrustId,
        /// Tells whether it is their own row.
        concerned: Concerned,
    },
    /// Asks which advice there is on a trust's user list.
    Inspect {
        /// The trust whose list it is.
        trust: TrustId,
        /// The numbers of people at the trust.
        counts: Counts,
    },
    /// Asks whether this approver counts towards a release.
    Release {
        /// The person who releases.
        approver: Approver,
        /// Tells whether it is their own case.
        concerned: Concerned,
    },
    /// Asks whether this approver may suspend.
    Suspend {
        /// The person who suspends.
        approver: Approver,
        /// Tells whether it is their own case.
        concerned: Concerned,
    },
    /// Asks whether a right lets its holder do something with a course.
    Capability {
        /// The act of the holder.
        act: CapabilityAct,
        /// The right in force.
        right: Right,
        /// The course of treatment that the act is about.
        record: CourseRecord,
    },
}

/// The answer that a case expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// The decision, and the policies that make it. These are the policies that forbid, or otherwise those that permit.
    /// The list is empty if nothing permits it.
    Decision {
        /// Tells whether the request should be allowed.
        allowed: bool,
        /// The policies that decide. It is `None` if any policy may decide, or none. A case may be written before the
        /// policy is corrected, and then it cannot name what will decide it.
        by: Option<BTreeSet<String>>,
    },
    /// All advice that is given.
    Advice(BTreeSet<String>),
}

/// One case of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyCase {
    /// The name, which no other case of the tree has.
    pub name: String,
    /// The place of the name.
    pub place: Place,
    /// The question to the policies.
    pub asked: CaseQuestion,
    /// The answer that the author expects.
    pub expected: Expected,
}
