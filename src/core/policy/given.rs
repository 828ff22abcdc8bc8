//! Everything Cedar is given, described once as a plain value.
//!
//! This value has exactly two readers. The module `cedar` builds entities and request from it. [`PolicyRequest::key`] writes
//! it as canonical bytes, and a verdict may be remembered under those bytes. A fact that is not in this value reaches
//! neither.

use std::collections::BTreeSet;

use super::facts::{Approver, Concerned, Counts, CourseRecord, Other, PolicyQuestion, Stay};
use crate::model::{
    ApplicationId, OfficeId, Register, Right, RoleId, Trust, TrustId, TrustKind, Unit, UnitId,
};

mod key;

/// The entity types of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EntityKind {
    Access,
    Administrator,
    Application,
    Employer,
    Holder,
    Identity,
    Office,
    Record,
    Register,
    Role,
    Staff,
    Trust,
    TrustKind,
    Unit,
    UserList,
    Watch,
}

impl EntityKind {
    /// All types, in the order of their numbers.
    pub(super) const ALL: [(Self, &'static str); 16] = [
        (Self::Access, "Access"),
        (Self::Administrator, "Administrator"),
        (Self::Application, "Application"),
        (Self::Employer, "Employer"),
        (Self::Holder, "Holder"),
        (Self::Identity, "Identity"),
        (Self::Office, "Office"),
        (Self::Record, "Record"),
        (Self::Register, "Register"),
        (Self::Role, "Role"),
        (Self::Staff, "Staff"),
        (Self::Trust, "Trust"),
        (Self::TrustKind, "TrustKind"),
        (Self::Unit, "Unit"),
        (Self::UserList, "UserList"),
        (Self::Watch, "Watch"),
    ];
}

/// One fact about a principal, a resource or the context.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fact<'a> {
    /// An optional attribute that is missing.
    Absent,
    Is(bool),
    Count(u32),
    Text(&'a str),
    One(EntityKind, &'a str),
    Unit(UnitId),
    Offices(&'a BTreeSet<OfficeId>),
    Trusts(&'a BTreeSet<TrustId>),
    Record(&'a [NamedFact<'a>]),
    /// A set. Its members are given in order, so that the same set is always the same bytes.
    Set(&'a [Fact<'a>]),
}

/// A fact with its name in the schema.
pub(super) type NamedFact<'a> = (&'static str, Fact<'a>);

/// A principal or a resource, as its type and attributes. Its id is always the same, so no policy can name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct GivenEntity<'a> {
    pub(super) kind: EntityKind,
    pub(super) facts: &'a [NamedFact<'a>],
}

/// The principal, action, resource and context of one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct PolicyRequest<'a> {
    pub(super) principal: GivenEntity<'a>,
    pub(super) action: &'a str,
    pub(super) resource: GivenEntity<'a>,
    pub(super) context: &'a [NamedFact<'a>],
}

/// Why a question cannot be asked: the register does not know the place it is about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum UnknownPlace {
    #[error("`register.yaml` has no unit `{0}`")]
    Unit(UnitId),
    #[error("`register.yaml` has no trust `{0}`")]
    Trust(TrustId),
}

/// Tells whether the policies get the applicant's other accesses. The schema is in the folder of the policies. An older
/// schema has no word for this fact. Then no policy beside it can ask for it, and the question is asked as it was
/// before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// The schema has the word. So it is one of the facts, even if there are no other accesses.
    Told,
    /// The schema does not have it.
    Unknown,
}

