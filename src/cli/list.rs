//! `portvakt list` shows the user list in the form that an administrator knows.

use std::collections::BTreeMap;

use jiff::civil::Date;
use portvakt_core::diag::{Code, Exit, Finding, Lang, text};
use portvakt_core::model::{Register, TrustId};
use portvakt_engine::apply::ApplyError;
use portvakt_engine::memory;
use portvakt_engine::report::{AccessLine, HeldRight, Lines, access_lines, held_on};
use serde_json::json;

use super::standing::{OpenedRegister, former, open_register};
use super::{chain, clone, due, finding, output, past, sheet, today, trust, who};
use crate::config::{Format, Global};

mod files;

/// List who has access: one line an access.
///
/// Former users are not in the list; `--all` shows them. With `--at`, the ledger answers who had what at the end
/// of that day, approved by whom, on which request. In a clone it goes by the newest files, as far as they go.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this trust: its id, its name or a part of it.
    #[arg(value_name = "TRUST", value_parser = trust::typed_name, conflicts_with = "trust")]
    named: Option<String>,
    /// The same as an option.
    #[arg(long, value_name = "TRUST", value_parser = trust::typed_name)]
    trust: Option<String>,
    /// As it was at the end of this day.
    #[arg(long, value_name = "DATE", conflicts_with = "all")]
    at: Option<String>,
    /// Former users too.
    #[arg(long)]
    all: bool,
    /// For a spreadsheet: comma-separated values.
    #[arg(long)]
    csv: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let well_asked = sheet::check_alone(global, args.csv)
        .and_then(|()| args.at.as_deref().map_or(Ok(()), |typed| today::is_a_day(global, typed)));
    if let Err(exit) = well_asked {
        return exit;
    }
    let done = match open_register(global) {
        Ok(standing) => by_the_register(global, &standing, args),
        Err(missing)
            if missing.code == Code::NoBaseline && args.at.is_none() && clone::is_in_a_clone(global) =>
        {
            files::list_from_files(global, args, missing)
        }
        Err(finding) => Err(finding),
    };
    done.map_or_else(|finding| output::stop(global, finding), |()| Exit::Ok)
}

fn by_the_register(global: &Global, standing: &OpenedRegister, args: &Args) -> Result<(), Finding> {
    let only = only(&standing.rules.register, args)?;
    match &args.at {
        Some(at) => then(global, standing, (args, only.as_ref()), today::past(at, standing.today)?),
        None => now(global, standing, (args, only.as_ref())),
    }
}

/// Returns the trust that the user asks for. It is `None` if they ask for all.
fn only(register: &Register, args: &Args) -> Result<Option<TrustId>, Finding> {
    let typed = args.named.as_deref().or(args.trust.as_deref());
    typed.map(|typed| trust::trust_meant(register, typed)).transpose()
}

/// Returns a day for people, or a dash if there is none.
fn or_dash(day: Option<Date>) -> String {
    day.map_or_else(|| "-".to_owned(), |day| day.to_string())
}

/// Returns a cell of a spreadsheet. It is empty if there is no value.
fn or_empty(value: Option<&impl ToString>) -> String {
    value.map_or_else(String::new, ToString::to_string)
}

fn now(
    global: &Global,
    standing: &OpenedRegister,
    (args, only): (&Args, Option<&TrustId>),
) -> Result<(), Finding> {
    let register = &standing.rules.register;
    let base = memory::base(standing.reader.connection(), register, None).map_err(finding::of)?;
    let which = if args.all { Lines::All } else { Lines::InForce };
    let former = if args.all { former(standing.store.as_ref())? } else { BTreeMap::new() };
    let lines = access_lines(&base, register, &former, only, which, standing.today);
    if global.format == Format::Json {
        let reviews = due::reviews(global, standing, &base, only)?;
        output::json_out(&json!({
            "date": standing.today, "accesses": lines, "reviews": reviews.due,
            "overtaken-reviews": reviews.overtaken,
        }));
        return Ok(());
    }
    show(global, args, &lines, &who::People::of_base(&base, register, &former));
    if args.csv {
        return Ok(());
    }
    let (count, today) = (output::ACCESSES.count(lines.len()), standing.today);
    output::tell(global, &text!(with count; en: "{count} on {today}", nb: "{count} {today}"));
    due::tell(global, standing, &due::reviews(global, standing, &base, only)?);
    Ok(())
}

/// Prints the list for people, or for a spreadsheet. `names` has the names of the people who approved, as far as they
/// are known.
fn show(global: &Global, args: &Args, lines: &[AccessLine], names: &who::People) {
    if args.csv {
        of_lines(global, lines, names);
        return;
    }
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            vec![
                line.unit.clone(),
                line.name.clone(),
                line.person.clone(),
                line.role.clone(),
                line.application.clone(),
                line.from.to_string(),
                or_dash(line.until),
                line.state.get(global.lang()).to_owned(),
                format!("{} {}, {}", names.called(&line.approved_by), line.approved_on, line.request),
            ]
        })
        .collect();
    let headings = match global.lang() {
        Lang::En => ["UNIT", "NAME", "PERSON", "ROLE", "APPLICATION", "FROM", "UNTIL", "STATE", "APPROVED"],
        Lang::Nb => ["ENHET", "NAVN", "PERSON", "ROLLE", "APPLIKASJON", "FRA", "TIL", "TILSTAND", "GODKJENT"],
    };
    output::out(&output::aligned_table(&headings, &rows));
}

