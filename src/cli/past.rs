//! Turns days in the past into moments of the ledger. The ledger has no answer for a day that has not come, that lies
//! before its first entry, or in a time that two people have taken back and in which something has changed since. Such a
//! day is refused, and no list is shown, not even an empty one.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::zone::time_zone;
use portvakt_engine::apply::ApplyError;
use portvakt_engine::pass::{PassError, day_at};
use portvakt_engine::report::{begins, times_taken_back};

use super::standing::OpenedRegister;
use super::{finding, today};

/// The register's time zone.
pub(super) fn zone(standing: &OpenedRegister) -> Result<TimeZone, Finding> {
    time_zone(&standing.rules.register.time_zone).map_err(|why| finding::of(PassError::from(why)))
}

/// The first moment of a day that has begun, if the record goes back to that day.
pub(super) fn start_of(standing: &OpenedRegister, at: Date) -> Result<Timestamp, Finding> {
    // If the record begins during this day, the day is allowed, because its end is in the record.
    end_of(standing, at)?;
    zone(standing)?.to_timestamp(at.at(0, 0, 0, 0)).map_err(|_| beyond(at))
}

/// The last moment of a day that has begun, if the record goes back to that day.
pub(super) fn end_of(standing: &OpenedRegister, at: Date) -> Result<Timestamp, Finding> {
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
    let zone = zone(standing)?;
    let end =
        at.tomorrow().and_then(|next| zone.to_timestamp(next.at(0, 0, 0, 0))).map_err(|_| beyond(at))?;
    let end = end.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(end);
    before_the_record(standing, at, end)?;
    after_what_was_taken_back(standing, at, end)
}

/// Goes on to the end of a time that was taken back, if the day ends in it, because the entries since carry that time. If
/// they change something, it is not known on which day. Only today is after all of them.
fn after_what_was_taken_back(
    standing: &OpenedRegister,
    at: Date,
    end: Timestamp,
) -> Result<Timestamp, Finding> {
    let conn = standing.reader.connection();
    let taken_back = times_taken_back(conn).map_err(|error| finding::of(ApplyError::from(error)))?;
    let mut until = end;
    for time in taken_back.into_iter().filter(|time| time.from <= end && end < time.to) {
        if time.has_changes && at < standing.today {
            let day_of = |moment| day_at(&standing.rules.register, moment).map_err(finding::of);
            let (from, to) = (day_of(time.from)?, day_of(time.to)?);
            let message = text!(
                en: "the date was set back from {to} to {from}, and what was recorded since carries the later time; who had what on {at} cannot be known from it",
                nb: "datoen ble stilt tilbake fra {to} til {from}, og det som er skrevet siden, bærer den senere tiden; hvem som hadde hva {at}, kan ikke leses av det"
            );
            let way_out = text!(
                en: "Ask for a day before {from}, or for today; `portvakt history PERSON` has what happened since in its order.",
                nb: "Spør om en dag før {from}, eller om i dag; `portvakt history PERSON` har det som er skjedd siden, i rekkefølge."
            );
            return Err(Finding::new(Code::BeforeTheRecord, message, way_out));
        }
        until = until.max(time.to);
    }
    Ok(until)
}

fn beyond(at: Date) -> Finding {
    let message = text!(
        en: "the end of `{at}` is beyond the last day that can be reckoned with",
        nb: "slutten av `{at}` er etter den siste dagen det kan regnes med"
    );
    Finding::new(Code::BadValue, message, today::give_a_date())
}

/// Refuses a day before the ledger begins. Nothing is known about such a day, so no list is shown, not even an empty
/// one.
fn before_the_record(standing: &OpenedRegister, at: Date, end: Timestamp) -> Result<(), Finding> {
    let conn = standing.reader.connection();
    let begins = begins(conn).map_err(|error| finding::of(ApplyError::from(error)))?;
    let Some(begins) = begins.filter(|begins| *begins > end) else { return Ok(()) };
    let day = day_at(&standing.rules.register, begins).map_err(finding::of)?;
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
