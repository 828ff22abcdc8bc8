//! The authority of people, from what was accepted before: appointments in the register file and coordinator grants.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::{Base, KnownPerson, Standing};
use crate::model::{Grant, GrantKey, PersonId, Register, TrustId};
use crate::policy::Approver;

/// The accesses that a change takes away, each with its new last day. `None` means that the access is gone at once.
pub(super) type TakenAccess<'a> = BTreeMap<&'a GrantKey, Option<Date>>;

/// The authority of all people who have any.
#[derive(Debug, Clone, Default)]
pub struct Authority {
    people: BTreeMap<PersonId, Approver>,
    coordinators: BTreeMap<TrustId, BTreeSet<PersonId>>,
    /// Former ids that old approvals may name, for a tree that is judged by itself.
    renamed: BTreeMap<PersonId, PersonId>,
}

impl Authority {
    /// Returns the authority that holds on all of these days. A person has none if all their access is over, no matter
    /// what the register file says (R44).
    #[must_use]
    pub fn on(register: &Register, base: &Base, days: &[Date]) -> Self {
        Self::after(register, base, &TakenAccess::new(), days)
    }

    /// Returns the authority that would hold on all of these days after a change has taken these accesses away.
    pub(super) fn after(register: &Register, base: &Base, taken: &TakenAccess<'_>, days: &[Date]) -> Self {
        let lives = |standing: &Standing, day: Date| {
            let taken = taken.get(&standing.grant.key);
            standing.lives(day) && taken.is_none_or(|until| until.is_some_and(|until| day <= until))
        };
        let mut authority = Self::default();
        for appointment in &register.appointments {
            let known = base.people.get(&appointment.person);
            let left = known.is_some_and(|known| has_left(known, &lives, days))
                && !base.keeps.contains(&appointment.person);
            if !left && days.iter().all(|day| appointment.in_office(*day)) {
                authority.of_mut(&appointment.person).offices.insert(appointment.office.clone());
            }
        }
        for (person, known) in &base.people {
            for standing in known.grants.values() {
                let in_force = |day: &Date| lives(standing, *day) && standing.grant.from <= *day;
                if coordinates(register, &standing.grant) && days.iter().all(in_force) {
                    authority.coordinates(person, &standing.grant.trust);
                }
            }
        }
        authority
    }

    /// Returns the authority that may hold on any day: all that a tree can show without a base. Suspended
    /// appointments give none.
    #[must_use]
    pub fn on_any_day(register: &Register) -> Self {
        let mut authority = Self::default();
        for appointment in register.appointments.iter().filter(|appointment| !appointment.suspended) {
            authority.of_mut(&appointment.person).offices.insert(appointment.office.clone());
        }
        authority
    }

    /// Returns the same authority, with these former ids known too. Approvals that were given under a former id count
    /// for the person who had it.
    #[must_use]
    pub fn by_former_ids(self, renamed: &BTreeMap<PersonId, PersonId>) -> Self {
        Self { renamed: renamed.clone(), ..self }
    }

    /// The person an id means.
    #[must_use]
    pub fn meant<'a>(&'a self, person: &'a PersonId) -> &'a PersonId {
        self.renamed.get(person).unwrap_or(person)
    }

    /// Adds the coordinator authority that an accepted grant gives its holder. The caller checks that it is a
    /// coordinator grant.
    pub fn add(&mut self, grant: &Grant) {
        self.coordinates(&grant.key.person, &grant.trust);
    }

    /// The authority of one person. It is empty if the person has none.
    #[must_use]
    pub fn of(&self, person: &PersonId) -> Approver {
        self.people.get(self.meant(person)).cloned().unwrap_or_default()
    }

    /// Whether a person has any authority.
    #[must_use]
    pub fn knows(&self, person: &PersonId) -> bool {
        self.people.contains_key(self.meant(person))
    }

    /// Whether somebody other than this person coordinates the trust (R18).
    #[must_use]
    pub fn has_coordinator(&self, trust: &TrustId, besides: &PersonId) -> bool {
        self.coordinators.get(trust).is_some_and(|people| people.iter().any(|person| person != besides))
    }

    /// All people who have authority, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&PersonId, &Approver)> {
        self.people.iter()
    }

    fn coordinates(&mut self, person: &PersonId, trust: &TrustId) {
        self.of_mut(person).coordinator_of.insert(trust.clone());
        self.coordinators.entry(trust.clone()).or_default().insert(person.clone());
    }

    fn of_mut(&mut self, person: &PersonId) -> &mut Approver {
        self.people.entry(person.clone()).or_default()
    }
}

/// Whether holding this grant makes its holder user administrator of the trust (R6, R7).
#[must_use]
pub(super) fn coordinates(register: &Register, grant: &Grant) -> bool {
    grant.role == register.coordinators.role && grant.key.application == register.coordinators.application
}

fn has_left(known: &KnownPerson, lives: &dyn Fn(&Standing, Date) -> bool, days: &[Date]) -> bool {
    !known.grants.is_empty()
        && days.iter().any(|day| !known.grants.values().any(|standing| lives(standing, *day)))
}
