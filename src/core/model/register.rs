//! The organisation register: applications, units, trusts, offices, limits. All of it comes from
//! `desired-state/register.yaml`; nothing about people or places is compiled in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    AccountId, ApplicationId, EmployerId, Evidence, Handle, OfficeId, PersonId, RoleId, TrustId, UnitId,
};

/// What a folder of `desired-state` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrustKind {
    /// A health trust (helseforetak) with patients.
    Trust,
    /// The national level: no patients of its own.
    National,
    /// A folder for test-only units.
    Test,
}

impl TrustKind {
    /// The word in the file and in the policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trust => "trust",
            Self::National => "national",
            Self::Test => "test",
        }
    }
}

/// A trust, or a folder that stands in for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// For display; names change.
    pub name: String,
    /// Health trust, national or test.
    pub kind: TrustKind,
    /// Organisation number, nine digits; for display.
    pub org_no: Option<String>,
    /// Whether the register's own leadership sits here (R4–R7: its coordinators are no administrators).
    pub host: bool,
    /// How many people at most hold the coordinator role here on any one day (R21).
    pub most_coordinators: u32,
    /// The id the trust had before: its folder, its units and everything that was accepted there follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previously: Option<TrustId>,
}

/// A unit, named by its RESH id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// For display; names change.
    pub name: String,
    /// The trust it belongs to; LC of one unit of a trust sees them all.
    pub trust: TrustId,
    /// First day of validity, if known.
    pub from: Option<Date>,
    /// Last day of validity, if it has closed.
    pub until: Option<Date>,
    /// No real patient data, for technical staff only (R10, R11).
    pub test_only: bool,
    /// National data (R23).
    pub national: bool,
}

/// How many may hold a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRules {
    /// For display.
    pub name: String,
    /// Whether the people who hold it are counted per trust for the policies.
    pub counted: bool,
}

/// Whose holder is user administrator of their own trust (R6, R7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coordinators {
    /// The role, `LC`.
    pub role: RoleId,
    /// The application in which holding it counts.
    pub application: ApplicationId,
}

/// Somebody appointed to an office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// The person who holds the office.
    pub person: PersonId,
    /// For display.
    pub name: String,
    /// To what.
    pub office: OfficeId,
    /// First day.
    pub from: Date,
    /// Last day, inclusive.
    pub until: Option<Date>,
    /// Set when the appointment is suspended: no authority from that moment (R44).
    pub suspended: bool,
}

impl Appointment {
    /// Whether the office is held on that day.
    #[must_use]
    pub fn in_office(&self, day: Date) -> bool {
        !self.suspended && self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// How many people (person × trust) may lose something, or be given something, before somebody must release it (laws:
/// *removals have a budget*, *one door*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLimits {
    /// Per trust and pass, whatever its size.
    pub trust_least: u32,
    /// Per trust and pass, per cent of its users.
    pub trust_percent: u32,
    /// In all and per pass, whatever the size.
    pub all_least: u32,
    /// In all and per pass, per cent of the users.
    pub all_percent: u32,
    /// In all and per pass, never more.
    pub all_most: u32,
}

impl BudgetLimits {
    /// Those for removals where the register file says nothing.
    pub const REMOVALS: Self =
        Self { trust_least: 2, trust_percent: 10, all_least: 3, all_percent: 5, all_most: 10 };

    /// Those for additions where the register file says nothing: a fifth of those who have access, at least 20.
    pub const ADDITIONS: Self =
        Self { trust_least: 20, trust_percent: 20, all_least: 20, all_percent: 20, all_most: 1_000_000 };

    /// The tighter of two, number by number.
    #[must_use]
    pub fn tighter(&self, other: &Self) -> Self {
        Self {
            trust_least: self.trust_least.min(other.trust_least),
            trust_percent: self.trust_percent.min(other.trust_percent),
            all_least: self.all_least.min(other.all_least),
            all_percent: self.all_percent.min(other.all_percent),
            all_most: self.all_most.min(other.all_most),
        }
    }

    /// How many people of a trust of this size may change in one pass, when the last seven days have used so many.
    #[must_use]
    pub fn at_trust(&self, size: u32, used: u32) -> u32 {
        within_seven_days(share(self.trust_least, self.trust_percent, size), used)
    }

