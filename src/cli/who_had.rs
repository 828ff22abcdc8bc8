//! `portvakt who-had` shows who had access at a unit between two days. It only reads the ledger.

use jiff::civil::Date;
use portvakt_core::diag::{Code, Exit, Finding, Lang, Text, text};
use portvakt_engine::apply::ApplyError;
use portvakt_engine::memory;
use portvakt_engine::report::{Had, had_between};
use serde_json::json;

use super::standing::OpenedRegister;
use super::{application, chain, finding, output, past, sheet, standing, today, unit, who};
use crate::config::{Format, Global};

/// Show who had access at a unit between two days.
///
/// Both days are included. It says when it was given and taken and why, and who approved it. The ledger answers. Former users are in the list, and whoever had access on only one of the days, too.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The unit: its RESH id, its name or a part of it.
    #[arg(long, value_name = "UNIT")]
    unit: String,
    /// The first day.
    #[arg(long, value_name = "DATE")]
    from: String,
    /// The last day; today where it is left out.
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// Only this application, such as `smerteregisteret`.
    #[arg(long, value_name = "APPLICATION")]
    application: Option<String>,
    /// For a spreadsheet: comma-separated values.
    #[arg(long)]
    csv: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let mut days = std::iter::once(&args.from).chain(&args.to);
    let well_asked = sheet::check_alone(global, args.csv)
        .and_then(|()| days.try_for_each(|day| today::is_a_day(global, day)));
    if let Err(exit) = well_asked {
        return exit;
    }
    tell(global, args).map_or_else(|finding| output::stop(global, finding), |()| Exit::Ok)
}

fn tell(global: &Global, args: &Args) -> Result<(), Finding> {
    let standing = standing::open_register(global)?;
    let register = &standing.rules.register;
    let unit = unit::unit_meant(register, &args.unit)?;
    let application = args
        .application
        .as_deref()
        .map(|typed| application::application_meant(register, typed))
        .transpose()?;
    let first = today::past(&args.from, standing.today)?;
    let last = args.to.as_deref().map_or(Ok(standing.today), |typed| today::past(typed, standing.today))?;
    if first > last {
        let message = text!(
            en: "the first day {first} comes after the last, {last}",
            nb: "den første dagen {first} kommer etter den siste, {last}"
        );
        let way_out =
            text!(en: "Give the earlier day with `--from`.", nb: "Oppgi den tidligste dagen med `--from`.");
        return Err(Finding::new(Code::BadValue, message, way_out));
    }
    let (start, end) = (past::start_of(&standing, first)?, past::end_of(&standing, last)?);
    chain::keys_hold(&standing.reader)?;
    let had = had_between(standing.reader.connection(), start, end, (unit, application))
        .map_err(|error| finding::of(ApplyError::from(error)))?;
    if global.format == Format::Json {
        output::json_out(&json!({ "unit": unit, "from": first, "to": last, "accesses": had }));
        return Ok(());
    }
    show(global, &standing, &had, args.csv)?;
    if !args.csv {
        let (count, unit) = (output::ACCESSES.count(had.len()), register.unit_name(unit));
        output::tell(global, &period(&count, &unit, first, last));
    }
    Ok(())
}

fn period(count: &Text, unit: &str, first: Date, last: Date) -> Text {
    text!(
        with count;
        en: "{count} at {unit} from {first} to {last}, by the ledger",
        nb: "{count} ved {unit} fra {first} til {last}, ifølge protokollen"
    )
}

fn show(global: &Global, standing: &OpenedRegister, had: &[Had], csv: bool) -> Result<(), Finding> {
    let register = &standing.rules.register;
    let base =
        memory::base_as_it_stands(standing.reader.connection(), register, None).map_err(finding::of)?;
    // If the register itself does not answer, only the names are missing.
    let former = standing::former(standing.store.as_ref()).unwrap_or_default();
    let people = who::People::of_base(&base, register, &former);
    let (zone, lang) = (past::zone(standing)?, global.lang());
    let none = if csv { "" } else { "-" };
    let when = |at: jiff::Timestamp| zone.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let row = |one: &Had| {
        let held = &one.held;
        let by = held.approved_by.as_deref().unwrap_or(none);
        let on = held.approved_on.map_or_else(|| none.to_owned(), |day| day.to_string());
        let mut cells = vec![
            people.name(&held.person).to_owned(),
            held.person.clone(),
            held.role.to_string(),
            held.application.to_string(),
            when(held.since),
            one.gone.map_or_else(|| none.to_owned(), when),
            one.cause.map_or_else(|| none.to_owned(), |cause| cause.words().get(lang).to_owned()),
        ];
        if csv {
            cells.extend([by.to_owned(), on, held.request.to_string()]);
        } else {
            cells.push(format!("{} {on}, {}", people.called(by), held.request));
        }
        cells
    };
    let rows: Vec<Vec<String>> = had.iter().map(row).collect();
    if csv {
        let headings = match lang {
            Lang::En => [
                "name",
                "person",
                "role",
                "application",
                "given",
                "taken",
                "cause",
                "approved by",
                "approved on",
                "request",
            ],
            Lang::Nb => [
                "navn",
                "person",
                "rolle",
                "applikasjon",
                "gitt",
                "fjernet",
                "årsak",
                "godkjent av",
                "godkjent",
                "søknad",
            ],
        };
        sheet::out(&headings, &rows);
        return Ok(());
    }
    let headings = match lang {
        Lang::En => ["NAME", "PERSON", "ROLE", "APPLICATION", "GIVEN", "TAKEN", "CAUSE", "APPROVED"],
        Lang::Nb => ["NAVN", "PERSON", "ROLLE", "APPLIKASJON", "GITT", "FJERNET", "ÅRSAK", "GODKJENT"],
    };
    output::out(&output::aligned_table(&headings, &rows));
    Ok(())
}
