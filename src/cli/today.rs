//! The register's day, on which a command judges, and the days that are typed.

use jiff::civil::Date;
use portvakt_core::diag::{Code, Exit, Finding, text};
use portvakt_core::model::{FilePath, Register};
use portvakt_core::parse;
use portvakt_core::tree::{REGISTER, Snapshot};
use portvakt_engine::pass::day;
use portvakt_net::Typed;

use super::output;
use crate::config::Global;

/// Today's date in the register's time zone.
pub(super) fn of_register(global: &Global, register: &Register) -> Result<Date, Finding> {
    day(register, global.clock().now()).map_err(|error| {
        let message = text!(en: "{error}", nb: "dagens dato kan ikke regnes ut: {error}");
        let way_out = text!(
            en: "Correct `time_zone` in `register.yaml`: write an IANA name, such as `Europe/Oslo`.",
            nb: "Rett `time_zone` i `register.yaml`: skriv et IANA-navn, for eksempel `Europe/Oslo`."
        );
        Finding::new(Code::SourceUnreadable, message, way_out)
    })
}

/// Today's date in the time zone of the tree's register. If the register cannot be read, UTC is used, because nothing
/// is judged then.
pub(super) fn of_tree(global: &Global, tree: &Snapshot) -> Result<Date, Finding> {
    let now = global.clock().now();
    match parse::register(&FilePath::new(REGISTER), tree.register()) {
        Ok(register) => of_register(global, &register),
        Err(_) => Ok(jiff::tz::TimeZone::UTC.to_datetime(now).date()),
    }
}

/// Reads a date from the command line. The arguments hold it as it was typed, because it is refused in the language of the
/// results, which is not known while they are read.
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