/// Asks a question about an access.
pub(super) fn about_access<R>(
    register: &Register,
    question: &PolicyQuestion,
    told: Others,
    ask: impl FnOnce(&PolicyRequest<'_>) -> R,
) -> Result<R, UnknownPlace> {
    let PolicyQuestion { action, approver, access, circumstances } = question;
    let applicant = &access.applicant;
    let (unit, trust) = unit_and_trust(register, access.unit)?;
    let employer = applicant.employer.as_str();
    let (has_end, months) = match circumstances.stay {
        Stay::Open => (false, 0),
        Stay::Months(months) => (true, months),
    };
    let others = &applicant.others;
    let entries: Vec<_> = others.iter().map(other_facts).collect();
    let entries: Vec<Fact<'_>> = entries.iter().map(|facts| Fact::Record(facts)).collect();
    let roles: BTreeSet<&RoleId> = others.iter().map(|other| &other.role).collect();
    let roles: Vec<Fact<'_>> = roles.iter().map(|id| Fact::One(EntityKind::Role, id.as_str())).collect();
    let units: BTreeSet<UnitId> = others.iter().map(|other| other.unit).collect();
    let units: Vec<Fact<'_>> = units.iter().map(|id| Fact::Unit(*id)).collect();
    let applications: BTreeSet<&ApplicationId> = others.iter().map(|other| &other.application).collect();
    let applications: Vec<Fact<'_>> =
        applications.iter().map(|id| Fact::One(EntityKind::Application, id.as_str())).collect();
    let besides = [
        ("entries", Fact::Set(&entries)),
        ("roles", Fact::Set(&roles)),
        ("units", Fact::Set(&units)),
        ("applications", Fact::Set(&applications)),
    ];
    let besides = match told {
        Others::Told => Fact::Record(&besides),
        Others::Unknown => Fact::Absent,
    };
    Ok(ask(&PolicyRequest {
        principal: GivenEntity { kind: EntityKind::Administrator, facts: &approver_facts(approver) },
        action: action.as_str(),
        resource: GivenEntity {
            kind: EntityKind::Access,
            facts: &[
                ("application", Fact::One(EntityKind::Application, access.application.as_str())),
                ("role", Fact::One(EntityKind::Role, access.role.as_str())),
                ("unit", Fact::Record(&unit_facts(access.unit, unit))),
                ("trust", Fact::Record(&trust_facts(&unit.trust, trust))),
                ("staff", Fact::One(EntityKind::Staff, applicant.staff.as_str())),
                (
                    "employer",
                    Fact::Record(&[
                        ("id", Fact::One(EntityKind::Employer, employer)),
                        ("ictBody", Fact::Is(register.ict_bodies.contains_key(&applicant.employer))),
                        ("ownTrust", Fact::Is(employer == unit.trust.as_str())),
                    ]),
                ),
                ("position", applicant.position.as_ref().map_or(Fact::Absent, |at| Fact::Text(at.as_str()))),
                ("offices", Fact::Offices(&applicant.offices)),
                ("others", besides),
            ],
        },
        context: &[
            ("self", Fact::Is(circumstances.own)),
            ("requestSpent", Fact::Is(circumstances.request_spent)),
            ("identity", Fact::One(EntityKind::Identity, circumstances.identity.as_str())),
            ("approvalRenewed", Fact::Is(circumstances.approval_renewed)),
            ("holdersAfterChange", Fact::Count(circumstances.holders_after_change)),
            ("mostHolders", Fact::Count(circumstances.most_holders)),
            ("ownCoordinator", Fact::Is(circumstances.own_coordinator)),
            ("hasEnd", Fact::Is(has_end)),
            ("months", Fact::Count(months)),
            ("maxLisMonths", Fact::Count(circumstances.max_lis_months)),
            ("reviewOverdue", only_if(circumstances.review_overdue)),
        ],
    }))
}

/// Asks a question about a trust's user list for an administrator.
pub(super) fn about_list_by<R>(
    register: &Register,
    approver: &Approver,
    (trust, concerned): (&TrustId, Concerned),
    ask: impl FnOnce(&PolicyRequest<'_>) -> R,
) -> Result<R, UnknownPlace> {
    let known = register.trusts.get(trust).ok_or_else(|| UnknownPlace::Trust(trust.clone()))?;
    Ok(ask(&PolicyRequest {
        principal: GivenEntity { kind: EntityKind::Administrator, facts: &approver_facts(approver) },
        action: "attest",
        resource: GivenEntity {
            kind: EntityKind::UserList,
            facts: &[("trust", Fact::Record(&trust_facts(trust, known)))],
        },
        context: &[("self", only_if(concerned == Concerned::Oneself))],
    }))
}

/// Asks a question about a trust's user list without a particular person.
pub(super) fn about_list<R>(
    register: &Register,
    trust: &TrustId,
    counts: Counts,
    ask: impl FnOnce(&PolicyRequest<'_>) -> R,
) -> Result<R, UnknownPlace> {
    let known = register.trusts.get(trust).ok_or_else(|| UnknownPlace::Trust(trust.clone()))?;
    Ok(ask(&PolicyRequest {
        principal: GivenEntity { kind: EntityKind::Watch, facts: &[] },
        action: "inspect",
        resource: GivenEntity {
            kind: EntityKind::UserList,
            facts: &[("trust", Fact::Record(&trust_facts(trust, known)))],
        },
        context: &[
            ("users", Fact::Count(counts.users)),
            ("coordinators", Fact::Count(counts.coordinators)),
            ("coordinatorsBefore", Fact::Count(counts.coordinators_before)),
        ],
    }))
}

/// Asks a question about the register itself: `release` or `suspend`.
pub(super) fn about_register<R>(
    action: &'static str,
    approver: &Approver,
    concerned: Concerned,
    ask: impl FnOnce(&PolicyRequest<'_>) -> R,
) -> R {
    ask(&PolicyRequest {
        principal: GivenEntity { kind: EntityKind::Administrator, facts: &approver_facts(approver) },
        action,
        resource: GivenEntity { kind: EntityKind::Register, facts: &[] },
        context: &[("self", Fact::Is(concerned == Concerned::Oneself))],
    })
}

/// Asks what a right lets its holder do with a course of treatment.
pub(super) fn about_record<R>(
    register: &Register,
    right: &Right,
    action: &str,
    record: CourseRecord,
    ask: impl FnOnce(&PolicyRequest<'_>) -> R,
) -> Result<R, UnknownPlace> {
    let (unit, trust) = unit_and_trust(register, right.unit)?;
    let (at, _) = unit_and_trust(register, record.unit)?;
    Ok(ask(&PolicyRequest {
        principal: GivenEntity {
            kind: EntityKind::Holder,
            facts: &[
                ("application", Fact::One(EntityKind::Application, right.application.as_str())),
                ("role", Fact::One(EntityKind::Role, right.role.as_str())),
                ("unit", Fact::Record(&unit_facts(right.unit, unit))),
                ("trust", Fact::Record(&trust_facts(&unit.trust, trust))),
            ],
        },
        action,
        resource: GivenEntity {
            kind: EntityKind::Record,
            facts: &[
                ("unit", Fact::Unit(record.unit)),
                ("trust", Fact::One(EntityKind::Trust, at.trust.as_str())),
                ("realPatientData", Fact::Is(record.real_patient_data)),
                ("ongoing", Fact::Is(record.ongoing)),
            ],
        },
        context: &[],
    }))
}

/// A fact that is left out if it is false, so that policies from before there were reviews still fit.
fn only_if(holds: bool) -> Fact<'static> {
    if holds { Fact::Is(true) } else { Fact::Absent }
}

fn unit_and_trust(register: &Register, unit: UnitId) -> Result<(&Unit, &Trust), UnknownPlace> {
    let known = register.units.get(&unit).ok_or(UnknownPlace::Unit(unit))?;
    let trust = register.trusts.get(&known.trust).ok_or_else(|| UnknownPlace::Trust(known.trust.clone()))?;
    Ok((known, trust))
}

fn approver_facts(approver: &Approver) -> [NamedFact<'_>; 2] {
    let Approver { offices, coordinator_of } = approver;
    [("offices", Fact::Offices(offices)), ("coordinatorOf", Fact::Trusts(coordinator_of))]
}

fn other_facts(other: &Other) -> [NamedFact<'_>; 4] {
    let Other { application, role, unit, trust } = other;
    [
        ("application", Fact::One(EntityKind::Application, application.as_str())),
        ("role", Fact::One(EntityKind::Role, role.as_str())),
        ("unit", Fact::Unit(*unit)),
        ("trust", Fact::One(EntityKind::Trust, trust.as_str())),
    ]
}

fn unit_facts(id: UnitId, unit: &Unit) -> [NamedFact<'static>; 3] {
    [("id", Fact::Unit(id)), ("testOnly", Fact::Is(unit.test_only)), ("national", Fact::Is(unit.national))]
}

fn trust_facts<'a>(id: &'a TrustId, trust: &Trust) -> [NamedFact<'a>; 3] {
    let kind: TrustKind = trust.kind;
    [
        ("id", Fact::One(EntityKind::Trust, id.as_str())),
        ("kind", Fact::One(EntityKind::TrustKind, kind.as_str())),
        ("host", Fact::Is(trust.host)),
    ]
}
