//! The register's day, on which a command judges.

use jiff::civil::Date;
use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::model::{FilePath, Register};
use portvakt_core::parse;
use portvakt_core::tree::{REGISTER, Snapshot};
use portvakt_engine::pass::day;

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
