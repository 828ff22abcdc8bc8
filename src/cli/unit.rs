//! Finds the unit that a command is about by the RESH id, by the name, or by a part of the name.

use portvakt_author::fits;
use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::model::{Register, Unit, UnitId};
use portvakt_core::parse::{did_you_mean, nearest};
use portvakt_net::Typed;

/// Returns the unit that is meant.
///
/// # Errors
/// No unit fits, or several do. The finding names the possible ones.
pub(super) fn unit_meant(register: &Register, typed: &str) -> Result<UnitId, Finding> {
    let typed = typed.trim();
    if let Some(unit) = typed.parse().ok().map(UnitId).filter(|unit| register.units.contains_key(unit)) {
        return Ok(unit);
    }
    let units: Vec<(UnitId, &Unit)> = register.units.iter().map(|(id, unit)| (*id, unit)).collect();
    let found = fits(typed, &units, |one| vec![one.1.name.as_str()]);
    if let [(unit, _)] = found.as_slice() {
        return Ok(*unit);
    }
    let near = nearest(typed, register.units.values().map(|unit| unit.name.as_str()));
    let near = near.filter(|_| found.is_empty());
    let typed = Typed::from(typed);
    let message = if found.is_empty() {
        text!(en: "`{typed}` is no unit of this register", nb: "`{typed}` er ikke noen enhet i dette registeret")
    } else {
        text!(en: "`{typed}` fits several units", nb: "`{typed}` passer på flere enheter")
    };
    let shown: Vec<UnitId> = match found.as_slice() {
        [] => register.units.keys().copied().collect(),
        several => several.iter().map(|(unit, _)| *unit).collect(),
    };
    let names = shown.into_iter().map(|unit| register.unit_name(unit)).collect::<Vec<_>>().join(", ");
    let way_out = text!(
        en: "Give the RESH id or the name of one: {names}.",
        nb: "Oppgi RESH-nummeret eller navnet til én: {names}."
    );
    let way_out = match near {
        Some(near) => did_you_mean(near).and(way_out),
        None => way_out,
    };
    Err(Finding::new(Code::UnknownName, message, way_out))
}
