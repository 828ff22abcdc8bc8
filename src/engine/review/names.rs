//! Looks up the names of people, units, applications and roles in the proposed files, the base and the register.

use portvakt_core::change::HeadFile;
use portvakt_core::decide::{Checked, CheckedChange};
use portvakt_core::model::{Grant, GrantKey, PersonId, Register, UnitId};

use super::value::{AccessPlace, Who};

/// Looks up the names of people, units, applications and roles.
pub(super) struct ShownNames<'a> {
    pub(super) checked: &'a Checked,
    pub(super) weighed: &'a CheckedChange,
    pub(super) register: &'a Register,
}

impl ShownNames<'_> {
    pub(super) fn who(&self, id: &PersonId) -> Who {
        let new = self.checked.head.files.get(id).and_then(|files| {
            files.values().find_map(|file| match file {
                HeadFile::Says { facts, .. } => Some(facts.name.as_str()),
                HeadFile::Held { .. } | HeadFile::Gone => None,
            })
        });
        let office = || self.register.appointments.iter().find(|held| held.person == *id);
        let name = new
            .or_else(|| office().map(|held| held.name.as_str()))
            .unwrap_or_else(|| self.weighed.base.name_of(id));
        Who { name: name.to_owned(), id: id.clone() }
    }

    /// Returns the person's name and id, or only the id if no name is known.
    pub(super) fn called(&self, id: &PersonId) -> String {
        let Who { name, id } = self.who(id);
        if name == id.as_str() { name } else { format!("{name} ({id})") }
    }

    pub(super) fn place(&self, grant: &Grant) -> AccessPlace {
        let register = self.register;
        let GrantKey { application, unit, .. } = &grant.key;
        AccessPlace {
            trust: register
                .trusts
                .get(&grant.trust)
                .map_or(grant.trust.as_str(), |trust| &trust.name)
                .to_owned(),
            folder: grant.trust.clone(),
            unit: unit_name(register, *unit),
            resh: *unit,
            application: application.clone(),
            application_name: register
                .applications
                .get(application)
                .map_or(application.as_str(), String::as_str)
                .to_owned(),
            role: grant.role.clone(),
            role_name: register
                .roles
                .get(&grant.role)
                .map_or(grant.role.as_str(), |role| &role.name)
                .to_owned(),
        }
    }
}

fn unit_name(register: &Register, unit: UnitId) -> String {
    register.units.get(&unit).map_or_else(|| unit.to_string(), |known| known.name.clone())
}
