//! `portvakt confirm-date` records on this host that national administrators have confirmed today's date.

use std::collections::BTreeSet;

use portvakt_core::decide::Trusted;
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::plan::ClockTrust;
use portvakt_engine::apply::confirm_date;
use portvakt_engine::reconcile::engine::EngineError;

use super::decision::{open_for_release, releasing_people};
use super::{administrators, output, today};
use crate::config::Global;

/// Confirm today's date after the clock has jumped, so that accesses begin and end by themselves again.
///
/// A date after the last trusted one takes one national administrator, an earlier one two. Where two confirm it, accesses
/// that a clock ahead has ended too early stand again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Today's date, as a calendar on the wall says it.
    date: String,
    /// The administrator who confirms it: the id, the name or a part of it; give two where the date lies before the last
    /// one that was trusted.
    #[arg(long, required = true, value_name = "PERSON")]
    by: Vec<String>,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let date = match today::typed(global, &args.date) {
        Ok(date) => date,
        Err(exit) => return exit,
    };
    let done = open_for_release(global).and_then(|mut opened| {
        if date != opened.today {
            let today = opened.today;
            let message = text!(
                en: "the clock of this machine says {today}, and {date} was confirmed",
                nb: "klokken på denne maskinen sier {today}, og {date} ble bekreftet"
            );
            let way_out = text!(
                en: "Set the machine's clock first, then confirm its date.",
                nb: "Still maskinens klokke først, og bekreft så datoen."
            );
            return Err(Finding::new(Code::ClockSuspect, message, way_out).error());
        }
        let by = releasing_people(&opened, global, &args.by)?;
        let back = opened.clock.trust == ClockTrust::Behind || opened.today < opened.clock.day;
        let by = if back {
            administrators::two(&opened.rules, &opened.authority, &by).map(BTreeSet::from)?
        } else {
            let each =
                by.iter().map(|by| administrators::administrator(&opened.rules, &opened.authority, by));
            each.collect::<Result<BTreeSet<_>, _>>()?
        };
        let zone = opened.rules.register.time_zone.clone();
        let trusted = Trusted { instant: global.clock().now(), day: opened.today, zone };
        confirm_date(&mut opened.register, &trusted, &by).map_err(|error| EngineError::from(error).finding())
    });
    match done {
        Ok(again) => {
            let stand = if again == 0 {
                Text::default()
            } else {
                text!(
                    en: "{again} accesses had ended by a later day, and their own end dates lie ahead: they stand again, and the next pass gives them.\n",
                    nb: "{again} tilganger var avsluttet etter en senere dag, og de egne sluttdatoene ligger foran: de gjelder igjen, og neste gjennomgang gir dem.\n"
                )
            };
            output::say(
                global,
                &text!(
                    with stand;
                    en: "Confirmed: today is {date}. Accesses begin and end by themselves again.\n{stand}",
                    nb: "Bekreftet: i dag er {date}. Tilganger begynner og slutter igjen av seg selv.\n{stand}"
                ),
            );
            Exit::Ok
        }
        Err(finding) => output::stop(global, finding),
    }
}
