//! Says who could release something, today and on the days to come: by the rules, by what was accepted, and by what a
//! change takes away.
//!
//! An office alone is not always enough. Under `evidence: signature` a release takes a key that counts on that day. Under
//! `evidence: forge` it takes an account that the register knows, or a key for a release on the host.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::super::authority::TakenAccess;
use super::super::{Authority, Rules};
use crate::change::{Base, Removal};
use crate::evidence::namespace;
use crate::model::{Evidence, PersonId};
use crate::policy::Concerned;

/// The number of national administrators who can release what is held.
pub(super) const NEEDED: usize = 2;

/// A change is refused, and an end is told, for this many days ahead.
const AHEAD: i64 = 60;

/// The national administrators with authority: the people who may release, by the policies.
#[must_use]
pub fn administrators(rules: &Rules, authority: &Authority) -> BTreeSet<PersonId> {
    authorised_people(rules, authority).cloned().collect()
}

/// Asks the policies about one person after the other. Asking about all takes long when two are enough.
fn authorised_people<'a>(rules: &'a Rules, authority: &'a Authority) -> impl Iterator<Item = &'a PersonId> {
    let may = |approver| rules.policies.may_release(approver, Concerned::Another).allowed;
    authority.iter().filter(move |(_, approver)| may(approver)).map(|(person, _)| person)
}

/// What decides who could release something: the rules, what was accepted, and the removals of a change.
#[derive(Debug)]
pub(super) struct Prospect<'a> {
    rules: &'a Rules,
    base: &'a Base,
    taken: TakenAccess<'a>,
}

impl<'a> Prospect<'a> {
    pub(super) fn of(rules: &'a Rules, base: &'a Base, takes: &'a [Removal]) -> Self {
        let taken = takes.iter().map(|removal| (&removal.key, removal.until)).collect();
        Self { rules, base, taken }
    }

    fn authority(&self, day: Date) -> Authority {
        Authority::after(&self.rules.register, self.base, &self.taken, &[day])
    }

    /// The national administrators in office on a day.
    pub(super) fn in_office(&self, day: Date) -> BTreeSet<PersonId> {
        administrators(self.rules, &self.authority(day))
    }

    /// Whether fewer than two national administrators are in office on a day.
    pub(super) fn is_short_on(&self, day: Date) -> bool {
        authorised_people(self.rules, &self.authority(day)).take(NEEDED).count() < NEEDED
    }

    /// The national administrators in office on a day who can also show that they approve, by the register's evidence.
    pub(super) fn able(&self, day: Date) -> BTreeSet<PersonId> {
        self.able_among(&self.in_office(day), day)
    }

    /// Those of these people who can show on a day that they approve.
    pub(super) fn able_among(&self, people: &BTreeSet<PersonId>, day: Date) -> BTreeSet<PersonId> {
        let those = |can: &dyn Fn(&PersonId) -> bool| -> BTreeSet<PersonId> {
            people.iter().filter(|person| can(person)).cloned().collect()
        };
        let signing = || those(&|person: &PersonId| self.signs(person, day));
        match &self.rules.register.evidence {
            Evidence::Declared => people.clone(),
            Evidence::Signature => signing(),
            Evidence::Forge(forge) => {
                let reviewing =
                    those(&|person: &PersonId| forge.accounts.values().any(|known| known == person));
                if reviewing.len() >= NEEDED {
                    return reviewing;
                }
                let signing = signing();
                if signing.len() >= NEEDED { signing } else { reviewing }
            }
        }
    }

    /// Whether a person has a key that counts on a day.
    fn signs(&self, person: &PersonId, day: Date) -> bool {
        let (signers, namespace) = (&self.rules.signers, namespace(&self.rules.register.id));
        signers.keys_of(person).any(|key| signers.counts(key, &namespace, person, &[day]).is_ok())
    }

    /// Today, and each day within the next sixty before which something ends: an appointment, an access or a key of
    /// somebody who is appointed, or an access that the change shortens.
    pub(super) fn days(&self, today: Date) -> BTreeSet<Date> {
        let Rules { register, signers, .. } = self.rules;
        let people: BTreeSet<&PersonId> = register.appointments.iter().map(|one| &one.person).collect();
        let appointments = register.appointments.iter().filter_map(|appointment| appointment.until);
        let known = people.iter().filter_map(|person| self.base.people.get(*person));
        let accesses =
            known.flat_map(|known| known.grants.values()).filter_map(|standing| standing.grant.until);
        let keys = people.iter().flat_map(|person| signers.ends_of(person));
        let taken = self.taken.values().copied().flatten();
        let last = today.checked_add(AHEAD.days()).unwrap_or(Date::MAX);
        let ends = appointments.chain(accesses).chain(keys).chain(taken);
        let after = ends.filter_map(|end| end.tomorrow().ok());
        after.filter(|day| today < *day && *day <= last).chain([today]).collect()
    }

    /// The first day, today or within sixty days, on which fewer than two national administrators are in office.
    pub(super) fn short_from(&self, today: Date) -> Option<Date> {
        self.days(today).into_iter().find(|day| self.is_short_on(*day))
    }

    /// Whether the change takes an access from somebody who has authority or is appointed.
    pub(super) fn takes_from_authority(&self, today: Date) -> bool {
        let register = &self.rules.register;
        let before = Authority::on(register, self.base, &[today]);
        let appointed = |person: &PersonId| register.appointments.iter().any(|one| one.person == *person);
        self.taken.keys().any(|key| before.knows(&key.person) || appointed(&key.person))
    }
}
