//! Finds the places that the options name besides the tree: this program's tables, a register elsewhere, and
//! Rapporteket's reports. An option that cannot be used becomes a finding here.

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_database::Site;
use portvakt_stores::RemoteStore;
use portvakt_stores::rapporteket::{Maria, RapporteketSettings};

use crate::config::{Global, ScimError};

/// The place of this program's own tables.
pub(super) fn site(global: &Global) -> Result<Site, Finding> {
    global.site().map_err(|error| unreachable(global, &error))
}

/// The client for a register elsewhere. It is `None` if the register is in this program's own tables.
pub(super) fn register_elsewhere(global: &Global) -> Result<Option<RemoteStore>, Finding> {
    global.remote().map_err(|error| unreachable(global, &error))
}

fn unreachable(global: &Global, error: &ScimError) -> Finding {
    let (place, why) = (&global.store, error.words());
    let message = text!(
        with why;
        en: "the register at `{place}`: {why}",
        nb: "registeret på `{place}`: {why}"
    );
    Finding::new(Code::StoreUnavailable, message, mend_the_option())
}

/// The next step for an option that cannot be used.
fn mend_the_option() -> Text {
    text!(
        en: "Mend the option or the file it names.",
        nb: "Rett valget eller filen det navngir."
    )
}

/// The client for Rapporteket's reports, if the options name its database.
pub(super) fn reports(global: &Global) -> Result<Option<Maria>, Finding> {
    let Some(settings) = reports_settings(global)? else { return Ok(None) };
    Maria::new(&settings).map(Some).map_err(|error| {
        let way_out = text!(en: "Mend what the message names.", nb: "Rett det meldingen nevner.");
        Finding::new(Code::ReportsUnavailable, error.words(), way_out)
    })
}

/// The settings for Rapporteket's reports, if the options name its database.
pub(super) fn reports_settings(global: &Global) -> Result<Option<RapporteketSettings>, Finding> {
    global.reports().map_err(|error| {
        let why = error.words();
        let message = text!(
            with why;
            en: "Rapporteket's database: {why}",
            nb: "databasen til Rapporteket: {why}"
        );
        Finding::new(Code::ReportsUnavailable, message, mend_the_option())
    })
}
