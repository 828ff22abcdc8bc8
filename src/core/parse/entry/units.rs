//! Reads the unit of an entry, by its RESH number. It checks the unit's trust and the days on which the unit exists. A
//! finding names the units that could be meant.

use super::super::item::{Item, Read, put_in, whole_number};
use super::super::page::shown;
use super::super::walk::{At, Fields};
use super::super::{meant, suggest};
use super::Context;
use crate::diag::{Code, Finding, Text, text};
use crate::model::{Register, UnitId};

/// Reads the unit of an entry: a unit of the register, by its RESH number.
pub(in super::super) fn unit(item: &Item<'_, '_>, register: &Register) -> Read<UnitId> {
    let text = item.text()?;
    if let Some(unit) = whole_number(text).map(UnitId).filter(|unit| register.units.contains_key(unit)) {
        return Ok(unit);
    }
    let meant = meant::number(text, |number| register.units.contains_key(&UnitId(number))).map(UnitId);
    if let Some((number, unit)) = meant.and_then(|number| register.units.get_key_value(&number)) {
        let message = text!(
            en: "`{text}` is no RESH number.",
            nb: "`{text}` er ikke et RESH-nummer.";
            text = shown(text)
        );
        let way_out = suggest::write_for(number, &unit.name);
        return Err(item.wrong(Code::BadValue, message.and(put_in(text)), way_out));
    }
    let bare = meant::bare(text).to_lowercase();
    let named = register.units.iter().find(|(_, unit)| unit.name.to_lowercase() == bare);
    if let Some((number, unit)) = named {
        let message = text!(
            en: "`{text}` is the name of a unit; a unit is written by its RESH number.",
            nb: "`{text}` er navnet på en enhet; en enhet skrives med sitt RESH-nummer.";
            text = shown(text)
        );
        let way_out = suggest::write_for(number, &unit.name);
        return Err(item.wrong(Code::BadValue, message, way_out));
    }
    let numbers: Vec<String> = register.units.keys().map(ToString::to_string).collect();
    let ids: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let near = if suggest::several(text, &ids) {
        Some(suggest::one_each())
    } else {
        suggest::nearest(text, ids)
            .and_then(whole_number)
            .map(|near| register.unit_name(UnitId(near)))
            .map(meant::did_you_mean)
    };
    let all: Vec<String> = register.units.keys().map(|unit| register.unit_name(*unit)).collect();
    let all = all.join(", ");
    let has = text!(en: "The register has the units {all}.", nb: "Registeret har enhetene {all}.");
    let message = text!(
        en: "`{text}` is not in `register.yaml` as a unit.",
        nb: "`{text}` står ikke i `register.yaml` som enhet.";
        text = shown(text)
    );
    let way_out = near.unwrap_or_default().and(has);
    let finding = item.wrong(Code::UnknownName, message.and(put_in(text)), way_out);
    Err(Box::new(finding.missing(shown(text))))
}

/// The units of the trust of the file's folder.
fn own_units(context: &Context<'_>) -> Vec<UnitId> {
    let units = context.register.units.iter().filter(|(_, unit)| unit.trust == *context.trust);
    units.map(|(number, _)| *number).collect()
}

/// The names of these units with their numbers, in one line.
fn names_of(units: &[UnitId], register: &Register) -> String {
    units.iter().map(|unit| register.unit_name(*unit)).collect::<Vec<_>>().join(", ")
}

/// The next step for an entry without a unit. It names no unit of another trust.
pub(super) fn add_unit(context: &Context<'_>) -> Text {
    let own = own_units(context);
    let names = names_of(&own, context.register);
    match own.as_slice() {
        [] => text!(
            en: "Add the line `unit:` with the RESH number of the unit; `register.yaml` has none for this folder yet.",
            nb: "Legg til linjen `unit:` med enhetens RESH-nummer; `register.yaml` har ingen for denne mappen ennå."
        ),
        [only] => text!(en: "Add the line `unit: {only}`.", nb: "Legg til linjen `unit: {only}`."),
        _ => text!(
            en: "Which unit is it? Add the line `unit:` with its RESH number. This folder has: {names}.",
            nb: "Hvilken enhet er det? Legg til linjen `unit:` med RESH-nummeret. Denne mappen har: {names}."
        ),
    }
}

/// Returns whether the unit belongs to the trust of the file's folder.
pub(super) fn belongs(
    fields: &Fields<'_, '_>,
    unit: &At<UnitId>,
    context: &Context<'_>,
    wrong: &mut Vec<Finding>,
) -> bool {
    let register = context.register;
    let Some(owner) = register.trust_of(unit.value).filter(|owner| *owner != context.trust) else {
        return true;
    };
    let own = names_of(&own_units(context), register);
    let message = text!(
        en: "{unit} belongs to {owner}, and this file stands in the folder of {folder}.",
        nb: "{unit} hører til {owner}, og denne filen ligger i mappen til {folder}.";
        unit = register.unit_name(unit.value), owner = register.trust_name(owner), folder = register.trust_name(context.trust)
    );
    let way_out = text!(
        en: "Move the entry to `desired-state/{owner}/{person}.yaml`, or write a unit of this folder: {own}.",
        nb: "Flytt oppføringen til `desired-state/{owner}/{person}.yaml`, eller skriv en enhet i denne mappen: {own}.";
        person = context.person
    );
    wrong.push(fields.page.finding(Code::WrongFolder, unit.span, message, way_out));
    false
}

/// Checks that the access lies within the days on which the unit exists.
pub(super) fn unit_valid(
    fields: &Fields<'_, '_>,
    unit: &At<UnitId>,
    from: Option<&At<jiff::civil::Date>>,
    until: Option<&Option<At<jiff::civil::Date>>>,
    register: &Register,
    wrong: &mut Vec<Finding>,
) {
    let Some(known) = register.units.get(&unit.value) else { return };
    let page = fields.page;
    let name = register.unit_name(unit.value);
    if let (Some(opened), Some(from)) = (known.from, from)
        && from.value < opened
    {
        let message = text!(
            en: "{name} exists from {opened} on only.",
            nb: "{name} finnes først fra {opened}."
        );
        let way_out = text!(
            en: "Begin the access on that day or later.",
            nb: "La tilgangen begynne den dagen eller senere."
        );
        wrong.push(page.finding(Code::BadValue, from.span, message, way_out));
    }
    let Some(closed) = known.until else { return };
    let message = text!(en: "{name} exists until {closed} only.", nb: "{name} finnes bare til {closed}.");
    let way_out = text!(
        en: "End the access with `until: {closed}` or earlier, or write the unit that took over.",
        nb: "La tilgangen slutte med `until: {closed}` eller tidligere, eller skriv enheten som overtok."
    );
    match (from, until) {
        (Some(from), _) if from.value > closed => {
            let way_out = text!(en: "Write the unit that took over.", nb: "Skriv enheten som overtok.");
            wrong.push(page.finding(Code::BadValue, from.span, message, way_out));
        }
        (_, Some(Some(until))) if until.value > closed => {
            wrong.push(page.finding(Code::BadValue, until.span, message, way_out));
        }
        (_, Some(None)) => wrong.push(page.finding(Code::BadValue, unit.span, message, way_out)),
        _ => {}
    }
}
