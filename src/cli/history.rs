//! `portvakt history` shows all accesses that a person has and has had, with the entries of the ledger. It tells what
//! was given, changed and taken, by which request, who approved it, and when it took effect. Former users are found,
//! and an earlier id leads to the same person.

use jiff::tz::TimeZone;
use portvakt_core::change::AcceptanceWay;
use portvakt_core::diag::{Code, Exit, Finding, Lang, Text, text};
use portvakt_core::model::{PersonId, Register};
use portvakt_engine::apply::ApplyError;
use portvakt_engine::ledger::LedgerError;
use portvakt_engine::ledger::person_key::known_key;
use portvakt_engine::memory;
use portvakt_engine::report::{AccessLine, LifeEvent, LifeEventKind, Lines, WrongClock, access_lines, life};
use serde_json::json;

use super::{chain, clone, finding, output, past, sheet, standing, steps, who};
use crate::config::{Format, Global};

mod files;

/// Show everything that somebody has and has had, and what the ledger says of it.
///
/// Former users are found too, and an earlier id leads to the same person. What was accepted, given, changed and taken stands in
/// order, with the request, who approved it, and when it took effect. In a clone it goes by the files and their history.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The person: the id, the name or a part of it.
    person: String,
    /// What happened, for a spreadsheet: comma-separated values.
    #[arg(long)]
    csv: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    if let Err(exit) = sheet::check_alone(global, args.csv) {
        return exit;
    }
    tell(global, args).map_or_else(|finding| output::stop(global, finding), |()| Exit::Ok)
}

fn tell(global: &Global, args: &Args) -> Result<(), Finding> {
    let standing = match standing::open_register(global) {
        Ok(standing) => standing,
        Err(missing) if missing.code == Code::NoBaseline && clone::is_in_a_clone(global) => {
            return files::tell(global, args, missing);
        }
        Err(finding) => return Err(finding),
    };
    chain::keys_hold(&standing.reader)?;
    let (conn, register) = (standing.reader.connection(), &standing.rules.register);
    let failed = |error: LedgerError| finding::of(ApplyError::from(error));
    let base = memory::base_as_it_stands(conn, register, None).map_err(finding::of)?;
    // If the register itself does not answer, only the names are missing.
    let former = standing::former(standing.store.as_ref()).unwrap_or_default();
    let people = who::People::of_base(&base, register, &former);
    let asked = people.meant(global, &args.person)?;
    let person = base.meant(&asked);
    let events = match known_key(conn, person).map_err(failed)? {
        Some(key) => life(conn, &key).map_err(failed)?,
        None => Vec::new(),
    };
    let mut accesses = access_lines(&base, register, &former, None, Lines::All, standing.today);
    accesses.retain(|line| line.person == person.as_str());
    if events.is_empty() && accesses.is_empty() {
        return Err(people.nobody_knows(person));
    }
    let previously: Vec<&PersonId> =
        base.renamed.iter().filter(|(_, now)| *now == person).map(|(before, _)| before).collect();
    if global.format == Format::Json {
        output::json_out(&json!({
            "person": person, "name": people.name(person.as_str()), "previously": previously,
            "accesses": accesses, "events": events,
        }));
        return Ok(());
    }
    let told = EventPrinter { global, register, zone: past::zone(&standing)?, people: &people };
    if args.csv {
        told.sheet(&events);
        return Ok(());
    }
    let name = people.name(person.as_str());
    output::say(global, &text!(en: "{name} ({person})\n", nb: "{name} ({person})\n"));
    for before in previously {
        output::say(global, &text!(en: "the id was `{before}` before\n", nb: "id-en var `{before}` før\n"));
    }
    told.accesses(&accesses);
    told.events(&events);
    Ok(())
}

/// The values that are needed to show an event to people.
struct EventPrinter<'a> {
    global: &'a Global,
    register: &'a Register,
    zone: TimeZone,
    people: &'a who::People,
}

