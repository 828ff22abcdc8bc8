//! The organisation register: applications, units, trusts, offices and limits. All of it comes from
//! `desired-state/register.yaml`. No person or place is compiled into the program.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    AccountId, ApplicationId, EmployerId, Evidence, Handle, OfficeId, PersonId, RoleId, TrustId, UnitId,
};
use crate::text::{Text, text};

/// The kind of organisation that a folder of `desired-state` is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrustKind {
    /// A health trust (helseforetak) with patients.
    Trust,
    /// The national level, which has no patients of its own.
    National,
    /// A folder for test-only units.
    Test,
}

impl TrustKind {
    /// The word for it in the file and in the policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trust => "trust",
            Self::National => "national",
            Self::Test => "test",
        }
    }
}

/// A trust, or a folder that is used like one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// The display name. It may change.
    pub name: String,
    /// The kind: health trust, national or test.
    pub kind: TrustKind,
    /// The organisation number, nine digits. It is only displayed.
    pub org_no: Option<String>,
    /// Whether the register's own leadership is at this trust. Its coordinators are then not administrators (R4–R7).
    pub host: bool,
    /// The highest number of people who may hold the coordinator role here on one day (R21).
    pub most_coordinators: u32,
    /// The id the trust had before. Its folder, its units and everything accepted there move to the new id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previously: Option<TrustId>,
}

/// A unit. Its key in the register is its RESH id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// The display name. It may change.
    pub name: String,
    /// The trust it belongs to. A register coordinator (LC) at one unit of a trust sees all its units.
    pub trust: TrustId,
    /// First day of validity, if known.
    pub from: Option<Date>,
    /// Last day of validity, if it has closed.
    pub until: Option<Date>,
    /// The unit has no real patient data and is for technical staff only (R10, R11).
    pub test_only: bool,
    /// The unit has national data (R23).
    pub national: bool,
}

/// The settings of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRules {
    /// The name of the role that people see.
    pub name: String,
    /// Whether the policies get a count, per trust, of the people who hold the role.
    pub counted: bool,
}

/// The role that makes its holder user administrator of their own trust (R6, R7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coordinators {
    /// The role, such as `LC`.
    pub role: RoleId,
    /// The application in which the role must be held.
    pub application: ApplicationId,
}

/// An appointment of a person to an office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// The person who holds the office.
    pub person: PersonId,
    /// The display name of the person.
    pub name: String,
    /// The id of the office.
    pub office: OfficeId,
    /// The first day in office.
    pub from: Date,
    /// The last day in office, inclusive.
    pub until: Option<Date>,
    /// Whether the appointment is suspended. The person has no authority from that moment (R44).
    pub suspended: bool,
}

impl Appointment {
    /// Whether the person is in office on that day.
    #[must_use]
    pub fn in_office(&self, day: Date) -> bool {
        !self.suspended && self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// The number of people (counted per person and trust) who may lose or gain something before a release is needed
/// (laws: *removals have a budget*, *one door*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLimits {
    /// The number allowed per trust and pass, no matter how large the trust is.
    pub trust_least: u32,
    /// The share allowed per trust and pass, in per cent of its users.
    pub trust_percent: u32,
    /// The number allowed over all trusts per pass, no matter how many users there are.
    pub all_least: u32,
    /// The share allowed over all trusts per pass, in per cent of the users.
    pub all_percent: u32,
    /// The upper limit over all trusts per pass.
    pub all_most: u32,
}

impl BudgetLimits {
    /// The default limits for removals, when the register file gives none.
    pub const REMOVALS: Self =
        Self { trust_least: 2, trust_percent: 10, all_least: 3, all_percent: 5, all_most: 10 };

    /// The default limits for additions, when the register file gives none: a fifth of the people with access, at
    /// least 20.
    pub const ADDITIONS: Self =
        Self { trust_least: 20, trust_percent: 20, all_least: 20, all_percent: 20, all_most: 1_000_000 };

    /// The tighter of two limits, number by number.
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

    /// Returns how many people of a trust of this size may change in one pass. `used` is the number of changes in the last
    /// seven days.
    #[must_use]
    pub fn at_trust(&self, size: u32, used: u32) -> u32 {
        within_seven_days(share(self.trust_least, self.trust_percent, size), used)
    }

    /// The same for all trusts together.
    #[must_use]
    pub fn over_all(&self, size: u32, used: u32) -> u32 {
        within_seven_days(share(self.all_least, self.all_percent, size).min(self.all_most), used)
    }
}

fn share(least: u32, percent: u32, size: u32) -> u32 {
    least.max(size.saturating_mul(percent) / 100)
}

/// The limit for seven days is twice the limit for one pass.
fn within_seven_days(per_pass: u32, used: u32) -> u32 {
    per_pass.min(per_pass.saturating_mul(2).saturating_sub(used))
}

/// The condition for changed policies besides their approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofsAsked {
    /// They come into force only when this host remembers that their promises were proved here.
    Required,
}

