//! Findings about files that the settings of the tree would understand, and the settings in force do not. Nothing in such
//! a file is to be corrected, because it waits for the settings. What is wrong in it by the settings of the tree too is told
//! as well.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::Head;
use crate::diag::{Code, Finding, Text, text};
use crate::model::{FilePath, Register, UnitId};
use crate::parse::{Entry, person};

use super::case::RuleChange;
use super::proposed::Proposed;
use super::trusts::moved_units;

/// Returns the findings, in other words if they are about a name or a place that only the settings of the tree have.
/// `accepted` is the register in force.
pub fn as_settings_wait(findings: &[Finding], change: &RuleChange, accepted: &Register) -> Vec<Finding> {
    in_words_of(findings, change, accepted, &BTreeSet::new())
}

/// Returns the findings of a head, in other words likewise. A file that waits for the settings of the tree, and has errors
/// by them too, has these among its findings.
pub fn of_head_as_settings_wait(head: &Head, change: &RuleChange, accepted: &Register) -> Vec<Finding> {
    let errors = errors_by_waiting(head, change, accepted);
    let in_error: BTreeSet<FilePath> = errors.keys().cloned().collect();
    let mut findings = in_words_of(&head.findings, change, accepted, &in_error);
    let is_told = |error: &Finding| {
        head.findings.iter().any(|told| told.code == error.code && told.place == error.place)
    };
    findings.extend(errors.into_values().flatten().filter(|error| !is_told(error)));
    findings
}

/// Returns the errors by the settings that wait, of each file that names something only these settings have.
fn errors_by_waiting(
    head: &Head,
    change: &RuleChange,
    accepted: &Register,
) -> BTreeMap<FilePath, Vec<Finding>> {
    let Some(new) = change.proposed.pending() else { return BTreeMap::new() };
    let new = &*new.register;
    let waits = |finding: &&Finding| {
        finding.missing.as_deref().is_some_and(|name| has(new, name) && !has(accepted, name))
    };
    let files = head.findings.iter().filter(waits).filter_map(|finding| finding.place.as_ref());
    let files: BTreeSet<&FilePath> = files.map(|place| &place.file).collect();
    let errors = files.into_iter().filter_map(|path| {
        let bytes = head.astray.get(path)?.bytes.as_ref()?;
        let found: Vec<Finding> = match person(path, bytes, new) {
            Ok(file) => file.entries.iter().flat_map(Entry::findings).cloned().collect(),
            Err(found) => found,
        };
        (!found.is_empty()).then(|| (path.clone(), found))
    });
    errors.collect()
}

fn in_words_of(
    findings: &[Finding],
    change: &RuleChange,
    accepted: &Register,
    in_error: &BTreeSet<FilePath>,
) -> Vec<Finding> {
    let Some(new) = change.proposed.pending() else { return findings.to_vec() };
    let new = &*new.register;
    let moved = moved_units(accepted, new, &new.renamed_since(accepted));
    let of_a_moved_unit = |finding: &Finding| {
        let Some(place) = &finding.place else { return false };
        let Some((folder, _)) = place.file.person_parts() else { return false };
        let is_it = |unit: &UnitId| place.text.contains(&unit.to_string());
        finding.code == Code::WrongFolder
            && moved.iter().any(|(unit, to)| to.as_str() == folder && is_it(unit))
    };
    let told = |finding: &Finding| {
        let name = finding.missing.as_deref().filter(|name| has(new, name) && !has(accepted, name));
        let finding = finding.clone();
        match name {
            Some(name) => {
                let message = text!(
                    en: "`{name}` stands in the `register.yaml` of this tree, which is not in force yet.",
                    nb: "`{name}` står i `register.yaml` i disse filene, men den gjelder ikke ennå."
                );
                let is_in_error = finding.place.as_ref().is_some_and(|place| in_error.contains(&place.file));
                let way_out = if is_in_error { also_wrong() } else { way_out(&change.proposed) };
                Finding { message, way_out, missing: None, ..finding }
            }
            None if of_a_moved_unit(&finding) => Finding { way_out: first_the_unit(), ..finding },
            None => finding,
        }
    };
    findings.iter().map(told).collect()
}

/// Returns whether a register has a trust, a unit, a role, an application or an employer of this name.
fn has(register: &Register, name: &str) -> bool {
    let is_unit = name.parse().is_ok_and(|unit| register.units.contains_key(&UnitId(unit)));
    is_unit
        || register.trusts.contains_key(name)
        || register.roles.contains_key(name)
        || register.applications.contains_key(name)
        || register.ict_bodies.contains_key(name)
}

fn way_out(proposed: &Proposed) -> Text {
    match proposed {
        Proposed::Released(..) => text!(
            en: "Nothing is to be corrected here: from the next pass on those settings are in force.",
            nb: "Ingenting skal rettes her: fra neste gjennomgang gjelder de innstillingene."
        ),
        Proposed::Same | Proposed::Held(_) | Proposed::Invalid(_) => text!(
            en: "Nothing is to be corrected here: it waits until those settings are approved. `protected-change` says by whom.",
            nb: "Ingenting skal rettes her: det venter til de innstillingene er godkjent. `protected-change` sier av hvem."
        ),
    }
}

fn also_wrong() -> Text {
    text!(
        en: "It waits until those settings are in force. By them the file has another error, which is told beside this: correct that now.",
        nb: "Det venter til de innstillingene gjelder. Etter dem har filen en annen feil, som står ved siden av: rett den nå."
    )
}

fn first_the_unit() -> Text {
    text!(
        en: "First the unit, then the files: the settings that put the unit at this trust are not in force yet, so the file is moved in a second change.",
        nb: "Først enheten, så filene: innstillingene som legger enheten til dette helseforetaket, gjelder ikke ennå, så filen flyttes i en endring for seg."
    )
}
