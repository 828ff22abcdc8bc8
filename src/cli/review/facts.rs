//! `review facts` shows when each user of a trust last used the register, if the store keeps that. The days are shown
//! while a reviewer answers, and they are never committed.

use portvakt_core::change::Base;
use portvakt_core::diag::{Code, Exit, Finding, Lang, Text, text};
use portvakt_core::review::LastUse;
use portvakt_engine::memory;
use serde_json::{Value, json};

use super::Done;
use crate::cli::standing::OpenedRegister;
use crate::cli::{finding, output, standing, trust};
use crate::config::{Format, Global};

pub(super) fn run(global: &Global, typed: &str) -> Done {
    let one = |finding: Finding| vec![finding];
    let standing = standing::open_register(global).map_err(one)?;
    let register = &standing.rules.register;
    let trust = &trust::trust_meant(register, typed).map_err(one)?;
    let base = base_of(&standing).map_err(one)?;
    let kept = of_store(&standing, &base).map_err(one)?;
    let last_use = kept.clone().unwrap_or_default();
    let here = base.people.values().flat_map(|known| known.at(trust));
    let here: Vec<_> = here.filter(|(_, standing_)| standing_.in_force(standing.today)).collect();
    if global.format == Format::Json {
        let rows: Vec<Value> = here
            .iter()
            .map(|(key, standing)| {
                let last = last_use.last(&key.person, &key.application);
                json!({ "access": key, "role": standing.grant.role, "known": last.is_some(),
                        "last-use": last.flatten() })
            })
            .collect();
        output::json_out(
            &json!({ "trust": trust, "date": standing.today, "kept": kept.is_some(), "rows": rows }),
        );
        return Ok(Exit::Ok);
    }
    let lang = global.lang();
    let rows: Vec<Vec<String>> = here
        .iter()
        .map(|(key, standing)| {
            let last = match last_use.last(&key.person, &key.application) {
                Some(Some(day)) => Text::same(day.to_string()),
                Some(None) => text!(en: "never", nb: "aldri"),
                None => text!(en: "not known", nb: "ikke kjent"),
            };
            vec![
                base.name_of(&key.person).to_owned(),
                key.person.to_string(),
                register.unit_name(key.unit),
                key.application.to_string(),
                standing.grant.role.to_string(),
                standing.grant.from.to_string(),
                last.get(lang).to_owned(),
            ]
        })
        .collect();
    let headings = match lang {
        Lang::En => ["NAME", "PERSON", "UNIT", "APPLICATION", "ROLE", "FROM", "LAST USE"],
        Lang::Nb => ["NAVN", "PERSON", "ENHET", "APPLIKASJON", "ROLLE", "FRA", "SIST BRUKT"],
    };
    output::out(&output::aligned_table(&headings, &rows));
    if kept.is_none() {
        output::tell(
            global,
            &text!(
                en: "this store keeps nothing of when somebody last signed in or used the register; whoever runs it may have a list for `review answer --last-used FILE`",
                nb: "dette registeret sier ikke når noen sist logget inn eller brukte det; de som drifter det, har kanskje en liste til `review answer --last-used FIL`"
            ),
        );
    }
    Ok(Exit::Ok)
}

/// Returns the last use that the store keeps, for a reviewer who answers. It is unknown without a register, and if the
/// store does not answer.
pub(super) fn recorded_last_use(global: &Global) -> LastUse {
    let read = || {
        let standing = standing::open_register(global)?;
        of_store(&standing, &base_of(&standing)?)
    };
    match read() {
        Ok(kept) => kept.unwrap_or_default(),
        Err(finding) if finding.code == Code::NoBaseline => LastUse::default(),
        Err(finding) => {
            let why = finding.message;
            output::tell(
                global,
                &text!(
                    with why;
                    en: "when the register was last used is not known: {why}",
                    nb: "når registeret sist ble brukt, er ikke kjent: {why}"
                ),
            );
            LastUse::default()
        }
    }
}

fn base_of(standing: &OpenedRegister) -> Result<Base, Finding> {
    memory::base(standing.reader.connection(), &standing.rules.register, None).map_err(finding::of)
}

/// Returns the last use of each person with an account. Courses and forms are made in the application of the
/// coordinators.
fn of_store(standing: &OpenedRegister, base: &Base) -> Result<Option<LastUse>, Finding> {
    let Some(days) = standing.store.last_use().map_err(finding::of)? else { return Ok(None) };
    let people = base.people.iter().filter_map(|(person, known)| {
        let account = known.account.as_ref()?;
        Some((person.clone(), days.get(account).copied()))
    });
    let application = &standing.rules.register.coordinators.application;
    Ok(Some(LastUse::of_people(application, people)))
}