/// Renamed trusts: the new id by the old id.
pub type RenamedTrusts = BTreeMap<TrustId, TrustId>;

/// A valid register file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// The short name of the register. It is part of every statement.
    pub id: String,
    /// The name of the register that people see.
    pub name: String,
    /// The IANA name of the time zone. A day begins at midnight in this zone.
    pub time_zone: String,
    /// Display names of the applications, by id.
    pub applications: BTreeMap<ApplicationId, String>,
    /// Trusts, and the folders that are used like trusts.
    pub trusts: BTreeMap<TrustId, Trust>,
    /// Units by RESH id.
    pub units: BTreeMap<UnitId, Unit>,
    /// Display names of the employers that are not trusts, by id.
    pub ict_bodies: BTreeMap<EmployerId, String>,
    /// The roles that can be given, by id.
    pub roles: BTreeMap<RoleId, RoleRules>,
    /// The role that makes its holder administrator of their own trust.
    pub coordinators: Coordinators,
    /// Display names of the offices, by id.
    pub offices: BTreeMap<OfficeId, String>,
    /// The appointments to the offices.
    pub appointments: Vec<Appointment>,
    /// The budget for removals.
    pub removal_limits: BudgetLimits,
    /// The budget for additions.
    pub addition_limits: BudgetLimits,
    /// The longest stay of a registrar, in months, before the end date must be set again (R37).
    pub max_lis_months: u32,
    /// The number of months between two checks of a trust's user list (R36).
    pub review_months: u32,
    /// The day from which reviews of the user lists are asked for. `None` if this register does not ask for them yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviews_from: Option<Date>,
    /// The evidence that approvals need.
    pub evidence: Evidence,
    /// Whether changed policies must be proved on the host before they are in force. `None` if the register asks for no
    /// proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proofs: Option<ProofsAsked>,
    /// Whether the files may have e-mail addresses.
    pub contact_in_git: bool,
    /// Accounts of the store that the program leaves alone (service accounts).
    pub ignored_accounts: BTreeSet<AccountId>,
    /// Accounts that were made by hand and belong to a person of the tree.
    pub adopted_accounts: BTreeMap<AccountId, PersonId>,
    /// People's names on the forge, for CODEOWNERS. No decision uses them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub code_owners: BTreeMap<PersonId, Handle>,
}

impl Register {
    /// A copy of the register in which every person has their new id.
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

    /// The trusts that have another id in this register than in the earlier one, by the old id.
    #[must_use]
    pub fn renamed_since(&self, before: &Self) -> RenamedTrusts {
        let renamed = self.trusts.iter().filter_map(|(id, trust)| {
            let old = trust.previously.as_ref().filter(|old| before.trusts.contains_key(*old))?;
            (!before.trusts.contains_key(id) && !self.trusts.contains_key(old))
                .then(|| (old.clone(), id.clone()))
        });
        renamed.collect()
    }

    /// A copy of the register with new trust ids. It is used to read files that already have the new ids.
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

    /// The trust that a unit belongs to.
    #[must_use]
    pub fn trust_of(&self, unit: UnitId) -> Option<&TrustId> {
        self.units.get(&unit).map(|unit| &unit.trust)
    }

    /// Whether a person can be employed there.
    #[must_use]
    pub fn is_employer(&self, employer: &EmployerId) -> bool {
        self.ict_bodies.contains_key(employer)
            || self.trusts.get(employer.as_str()).is_some_and(|trust| trust.kind == TrustKind::Trust)
    }

    /// The trust's name for display, or its id if the register does not know it.
    #[must_use]
    pub fn trust_name(&self, trust: &TrustId) -> String {
        self.trusts.get(trust).map_or_else(|| trust.to_string(), |known| known.name.clone())
    }

    /// The place that a limit is for: the name of the trust, or the whole register if no trust is named.
    #[must_use]
    pub fn place_of_limit(&self, trust: Option<&TrustId>) -> Text {
        match trust {
            Some(trust) => Text::same(self.trust_name(trust)),
            None => text!(en: "the whole register", nb: "hele registeret"),
        }
    }

    /// The unit's name for display, or its number if the register does not know it.
    #[must_use]
    pub fn unit_name(&self, unit: UnitId) -> String {
        self.units.get(&unit).map_or_else(|| unit.to_string(), |known| format!("{} ({unit})", known.name))
    }
}