impl EventPrinter<'_> {
    fn accesses(&self, lines: &[AccessLine]) {
        let lang = self.global.lang();
        let row = |line: &AccessLine| {
            vec![
                line.role.clone(),
                line.application.clone(),
                line.unit.clone(),
                line.from.to_string(),
                line.until.map_or_else(|| "-".to_owned(), |day| day.to_string()),
                line.state.get(lang).to_owned(),
                format!("{} {}, {}", self.name_and_id(&line.approved_by), line.approved_on, line.request),
            ]
        };
        let headings = match lang {
            Lang::En => ["ROLE", "APPLICATION", "UNIT", "FROM", "UNTIL", "STATE", "APPROVED"],
            Lang::Nb => ["ROLLE", "APPLIKASJON", "ENHET", "FRA", "TIL", "TILSTAND", "GODKJENT"],
        };
        let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
        output::out(&format!("\n{}", output::aligned_table(&headings, &rows)));
    }

    fn events(&self, events: &[LifeEvent]) {
        let lang = self.global.lang();
        let row = |event: &LifeEvent| {
            let more: Vec<String> = self.more(event).iter().map(|part| part.get(lang).to_owned()).collect();
            let access = match (&event.role, &event.application, event.unit) {
                (Some(role), Some(application), Some(unit)) => {
                    steps::role_at(role, application, &self.register.unit_name(unit))
                }
                (None, Some(application), Some(unit)) => {
                    let unit = self.register.unit_name(unit);
                    text!(en: "{application} at {unit}", nb: "{application} ved {unit}")
                }
                _ => Text::same("-"),
            };
            vec![
                self.when(event),
                words(event.what).get(lang).to_owned(),
                access.get(lang).to_owned(),
                more.join("; "),
            ]
        };
        let headings = match lang {
            Lang::En => ["WHEN", "WHAT", "ACCESS", "MORE"],
            Lang::Nb => ["NÅR", "HVA", "TILGANG", "MER"],
        };
        let rows: Vec<Vec<String>> = events.iter().map(row).collect();
        output::out(&format!("\n{}", output::aligned_table(&headings, &rows)));
    }

    /// Returns the moment in the register's time zone, to the second.
    fn when(&self, event: &LifeEvent) -> String {
        self.zone.to_datetime(event.at).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// Returns the name and id of a person who approved.
    fn name_and_id(&self, by: &str) -> String {
        self.people.called(by)
    }

    fn more(&self, event: &LifeEvent) -> Vec<Text> {
        let mut more = Vec::new();
        match (event.from, event.until) {
            (Some(from), Some(until)) => {
                more.push(text!(en: "from {from} until {until}", nb: "fra {from} til {until}"));
            }
            (Some(from), None) => more.push(text!(en: "from {from}, no end", nb: "fra {from}, uten slutt")),
            (None, Some(until)) => more.push(text!(en: "last day {until}", nb: "siste dag {until}")),
            (None, None) => {}
        }
        if let Some(by) = event.by.as_deref().map(|by| self.name_and_id(by)) {
            more.push(match event.on {
                Some(on) => {
                    text!(en: "approved by {by} on {on}", nb: "godkjent av {by} {on}")
                }
                None => text!(en: "by {by}", nb: "av {by}"),
            });
        }
        if let Some(request) = &event.request {
            more.push(text!(en: "request {request}", nb: "søknad {request}"));
        }
        more.extend(match event.way {
            Some(AcceptanceWay::Baseline) => {
                Some(text!(en: "with the first base", nb: "sammen med alt som fantes fra før"))
            }
            Some(AcceptanceWay::History) => Some(text!(
                en: "it was over when it first appeared",
                nb: "den var over da den først dukket opp"
            )),
            Some(AcceptanceWay::Judged) | None => None,
        });
        more.extend(event.cause.map(portvakt_core::change::Cause::words));
        if let Some(account) = &event.account {
            more.push(text!(en: "account {account}", nb: "konto {account}"));
        }
        more.extend(event.codes.iter().map(|code| Text::same(code.as_str())));
        more.extend(event.clock.map(clock_words));
        more
    }

    fn sheet(&self, events: &[LifeEvent]) {
        let lang = self.global.lang();
        let text = |value: Option<String>| value.unwrap_or_default();
        let row = |event: &LifeEvent| {
            let suspect = event.clock.map(|_| Code::ClockSuspect.as_str());
            let codes: Vec<&str> = event.codes.iter().map(String::as_str).chain(suspect).collect();
            vec![
                event.seq.to_string(),
                self.when(event),
                words(event.what).get(lang).to_owned(),
                text(event.role.as_ref().map(ToString::to_string)),
                text(event.application.as_ref().map(ToString::to_string)),
                text(event.unit.map(|unit| self.register.unit_name(unit))),
                text(event.from.map(|day| day.to_string())),
                text(event.until.map(|day| day.to_string())),
                text(event.request.as_ref().map(ToString::to_string)),
                text(event.by.clone()),
                text(event.on.map(|day| day.to_string())),
                text(event.cause.map(|cause| cause.words().get(lang).to_owned())),
                text(event.account.clone()),
                codes.join(" "),
            ]
        };
        let headings = match lang {
            Lang::En => [
                "entry",
                "when",
                "what",
                "role",
                "application",
                "unit",
                "from",
                "until",
                "request",
                "by",
                "on",
                "cause",
                "account",
                "codes",
            ],
            Lang::Nb => [
                "innslag",
                "når",
                "hva",
                "rolle",
                "applikasjon",
                "enhet",
                "fra",
                "til",
                "søknad",
                "av",
                "den",
                "årsak",
                "konto",
                "koder",
            ],
        };
        let rows: Vec<Vec<String>> = events.iter().map(row).collect();
        sheet::out(&headings, &rows);
    }
}

