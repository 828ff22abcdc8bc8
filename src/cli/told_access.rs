//! Tells an access in two lines. An answer from the register and an answer from the files have the same lines, so that
//! people recognise the access in both.

use jiff::civil::Date;
use portvakt_core::diag::{Text, text};

/// An access in the form in which it is shown in two lines. The values come from the register or from the files.
pub(super) struct ToldAccess<'a> {
    pub(super) role: &'a str,
    pub(super) application: &'a str,
    pub(super) unit: &'a str,
    pub(super) from: Date,
    pub(super) until: Option<Date>,
    /// The name and id of the person who approved.
    pub(super) by: String,
    pub(super) on: Date,
    pub(super) request: &'a str,
}

impl ToldAccess<'_> {
    /// The two lines, with the state of the access.
    pub(super) fn words(&self, state: &Text) -> Text {
        let Self { role, application, unit, from, until, by, on, request } = self;
        let until = match until {
            None => text!(en: "no end", nb: "uten slutt"),
            Some(day) => text!(en: "until {day}", nb: "til {day}"),
        };
        text!(
            with state, until;
            en: "  {role} in {application} at {unit}: {state} (from {from}, {until})\n    approved by {by} on {on}, request {request}\n",
            nb: "  {role} i {application} ved {unit}: {state} (fra {from}, {until})\n    godkjent av {by} {on}, søknad {request}\n"
        )
    }
}
