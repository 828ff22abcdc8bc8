//! Finds the register's day, on which a command judges, and reads the days that are typed.

use jiff::ToSpan as _;
use jiff::civil::Date;
use portvakt_author::{DayError, day as day_of_people};
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::model::{FilePath, Register};
use portvakt_core::parse;
use portvakt_core::tree::{REGISTER, Snapshot};
use portvakt_core::zone::another_zone;
use portvakt_engine::pass::day_at;
use portvakt_net::Typed;

use super::output;
use crate::config::Global;

/// Returns today's date in the register's time zone.
pub(super) fn of_register(global: &Global, register: &Register) -> Result<Date, Finding> {
    day_at(register, global.clock().now()).map_err(|error| {
        let why = error.words();
        let message = text!(with why; en: "{why}", nb: "dagens dato kan ikke regnes ut: {why}");
        Finding::new(Code::SourceUnreadable, message, another_zone())
    })
}

/// Returns today's date in the time zone of the tree's register. If the register cannot be read, UTC is used, because
/// nothing is judged then.
pub(super) fn of_tree(global: &Global, tree: &Snapshot) -> Result<Date, Finding> {
    let now = global.clock().now();
    match parse::register(&FilePath::new(REGISTER), tree.register()) {
        Ok(register) => of_register(global, &register),
        Err(_) => Ok(jiff::tz::TimeZone::UTC.to_datetime(now).date()),
    }
}

/// Reads a date from the command line that has its year, month and day. The user may be confirming the date of a clock
/// that has jumped. So no part of it may come from that clock, and words such as `today` are refused. The arguments
/// hold the date as it was typed. It is refused in the language of the results, which is unknown while the arguments
/// are read.
pub(super) fn typed(global: &Global, typed: &str) -> Result<Date, Exit> {
    typed.parse().map_err(|_| {
        let typed = Typed::from(typed);
        output::tell(
            global,
            &text!(
                en: "error: `{typed}` is no date; write year, month and day, such as 2026-01-31; see --help",
                nb: "feil: `{typed}` er ingen dato; skriv år, måned og dag, for eksempel 2026-01-31; se --help"
            ),
        );
        Exit::Usage
    })
}

/// Checks the form of a day, so that a command can be refused before anything is opened.
///
/// # Errors
/// The exit code is that of a wrong command line. The user was told how a day is written.
pub(super) fn is_a_day(global: &Global, typed: &str) -> Result<(), Exit> {
    // Only the form is checked, and it does not depend on the day in the register's time zone.
    let today = jiff::tz::TimeZone::UTC.to_datetime(global.clock().now()).date();
    if day_typed(typed, today).is_some() {
        return Ok(());
    }
    let why = no_day(typed, today);
    output::tell(global, &text!(with why; en: "error: {why}; see --help", nb: "feil: {why}; se --help"));
    Err(Exit::Usage)
}

/// Returns the day that a question about the past means. It can have any form that people use. A day without a year is
/// the last such day.
///
/// # Errors
/// The text is not a day.
pub(super) fn past(typed: &str, today: Date) -> Result<Date, Finding> {
    day_typed(typed, today).ok_or_else(|| Finding::new(Code::BadValue, no_day(typed, today), give_a_date()))
}

/// Returns the day that a text about the future means. It can have any form that people use. A day without a year is
/// the next such day.
///
/// # Errors
/// The text is not a day.
pub(super) fn coming(typed: &str, today: Date) -> Result<Date, Finding> {
    let written = typed.trim().parse().ok();
    written
        .or_else(|| day_of_people(typed, today, today).ok())
        .ok_or_else(|| Finding::new(Code::BadValue, no_day(typed, today), give_a_date()))
}

/// Returns the next step if a date was expected.
pub(super) fn give_a_date() -> Text {
    text!(en: "Give a date such as 2026-01-31.", nb: "Oppgi en dato som 2026-01-31.")
}

fn no_day(typed: &str, today: Date) -> Text {
    if let Some(american) = day_of_people(typed, today, today).err().filter(DayError::may_be_american) {
        return american.words();
    }
    let typed = Typed::from(typed);
    text!(
        en: "`{typed}` is no date; write year, month and day, such as 2026-01-31, or 31.1.26, or yesterday",
        nb: "`{typed}` er ingen dato; skriv år, måned og dag, for eksempel 2026-01-31, eller 31.1.26, eller i går"
    )
}

fn day_typed(typed: &str, today: Date) -> Option<Date> {
    if let Ok(date) = typed.trim().parse() {
        return Some(date);
    }
    let meant = day_of_people(typed, today, today).ok()?;
    if meant <= today || !typed.contains(|c: char| c.is_ascii_digit()) {
        return Some(meant);
    }
    // A day without a year may be the last such day. A day with a year stays as it is, and so does a distance from
    // today.
    let a_year_ago = today.checked_sub(1.year()).ok()?;
    let last = day_of_people(typed, a_year_ago, today).ok()?;
    Some(if last <= today { last } else { meant })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_question_about_what_has_been_takes_the_last_such_day() {
        let today = date(2026, 11, 26);
        for (typed, meant) in [
            ("2026-11-24", date(2026, 11, 24)),
            ("24.11.", date(2026, 11, 24)),
            ("26.11", today),
            ("27.11.", date(2025, 11, 27)),
            ("1. februar", date(2026, 2, 1)),
            ("1.2.27", date(2027, 2, 1)),
            ("i går", date(2026, 11, 25)),
            ("tomorrow", date(2026, 11, 27)),
            ("+3 days", date(2026, 11, 29)),
            ("9999-12-30", date(9999, 12, 30)),
        ] {
            assert_eq!(past(typed, today), Ok(meant), "{typed}");
        }
        assert!(past("2026-02-30", today).is_err() && past("soon", today).is_err());
        assert_eq!(coming("24.11.", today), Ok(date(2027, 11, 24)));
        assert_eq!(coming("+3 months", today), Ok(date(2027, 2, 26)));
        assert!(coming("2026-02-30", today).is_err());
        for (typed, why) in
            [("12/31/2026", "write it with the day first, 31.12.2026"), ("3/4/2027", "or 4.3.2027")]
        {
            for told in [past(typed, today).unwrap_err(), coming(typed, today).unwrap_err()] {
                assert!(told.message.en().contains(why), "{typed}: {told:?}");
            }
        }
    }
}