fn of_lines(global: &Global, lines: &[AccessLine], names: &who::People) {
    let row = |line: &AccessLine| {
        vec![
            line.trust.to_string(),
            line.unit.clone(),
            line.name.clone(),
            line.person.clone(),
            line.role.clone(),
            line.application.clone(),
            line.from.to_string(),
            or_empty(line.until.as_ref()),
            line.state.get(global.lang()).to_owned(),
            line.approved_by.clone(),
            names.name(&line.approved_by).to_owned(),
            line.approved_on.to_string(),
            line.request.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
    sheet::out(&cells(global, "state", "tilstand"), &rows);
}

/// Returns the headings of a spreadsheet. The columns beside the days differ between a list of today and one from the
/// ledger.
fn cells(global: &Global, en: &'static str, nb: &'static str) -> [&'static str; 13] {
    match global.lang() {
        Lang::En => [
            "trust",
            "unit",
            "name",
            "person",
            "role",
            "application",
            "from",
            "until",
            en,
            "approved by",
            "approver",
            "approved on",
            "request",
        ],
        Lang::Nb => [
            "helseforetak",
            "enhet",
            "navn",
            "person",
            "rolle",
            "applikasjon",
            "fra",
            "til",
            nb,
            "godkjent av",
            "godkjenner",
            "godkjent",
            "søknad",
        ],
    }
}

/// Returns the names of people, as far as they are known here. The ledger answers without names. So a register that
/// does not answer stops no question.
fn names_known(standing: &OpenedRegister) -> Result<who::People, Finding> {
    let register = &standing.rules.register;
    let base =
        memory::base_as_it_stands(standing.reader.connection(), register, None).map_err(finding::of)?;
    let former = former(standing.store.as_ref()).unwrap_or_default();
    Ok(who::People::of_base(&base, register, &former))
}

fn then(
    global: &Global,
    standing: &OpenedRegister,
    (args, only): (&Args, Option<&TrustId>),
    at: Date,
) -> Result<(), Finding> {
    let end = past::end_of(standing, at)?;
    chain::keys_hold(&standing.reader)?;
    let held =
        held_on(standing.reader.connection(), end).map_err(|error| finding::of(ApplyError::from(error)))?;
    let held: Vec<_> =
        held.into_iter().filter(|row| only.is_none_or(|trust| row.trust.as_ref() == Some(trust))).collect();
    if global.format == Format::Json {
        output::json_out(&json!({ "date": at, "accesses": held }));
        return Ok(());
    }
    let names = names_known(standing)?;
    if args.csv {
        of_the_ledger(global, standing, &names, &held);
        return Ok(());
    }
    let rows: Vec<Vec<String>> = held
        .iter()
        .map(|row| {
            vec![
                standing.rules.register.unit_name(row.unit),
                names.name(&row.person).to_owned(),
                row.person.clone(),
                row.role.to_string(),
                row.application.to_string(),
                or_dash(row.from),
                or_dash(row.until),
                row.since.round(jiff::Unit::Second).unwrap_or(row.since).to_string(),
                match (&row.approved_by, row.approved_on) {
                    (Some(by), Some(on)) => format!("{} {on}, {}", names.called(by), row.request),
                    _ => row.request.to_string(),
                },
            ]
        })
        .collect();
    let headings = match global.lang() {
        Lang::En => ["UNIT", "NAME", "PERSON", "ROLE", "APPLICATION", "FROM", "UNTIL", "SINCE", "APPROVED"],
        Lang::Nb => ["ENHET", "NAVN", "PERSON", "ROLLE", "APPLIKASJON", "FRA", "TIL", "SIDEN", "GODKJENT"],
    };
    output::out(&output::aligned_table(&headings, &rows));
    let count = output::ACCESSES.count(held.len());
    output::tell(
        global,
        &text!(
            with count;
            en: "{count} at the end of {at}, by the ledger",
            nb: "{count} ved utgangen av {at}, ifølge protokollen"
        ),
    );
    Ok(())
}

fn of_the_ledger(global: &Global, standing: &OpenedRegister, names: &who::People, held: &[HeldRight]) {
    let row = |row: &HeldRight| {
        vec![
            or_empty(row.trust.as_ref()),
            standing.rules.register.unit_name(row.unit),
            names.name(&row.person).to_owned(),
            row.person.clone(),
            row.role.to_string(),
            row.application.to_string(),
            or_empty(row.from.as_ref()),
            or_empty(row.until.as_ref()),
            row.since.to_string(),
            or_empty(row.approved_by.as_ref()),
            row.approved_by.as_deref().map_or("", |by| names.name(by)).to_owned(),
            or_empty(row.approved_on.as_ref()),
            row.request.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = held.iter().map(row).collect();
    sheet::out(&cells(global, "given", "gitt"), &rows);
}
