//! Finds words for the places of an example, and places of the register that are like them.
//!
//! A solver invents the ids of places, so for most places only the kind tells people something. If a policy names a
//! place, the example has its real id. Such a place has its name from the register, and a case uses it.

use super::example::{Example, FactsByName};
use crate::diag::{Text, text};
use crate::model::{Register, TrustId, TrustKind, UnitId};

/// The unit of the usual case in `policies/tests`. A case need not name its unit if this one would do.
const USUAL: UnitId = UnitId(100_089);

/// A place as an example describes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExamplePlace<'a> {
    /// The id of the trust in the example. The solver invented it, unless a policy names it.
    pub(super) trust: &'a str,
    /// The id of the unit, which is made up as well. It is empty if only a trust is asked about.
    unit: &'a str,
    kind: &'a str,
    host: bool,
}

impl<'a> ExamplePlace<'a> {
    /// The place below `trust` in these facts.
    pub(super) fn of(facts: FactsByName<'a>) -> Self {
        Self {
            trust: facts.id(&["trust", "id"]),
            unit: facts.id(&["unit", "id"]),
            kind: facts.id(&["trust", "kind"]),
            host: facts.is(&["trust", "host"]),
        }
    }

    /// The place in words: its name, if the register knows it.
    pub(super) fn words(self, register: &Register) -> Text {
        if let Some(name) = unit_or_trust_name(self.unit, self.trust, register) {
            return Text::same(name);
        }
        match (self.kind, self.host) {
            ("national", _) => text!(en: "the national unit", nb: "den nasjonale enheten"),
            ("test", _) => text!(en: "the test unit", nb: "testenheten"),
            (_, true) => text!(en: "the host trust", nb: "vertsforetaket"),
            (_, false) => text!(en: "a health trust", nb: "et helseforetak"),
        }
    }

    /// Returns whether the register has this very place, and not only places like it.
    pub(super) fn is_known(self, register: &Register) -> bool {
        named_unit(self.unit, register).is_some() || register.trusts.contains_key(self.trust)
    }

    /// The unit of the register that the example names, or one that is like it.
    pub(super) fn unit(self, register: &Register) -> Option<UnitId> {
        if let Some(unit) = named_unit(self.unit, register) {
            return Some(unit);
        }
        let is_named = register.trusts.contains_key(self.trust);
        let fits = |id: &TrustId| {
            let trust = register.trusts.get(id);
            let is_alike =
                trust.is_some_and(|trust| trust.kind.as_str() == self.kind && trust.host == self.host);
            if is_named { id.as_str() == self.trust } else { is_alike }
        };
        let open = register.units.iter().filter(|(_, unit)| unit.until.is_none() && fits(&unit.trust));
        let units: Vec<UnitId> = open.map(|(id, _)| *id).collect();
        units.iter().find(|unit| **unit == USUAL).or_else(|| units.first()).copied()
    }
}

/// The unit of the register with this id, if there is one.
pub(super) fn named_unit(id: &str, register: &Register) -> Option<UnitId> {
    register.units.keys().find(|unit| unit.to_string() == id).copied()
}

/// The name of a trust, with its id, if it is one of the register.
pub(super) fn trust_name(id: &str, register: &Register) -> Option<String> {
    register.trusts.get(id).map(|trust| format!("{} (`{id}`)", trust.name))
}

/// The name of a unit, or else of a trust, if it is one of the register.
pub(super) fn unit_or_trust_name(unit: &str, trust: &str, register: &Register) -> Option<String> {
    match named_unit(unit, register) {
        Some(unit) => Some(register.unit_name(unit)),
        None => trust_name(trust, register),
    }
}

/// An open unit of this trust.
pub(super) fn unit_at(trust: &str, register: &Register) -> Option<UnitId> {
    let mut open = register.units.iter().filter(|(_, unit)| unit.until.is_none());
    open.find(|(_, unit)| unit.trust.as_str() == trust).map(|(id, _)| *id)
}

/// The units of an example in the register's words: that of the access or the right, and its trust.
pub(super) fn unit_of(facts: FactsByName<'_>, register: &Register) -> Option<(UnitId, TrustId)> {
    let unit = ExamplePlace::of(facts).unit(register)?;
    Some((unit, register.trust_of(unit)?.clone()))
}

/// A unit at another health trust than this one.
pub(super) fn unit_elsewhere(register: &Register, not: &TrustId) -> Option<(UnitId, TrustId)> {
    at_health_trust(register, |trust| trust != not)
}

/// Returns a unit at a health trust that fits the condition.
fn at_health_trust(register: &Register, is_meant: impl Fn(&TrustId) -> bool) -> Option<(UnitId, TrustId)> {
    let fits = |trust: &TrustId| {
        let known = register.trusts.get(trust);
        is_meant(trust) && known.is_some_and(|known| known.kind == TrustKind::Trust && !known.host)
    };
    let mut open = register.units.iter().filter(|(_, unit)| unit.until.is_none());
    open.find(|(_, unit)| fits(&unit.trust)).map(|(id, unit)| (*id, unit.trust.clone()))
}

/// Another unit at the same trust, if there is one.
pub(super) fn another_unit(register: &Register, not: UnitId, trust: &TrustId) -> Option<UnitId> {
    let mut here = register.units.iter().filter(|(_, unit)| unit.until.is_none() && unit.trust == *trust);
    here.find(|(id, _)| **id != not).map(|(id, _)| *id)
}

/// The trusts that the principal coordinates, as trusts of the register: `here` is the trust of the example.
pub(super) fn coordinated(example: &Example, register: &Register, here: &TrustId) -> Option<Vec<TrustId>> {
    let of_example = ExamplePlace::of(example.resource()).trust;
    let mut trusts = Vec::new();
    for id in example.principal().ids(&["coordinatorOf"]) {
        // All other trusts that no policy names are equally good, because only their ids are known.
        let trust = match register.trusts.get_key_value(id) {
            _ if id == of_example => here.clone(),
            Some((known, _)) => known.clone(),
            None => unit_elsewhere(register, here)?.1,
        };
        if !trusts.contains(&trust) {
            trusts.push(trust);
        }
    }
    Some(trusts)
}

/// The trusts that the principal coordinates, for a question that is not about a place.
pub(super) fn coordinated_anywhere(example: &Example, register: &Register) -> Option<Vec<TrustId>> {
    let ids = example.principal().ids(&["coordinatorOf"]).into_iter();
    let trust = |id: &str| match register.trusts.get_key_value(id) {
        Some((known, _)) => Some(known.clone()),
        None => at_health_trust(register, |_| true).map(|(_, trust)| trust),
    };
    ids.map(trust).collect()
}
