//! `portvakt ledger show` shows entries, with the people that their keys stand for.

use std::collections::BTreeMap;

use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::model::PersonId;
use portvakt_engine::apply::ApplyError;
use portvakt_engine::ledger::person_key::{known_key, person_of};
use portvakt_engine::ledger::{Filter, LedgerEntry, LedgerError, entries};
use portvakt_engine::memory;
use portvakt_engine::pass::Shelf;
use portvakt_stores::tables::Reader;
use serde_json::json;

use crate::cli::{finding, output, who};
use crate::config::{Format, Global};

fn ledger_finding(error: LedgerError) -> Finding {
    finding::of(ApplyError::from(error))
}

/// Returns the key under which the ledger keeps a person's entries. The key stays the same when the id changes, so an
/// earlier id finds it too.
pub(super) fn ledger_key(global: &Global, reader: &Reader, typed: &str) -> Result<String, Finding> {
    let conn = reader.connection();
    let renamed = memory::renamed(conn).map_err(finding::of)?;
    let of =
        |person: &PersonId| known_key(conn, renamed.get(person).unwrap_or(person)).map_err(ledger_finding);
    let exact = PersonId::new(typed.trim()).ok().map(|id| of(&id)).transpose()?.flatten();
    if let Some(key) = exact {
        return Ok(key);
    }
    let person = everybody(reader)?.meant(global, typed)?;
    of(&person)?.ok_or_else(|| {
        let message = text!(
            en: "the ledger has no entry about `{person}`",
            nb: "protokollen har ingen innslag om `{person}`"
        );
        let way_out = text!(en: "Check the spelling of the id.", nb: "Kontroller skrivemåten til id-en.");
        Finding::new(Code::UnknownName, message, way_out)
    })
}

/// Returns the people whom the memory knows. It is empty before the first baseline.
fn everybody(reader: &Reader) -> Result<who::People, Finding> {
    let conn = reader.connection();
    let Some((policies, settings)) = memory::accepted_rules(conn).map_err(finding::of)? else {
        return Ok(who::People::default());
    };
    let rules = Shelf::default().remembered(conn, &policies, &settings).map_err(finding::of)?;
    let base = memory::base_as_it_stands(conn, &rules.register, None).map_err(finding::of)?;
    Ok(who::People::of_base(&base, &rules.register, &BTreeMap::new()))
}

/// Shows the entries that the filter lets through, from a number on.
pub(super) fn show(global: &Global, reader: &Reader, from: u64, filter: Filter) -> Result<(), Finding> {
    for entry in entries(reader.connection(), from, filter) {
        let entry = entry.map_err(ledger_finding)?;
        if global.format == Format::Json {
            output::out(&format!("{}\n", json!(entry)));
        } else {
            output::out(&entry_line(reader, &entry)?);
        }
    }
    Ok(())
}

/// Formats one entry on one line. Keys are shown as people's ids if this register knows them.
fn entry_line(reader: &Reader, entry: &LedgerEntry) -> Result<String, Finding> {
    let mut body = entry.body.clone();
    name_people(reader, &mut body)?;
    Ok(format!("{:>6}  {}  {:<18} {body}\n", entry.seq, entry.at, entry.kind.as_str()))
}

fn name_people(reader: &Reader, value: &mut serde_json::Value) -> Result<(), Finding> {
    match value {
        serde_json::Value::String(text) if text.len() == 36 => {
            if let Some(person) = person_of(reader.connection(), text).map_err(ledger_finding)? {
                *text = person.to_string();
            }
        }
        serde_json::Value::Array(values) => {
            for value in values {
                name_people(reader, value)?;
            }
        }
        serde_json::Value::Object(values) => {
            for value in values.values_mut() {
                name_people(reader, value)?;
            }
        }
        _ => {}
    }
    Ok(())
}
