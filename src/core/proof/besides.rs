//! The other accesses of the applicant in an example, at places of the register. A solver invents the units, and its
//! sets need not agree with its entries. So a value that only a set has becomes an access of its own.

use std::collections::BTreeSet;

use super::example::FactsByName;
use super::place::{another_unit, unit_elsewhere};
use crate::model::{ApplicationId, Register, RoleId, UnitId};
use crate::policy::Other;

/// Returns the applicant's other accesses. `unit` is the unit of the access that is applied for. It is `None` if the
/// register has no place for one of them.
pub(super) fn others(access: FactsByName<'_>, unit: UnitId, register: &Register) -> Option<BTreeSet<Other>> {
    let (here, trust) = (access.id(&["unit", "id"]), register.trust_of(unit)?);
    let at = |id: &str, same_trust: bool| -> Option<UnitId> {
        // A unit that a policy names is a unit of the register.
        let named = id.parse::<u32>().ok().map(UnitId).filter(|named| register.units.contains_key(named));
        match named {
            _ if id == here => Some(unit),
            Some(named) => Some(named),
            None if same_trust => another_unit(register, unit, trust),
            None => unit_elsewhere(register, trust).map(|(unit, _)| unit),
        }
    };
    let mut found: BTreeSet<Other> = BTreeSet::new();
    for entry in access.each(&["others", "entries"]) {
        let same_trust = entry.id(&["trust"]) == access.id(&["trust", "id"]);
        let place = at(entry.id(&["unit"]), same_trust)?;
        found.insert(other(entry.id(&["application"]), entry.id(&["role"]), place, register)?);
    }
    let mut roles = access.ids(&["others", "roles"]);
    roles.retain(|id| found.iter().all(|one| one.role.as_str() != *id));
    let mut applications = access.ids(&["others", "applications"]);
    applications.retain(|id| found.iter().all(|one| one.application.as_str() != *id));
    let mut units = Vec::new();
    for id in access.ids(&["others", "units"]) {
        let place = at(id, false)?;
        if found.iter().all(|one| one.unit != place) && !units.contains(&place) {
            units.push(place);
        }
    }
    for number in 0..roles.len().max(applications.len()).max(units.len()) {
        let application = nth(&applications, number).unwrap_or_else(|| access.id(&["application"]));
        let role = nth(&roles, number).unwrap_or_else(|| access.id(&["role"]));
        let place = match nth(&units, number) {
            Some(place) => place,
            None => unit_elsewhere(register, trust)?.0,
        };
        found.insert(other(application, role, place, register)?);
    }
    Some(found)
}

/// The item with this number, or the last one.
fn nth<T: Copy>(all: &[T], number: usize) -> Option<T> {
    all.get(number).or_else(|| all.last()).copied()
}

fn other(application: &str, role: &str, unit: UnitId, register: &Register) -> Option<Other> {
    Some(Other {
        application: ApplicationId::new(application).ok()?,
        role: RoleId::new(role).ok()?,
        unit,
        trust: register.trust_of(unit)?.clone(),
    })
}

/// Returns one of them as a case writes it.
pub(super) fn written(other: &Other, register: &Register) -> String {
    let Other { application, role, unit, .. } = other;
    if *application == register.coordinators.application {
        format!("{{role: {role}, unit: {unit}}}")
    } else {
        format!("{{application: {application}, role: {role}, unit: {unit}}}")
    }
}
