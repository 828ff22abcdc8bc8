//! Explains which accesses a person had at the end of a past day, and why. It only reads the ledger.

use std::collections::BTreeSet;

use jiff::civil::Date;
use portvakt_core::change::AcceptanceWay;
use portvakt_core::diag::{Exit, Finding, Text, text};
use portvakt_core::judge::Rules;
use portvakt_engine::apply::ApplyError;
use portvakt_engine::memory;
use portvakt_engine::report::{HeldRight, held_on};
use serde_json::{Value, json};

use super::{or_a_code, people_asked_about, people_known};
use crate::cli::standing::OpenedRegister;
use crate::cli::{chain, finding, output, past, standing, who};
use crate::config::{Format, Global};

/// Answers for these people. A person counts as unknown if nothing was ever accepted of them and they had no access.
pub(super) fn explain(
    global: &Global,
    standing: &OpenedRegister,
    asked: &[String],
    at: Date,
    kinds: Value,
) -> Result<Exit, Finding> {
    let end = past::end_of(standing, at)?;
    chain::keys_hold(&standing.reader)?;
    let (conn, rules) = (standing.reader.connection(), &standing.rules);
    let base = memory::base_as_it_stands(conn, &rules.register, None).map_err(finding::of)?;
    // The ledger answers without the names that only the register keeps.
    let former = standing::former(standing.store.as_ref()).unwrap_or_default();
    let everybody = people_known(global, standing, &base, &former, asked);
    let asked = people_asked_about(global, &everybody, asked)?;
    let names = who::People::of_base(&base, &rules.register, &former);
    let held = held_on(conn, end).map_err(|error| finding::of(ApplyError::from(error)))?;
    let (mut told, mut unknown, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for person in asked.iter().map(|id| base.meant(id)).filter(|person| seen.insert(*person)) {
        let own: Vec<&HeldRight> = held.iter().filter(|row| row.person == person.as_str()).collect();
        if own.is_empty() && !base.people.contains_key(person) {
            unknown.push(or_a_code(everybody.nobody_knows(person), person.as_str()));
            continue;
        }
        if global.format == Format::Human {
            let name = former.get(person).map_or_else(|| base.name_of(person), String::as_str);
            output::say(
                global,
                &text!(
                    en: "{name} ({person}) at the end of {at}, by the ledger\n",
                    nb: "{name} ({person}) ved utgangen av {at}, ifølge protokollen\n"
                ),
            );
            if own.is_empty() {
                output::say(global, &text!(en: "  no access\n", nb: "  ingen tilgang\n"));
            }
            own.iter().for_each(|row| output::say(global, &in_words(row, rules, &names)));
        }
        told.push(json!({ "person": person, "accesses": own }));
    }
    Ok(output::findings(global, &unknown, json!({ "date": at, "people": told, "kinds": kinds })))
}

fn in_words(row: &HeldRight, rules: &Rules, names: &who::People) -> Text {
    let HeldRight { role, application, request, .. } = row;
    let unit = rules.register.unit_name(row.unit);
    let since = row.since.round(jiff::Unit::Second).unwrap_or(row.since);
    let days = match (row.from, row.until) {
        (None, _) => Text::default(),
        (Some(from), None) => text!(en: " (from {from}, no end)", nb: " (fra {from}, uten slutt)"),
        (Some(from), Some(until)) => {
            text!(en: " (from {from}, until {until})", nb: " (fra {from}, til {until})")
        }
    };
    let approved_by = row.approved_by.as_ref().map(|by| names.called(by));
    let approved = match (approved_by, row.approved_on) {
        (Some(by), Some(on)) => text!(
            en: "approved by {by} on {on}, request {request}",
            nb: "godkjent av {by} {on}, søknad {request}"
        ),
        _ => text!(en: "request {request}", nb: "søknad {request}"),
    };
    let how = match row.way {
        Some(AcceptanceWay::Judged) => {
            let said = row.policies.iter().map(|id| match rules.policies.says(id) {
                Some(says) => text!(with says; en: "{id} ({says})", nb: "{id} ({says})"),
                None => text!(
                    en: "{id} (no longer among the policies)",
                    nb: "{id} (ikke lenger blant tilgangsreglene)"
                ),
            });
            let said = Text::joined(said, "; ");
            text!(with said; en: "    accepted under {said}\n", nb: "    godtatt etter {said}\n")
        }
        Some(AcceptanceWay::Baseline) => {
            text!(en: "    accepted with the first base\n", nb: "    godtatt sammen med alt som fantes fra før\n")
        }
        Some(AcceptanceWay::History) | None => Text::default(),
    };
    text!(
        with days, approved, how;
        en: "  {role} in {application} at {unit}, given {since}{days}\n    {approved}\n{how}",
        nb: "  {role} i {application} ved {unit}, gitt {since}{days}\n    {approved}\n{how}"
    )
}
