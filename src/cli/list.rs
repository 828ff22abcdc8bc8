//! `portvakt list` shows the user list in the form that an administrator knows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::diag::{Code, Exit, Finding, Lang, text};
use portvakt_core::model::TrustId;
use portvakt_core::zone::time_zone;
use portvakt_engine::memory;
use portvakt_engine::pass::{PassError, day};
use portvakt_engine::report::{Lines, begins, held_on, lines};
use serde_json::json;

use super::standing::{Standing, former, open};
use super::{finding, ledger, output, today};
use crate::config::{Format, Global};

/// List who has access: one line an access.
///
/// Former users are not in the list; `--all` shows them. With `--at`, the ledger answers who had what at the end
/// of that day, approved by whom, on which request.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this trust (the name of its folder).
    #[arg(long, value_name = "TRUST")]
    trust: Option<TrustId>,
    /// As it was at the end of this day.
    #[arg(long, value_name = "DATE", conflicts_with = "all")]
    at: Option<String>,
    /// Former users too.
    #[arg(long)]
    all: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let at = match args.at.as_deref().map(|typed| today::typed(global, typed)).transpose() {
        Ok(at) => at,
        Err(exit) => return exit,
    };
    let done = open(global).and_then(|standing| {
        if let Some(trust) = args.trust.as_ref().filter(|t| !standing.rules.register.trusts.contains_key(*t))
        {
            let known: Vec<&str> = standing.rules.register.trusts.keys().map(TrustId::as_str).collect();
            let known = known.join(", ");
            let message = text!(
                en: "`{trust}` is no trust of this register",
                nb: "`{trust}` er ikke noe helseforetak i dette registeret"
            );
            let way_out = text!(en: "It has {known}.", nb: "Det har {known}.");
            return Err(Finding::new(Code::UnknownName, message, way_out));
        }
        match at {
            Some(at) => past(global, &standing, args, at),
            None => now(global, &standing, args),
        }
    });
    done.map_or_else(|finding| output::stop(global, finding), |()| Exit::Ok)
}

fn now(global: &Global, standing: &Standing, args: &Args) -> Result<(), Finding> {
    let register = &standing.rules.register;
    let base = memory::base(standing.reader.connection(), register, None).map_err(finding::of)?;
    let which = if args.all { Lines::All } else { Lines::InForce };
    let former = if args.all { former(standing.store.as_ref())? } else { BTreeMap::new() };
    let lines = lines(&base, register, &former, args.trust.as_ref(), which, standing.today);
    if global.format == Format::Json {
        output::json_out(&json!({ "date": standing.today, "accesses": lines }));
        return Ok(());
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
                line.state.get(global.lang()).to_owned(),
                format!("{} {}, {}", line.approved_by, line.approved_on, line.request),
            ]
        })
        .collect();
    let headings = match global.lang() {
        Lang::En => ["UNIT", "NAME", "PERSON", "ROLE", "APPLICATION", "STATE", "APPROVED"],
        Lang::Nb => ["ENHET", "NAVN", "PERSON", "ROLLE", "APPLIKASJON", "TILSTAND", "GODKJENT"],
    };
    output::out(&output::table(&headings, &rows));
    let (count, today) = (output::ACCESSES.count(lines.len()), standing.today);
    output::tell(global, &text!(with count; en: "{count} on {today}", nb: "{count} {today}"));
    Ok(())
}

/// Refuses a day before the ledger begins. Nothing is known about such a day, so no list is shown, not even an empty
/// one.
fn before_the_record(standing: &Standing, at: Date, end: Timestamp) -> Result<(), Finding> {
    let conn = standing.reader.connection();
    let begins =
        begins(conn).map_err(|error| finding::of(portvakt_engine::apply::ApplyError::from(error)))?;
    let Some(begins) = begins.filter(|begins| *begins > end) else { return Ok(()) };
    let day = day(&standing.rules.register, begins).map_err(finding::of)?;
    let message = text!(
        en: "the record begins on {day}; who had what on {at} cannot be known from it",
        nb: "protokollen begynner {day}; hvem som hadde hva {at}, kan ikke leses av den"
    );
    let way_out = text!(
        en: "Ask for {day} or a later day; for earlier ones look in the papers of that time.",
        nb: "Spør om {day} eller en senere dag; for tidligere dager må dere se i datidens papirer."
    );
    Err(Finding::new(Code::BeforeTheRecord, message, way_out))
}

fn past(global: &Global, standing: &Standing, args: &Args, at: Date) -> Result<(), Finding> {
    if at > standing.today {
        let today = standing.today;
        let message = text!(
            en: "the day {at} has not come; today is {today}",
            nb: "dagen {at} har ikke vært; i dag er {today}"
        );
        let way_out = text!(
            en: "Give a day that has been; without `--at` the list is today's.",
            nb: "Oppgi en dag som har vært; uten `--at` gjelder listen i dag."
        );
        return Err(Finding::new(Code::BadValue, message, way_out));
    }
    let zone =
        time_zone(&standing.rules.register.time_zone).map_err(|why| finding::of(PassError::from(why)))?;
    let end = at.tomorrow().and_then(|next| zone.to_timestamp(next.at(0, 0, 0, 0))).map_err(|_| {
        let way_out = text!(en: "Give a date such as 2026-01-31.", nb: "Oppgi en dato som 2026-01-31.");
        let message = text!(
            en: "the end of `{at}` is beyond the last day that can be reckoned with",
            nb: "slutten av `{at}` er etter den siste dagen det kan regnes med"
        );
        Finding::new(Code::BadValue, message, way_out)
    })?;
    let end = end.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(end);
    before_the_record(standing, at, end)?;
    ledger::keys_hold(&standing.reader)?;
    let held = held_on(standing.reader.connection(), end)
        .map_err(|error| finding::of(portvakt_engine::apply::ApplyError::from(error)))?;
    let held: Vec<_> = held
        .into_iter()
        .filter(|row| args.trust.as_ref().is_none_or(|trust| row.trust.as_ref() == Some(trust)))
        .collect();
    if global.format == Format::Json {
        output::json_out(&json!({ "date": at, "accesses": held }));
        return Ok(());
    }
    let rows: Vec<Vec<String>> = held
        .iter()
        .map(|row| {
            vec![
                standing.rules.register.unit_name(row.unit),
                row.person.clone(),
                row.role.to_string(),
                row.application.to_string(),
                row.since.round(jiff::Unit::Second).unwrap_or(row.since).to_string(),
                match (&row.approved_by, row.approved_on) {
                    (Some(by), Some(on)) => format!("{by} {on}, {}", row.request),
                    _ => row.request.to_string(),
                },
            ]
        })
        .collect();
    let headings = match global.lang() {
        Lang::En => ["UNIT", "PERSON", "ROLE", "APPLICATION", "SINCE", "APPROVED"],
        Lang::Nb => ["ENHET", "PERSON", "ROLLE", "APPLIKASJON", "SIDEN", "GODKJENT"],
    };
    output::out(&output::table(&headings, &rows));
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