/// Says that the time of an event is not when it happened.
fn clock_words(clock: WrongClock) -> Text {
    match clock {
        WrongClock::Behind => text!(
            en: "the clock was behind and not believed: the time is that of an earlier entry",
            nb: "klokken gikk etter og ble ikke trodd: tidspunktet er fra et tidligere innslag"
        ),
        WrongClock::Ahead => text!(
            en: "the clock was ahead and not believed: the time is the last one that was",
            nb: "klokken gikk foran og ble ikke trodd: tidspunktet er det siste som ble trodd"
        ),
    }
}

fn words(what: LifeEventKind) -> Text {
    match what {
        LifeEventKind::Accepted => text!(en: "accepted", nb: "godtatt"),
        LifeEventKind::Changed => text!(en: "change accepted", nb: "endring godtatt"),
        LifeEventKind::StandsAgain => text!(en: "stands again", nb: "gjelder igjen"),
        LifeEventKind::TakenOver => text!(en: "taken over", nb: "overtatt"),
        LifeEventKind::EndAccepted => text!(en: "end accepted", nb: "slutt godtatt"),
        LifeEventKind::Refused => text!(en: "refused", nb: "avvist"),
        LifeEventKind::FileHeld => text!(en: "file held", nb: "fil holdt tilbake"),
        LifeEventKind::FileMended => text!(en: "file in order again", nb: "fil i orden igjen"),
        LifeEventKind::RequestFreed => text!(en: "request freed", nb: "søknad frigjort"),
        LifeEventKind::AccountFound => text!(en: "account found", nb: "konto funnet"),
        LifeEventKind::AccountOpened => text!(en: "account opened", nb: "konto åpnet"),
        LifeEventKind::Given => text!(en: "given", nb: "gitt"),
        LifeEventKind::Taken => text!(en: "taken", nb: "fjernet"),
        LifeEventKind::Settled => text!(en: "over already", nb: "allerede over"),
        LifeEventKind::Amended => text!(en: "name or address changed", nb: "navn eller adresse endret"),
        LifeEventKind::Swept => text!(en: "address taken away", nb: "adresse fjernet"),
        LifeEventKind::AccountClosed => text!(en: "account closed", nb: "konto stengt"),
        LifeEventKind::Failed => text!(en: "did not succeed", nb: "lyktes ikke"),
        LifeEventKind::IdChanged => text!(en: "id changed", nb: "id endret"),
    }
}