    /// The same over all trusts.
    #[must_use]
    pub fn over_all(&self, size: u32, used: u32) -> u32 {
        within_seven_days(share(self.all_least, self.all_percent, size).min(self.all_most), used)
    }
}

fn share(least: u32, percent: u32, size: u32) -> u32 {
    least.max(size.saturating_mul(percent) / 100)
}

/// Twice as many in seven days as in one pass.
fn within_seven_days(per_pass: u32, used: u32) -> u32 {
    per_pass.min(per_pass.saturating_mul(2).saturating_sub(used))
}

/// Trusts that have another id, by the one before.
pub type RenamedTrusts = BTreeMap<TrustId, TrustId>;

/// The register file, valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// Short name, part of every statement.
    pub id: String,
    /// For display.
    pub name: String,
    /// IANA name of the time zone whose midnight begins a day.
    pub time_zone: String,
    /// Applications by id, with display names.
    pub applications: BTreeMap<ApplicationId, String>,
    /// Trusts and the folders that stand in for them.
    pub trusts: BTreeMap<TrustId, Trust>,
    /// Units by RESH id.
    pub units: BTreeMap<UnitId, Unit>,
    /// Employers that are not trusts, with display names.
    pub ict_bodies: BTreeMap<EmployerId, String>,
    /// The roles that can be given, by id.
    pub roles: BTreeMap<RoleId, RoleRules>,
    /// Whose holder administers their own trust.
    pub coordinators: Coordinators,
    /// Offices by id, with display names.
    pub offices: BTreeMap<OfficeId, String>,
    /// Who holds them.
    pub appointments: Vec<Appointment>,
    /// How many may lose something.
    pub removal_limits: BudgetLimits,
    /// How many may be given something.
    pub addition_limits: BudgetLimits,
    /// Longest stay of a registrar before the end date must be set again (R37).
    pub max_lis_months: u32,
    /// Months between two checks of a trust's user list (R36).
    pub review_months: u32,
    /// What approvals must be evidenced by.
    pub evidence: Evidence,
    /// Whether e-mail addresses may stand in the files.
    pub contact_in_git: bool,
    /// Accounts of the store that are none of the program's business (service accounts).
    pub ignored_accounts: BTreeSet<AccountId>,
    /// Accounts made by hand that belong to a person of the tree.
    pub adopted_accounts: BTreeMap<AccountId, PersonId>,
    /// What the forge calls people, for CODEOWNERS. Nothing is judged by it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub code_owners: BTreeMap<PersonId, Handle>,
}

impl Register {
    /// The same, with everybody by the id they have now.
    #[must_use]
    pub fn knowing(&self, renamed: &BTreeMap<PersonId, PersonId>) -> Self {
        let mut register = self.clone();
        let now = |person: &mut PersonId| {
            if let Some(now) = renamed.get(person) {
                person.clone_from(now);
            }
        };
        register.appointments.iter_mut().for_each(|appointment| now(&mut appointment.person));
        register.adopted_accounts.values_mut().for_each(now);
        if let Evidence::Forge(settings) = &mut register.evidence {
            settings.accounts.values_mut().for_each(now);
        }
        let owners = std::mem::take(&mut register.code_owners);
        register.code_owners = owners
            .into_iter()
            .map(|(person, handle)| (renamed.get(&person).cloned().unwrap_or(person), handle))
            .collect();
        register
    }

    /// The trusts that have another id in this register than in the one before it, by the old one.
    #[must_use]
    pub fn renamed_since(&self, before: &Self) -> RenamedTrusts {
        let renamed = self.trusts.iter().filter_map(|(id, trust)| {
            let old = trust.previously.as_ref().filter(|old| before.trusts.contains_key(*old))?;
            (!before.trusts.contains_key(id) && !self.trusts.contains_key(old))
                .then(|| (old.clone(), id.clone()))
        });
        renamed.collect()
    }

    /// The same register with trusts under other ids: to read files that have them already.
    #[must_use]
    pub fn with_trusts_named(&self, renamed: &RenamedTrusts) -> Self {
        let mut register = self.clone();
        for (old, new) in renamed {
            if let Some(trust) = register.trusts.remove(old) {
                register.trusts.insert(new.clone(), trust);
            }
            for unit in register.units.values_mut().filter(|unit| unit.trust == *old) {
                unit.trust.clone_from(new);
            }
        }
        register
    }

    /// The trust of a unit.
    #[must_use]
    pub fn trust_of(&self, unit: UnitId) -> Option<&TrustId> {
        self.units.get(&unit).map(|unit| &unit.trust)
    }

    /// Whether somebody can be employed there.
    #[must_use]
    pub fn is_employer(&self, employer: &EmployerId) -> bool {
        self.ict_bodies.contains_key(employer)
            || self.trusts.get(employer.as_str()).is_some_and(|trust| trust.kind == TrustKind::Trust)
    }

    /// A unit's name for people, or its number where the register does not know it.
    #[must_use]
    pub fn unit_name(&self, unit: UnitId) -> String {
        self.units.get(&unit).map_or_else(|| unit.to_string(), |known| format!("{} ({unit})", known.name))
    }
}
