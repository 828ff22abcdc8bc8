//! The cases of `policies/tests/*.yaml`: the content of such a file, and how the policies are asked about it.
//!
//! A case gives only the facts that matter to it. All other facts are the usual ones: a nurse at Ahus, whom the
//! approver knows, applies for LU there, for half a year, on a fresh request.

use std::collections::BTreeSet;
use std::path::Path;

use portvakt_core::model::{
    ApplicationId, EmployerId, OfficeId, Position, Register, Right, RoleId, Staff, TrustId, UnitId,
};
use portvakt_core::policy::{
    Access, Act, Applicant, Approver, Certainty, Circumstances, Concerned, Counts, Policies, Question,
    Record, Stay,
};
use serde::Deserialize;

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    pub action: String,
    #[serde(default)]
    pub approver: By,
    #[serde(default)]
    pub access: For,
    #[serde(default)]
    pub context: Facts,
    /// For `attest` and `inspect`.
    pub trust: Option<String>,
    /// For `inspect`.
    pub counts: Option<Numbers>,
    /// For what a role lets its holder do.
    pub holder: Option<Held>,
    /// The course it is done with.
    pub record: Option<Course>,
    /// `allow` or `deny`; not for advice.
    pub expect: Option<Expect>,
    /// The policies that decide; empty where nothing permits it.
    #[serde(default)]
    pub decided_by: BTreeSet<String>,
    /// The advice expected; the case is put as advice when this is there.
    pub advice: Option<BTreeSet<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    Allow,
    Deny,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct By {
    offices: Vec<String>,
    coordinator_of: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct For {
    application: String,
    unit: u32,
    role: String,
    staff: Staff,
    employer: String,
    position: Option<String>,
    offices: Vec<String>,
}

impl Default for For {
    fn default() -> Self {
        Self {
            application: "smerteregisteret".to_owned(),
            unit: super::fixture::AHUS,
            role: "LU".to_owned(),
            staff: Staff::Health,
            employer: "ahus".to_owned(),
            position: None,
            offices: Vec::new(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    own: bool,
    request_spent: bool,
    identity: Sure,
    approval_renewed: bool,
    holders_after_change: u32,
    most_holders: u32,
    own_coordinator: bool,
    /// Months; `null` is an open end.
    stay: Option<u32>,
    max_lis_months: u32,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sure {
    Known,
    Contacted,
    Uncertain,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            own: false,
            request_spent: false,
            identity: Sure::Known,
            approval_renewed: true,
            holders_after_change: 0,
            most_holders: 2,
            own_coordinator: false,
            stay: Some(6),
            max_lis_months: 12,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    users: u32,
    coordinators: u32,
    before: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    #[serde(default = "register")]
    application: String,
    role: String,
    unit: u32,
}

fn register() -> String {
    "smerteregisteret".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Course {
    unit: u32,
    real_patient_data: bool,
    ongoing: bool,
}

/// What came out of a case.
pub struct Outcome {
    pub allowed: bool,
    pub policies: BTreeSet<String>,
    pub errors: Vec<String>,
}

/// Every case of every file, by file name.
pub fn all() -> Vec<(String, Case)> {
    let folder = Path::new(crate::ROOT).join("policies/tests");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        assert!(name.ends_with(".yaml"), "{name} is read by nobody");
        let text = std::fs::read_to_string(&path).unwrap();
        let list = parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!list.is_empty(), "{name} holds no case");
        cases.extend(list.into_iter().map(|case| (name.clone(), case)));
    }
    cases
}

pub fn parse(text: &str) -> Result<Vec<Case>, String> {
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}

impl Case {
    /// Puts the case.
    pub fn run(&self, policies: &Policies, register: &Register) -> Outcome {
        let advice = self.advice.is_some();
        match self.action.as_str() {
            "grant" | "change" | "revoke" if advice => given(policies.advise(register, &self.question())),
            "grant" | "change" | "revoke" => decided(policies.decide(register, &self.question())),
            "attest" => decided(policies.may_attest(register, &self.approver(), &self.trust())),
            "inspect" => {
                let numbers = self.counts.as_ref().expect("`inspect` needs `counts`");
                let counts = Counts {
                    users: numbers.users,
                    coordinators: numbers.coordinators,
                    coordinators_before: numbers.before,
                };
                given(policies.inspect(register, &self.trust(), counts))
            }
            "release" => decided(policies.may_release(&self.approver(), self.concerned())),
            "suspend" => decided(policies.may_suspend(&self.approver(), self.concerned())),
            capability => {
                let act = policies
                    .capability_acts()
                    .find(|act| act.as_str() == capability)
                    .unwrap_or_else(|| panic!("no such action: {capability}"));
                let holder = self.holder.as_ref().expect("a capability needs a `holder`");
                let course = self.record.as_ref().expect("a capability needs a `record`");
                let right = Right {
                    application: ApplicationId::new(&holder.application).unwrap(),
                    unit: UnitId(holder.unit),
                    role: RoleId::new(&holder.role).unwrap(),
                };
                let record = Record {
                    unit: UnitId(course.unit),
                    real_patient_data: course.real_patient_data,
                    ongoing: course.ongoing,
                };
                decided(policies.can(register, &right, act, record))
            }
        }
    }

    fn approver(&self) -> Approver {
        let trusts = self.approver.coordinator_of.iter().map(|id| TrustId::new(id).unwrap());
        Approver { offices: offices(&self.approver.offices), coordinator_of: trusts.collect() }
    }

    fn trust(&self) -> TrustId {
        TrustId::new(self.trust.as_ref().expect("this action needs a `trust`")).unwrap()
    }

    fn concerned(&self) -> Concerned {
        if self.context.own { Concerned::Oneself } else { Concerned::Another }
    }

    pub fn question(&self) -> Question {
        let (access, context) = (&self.access, &self.context);
        Question {
            action: match self.action.as_str() {
                "grant" => Act::Grant,
                "change" => Act::Change,
                _ => Act::Revoke,
            },
            approver: self.approver(),
            access: Access {
                application: ApplicationId::new(&access.application).unwrap(),
                unit: UnitId(access.unit),
                role: RoleId::new(&access.role).unwrap(),
                applicant: Applicant {
                    staff: access.staff,
                    employer: EmployerId::new(&access.employer).unwrap(),
                    position: access.position.as_ref().map(|position| Position::new(position).unwrap()),
                    offices: offices(&access.offices),
                },
            },
            circumstances: Circumstances {
                own: context.own,
                request_spent: context.request_spent,
                identity: match context.identity {
                    Sure::Known => Certainty::Known,
                    Sure::Contacted => Certainty::Contacted,
                    Sure::Uncertain => Certainty::Uncertain,
                },
                approval_renewed: context.approval_renewed,
                holders_after_change: context.holders_after_change,
                most_holders: context.most_holders,
                own_coordinator: context.own_coordinator,
                stay: context.stay.map_or(Stay::Open, Stay::Months),
                max_lis_months: context.max_lis_months,
            },
        }
    }
}

fn offices(ids: &[String]) -> BTreeSet<OfficeId> {
    ids.iter().map(|id| OfficeId::new(id).unwrap()).collect()
}

fn decided(decision: portvakt_core::policy::Decision) -> Outcome {
    let policies = decision.determining.into_iter().collect();
    Outcome { allowed: decision.allowed, policies, errors: decision.errors }
}

fn given(advice: portvakt_core::policy::Advice) -> Outcome {
    let policies: BTreeSet<_> = advice.policies.into_iter().collect();
    Outcome { allowed: !policies.is_empty(), policies, errors: advice.errors }
}
