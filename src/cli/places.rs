//! Finds the places that the options name besides the tree: this program's tables, a register elsewhere, and
//! Rapporteket's reports. An option that cannot be used becomes a finding here.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_database::Site;
use portvakt_stores::RemoteStore;
use portvakt_stores::rapporteket::{Maria, RapporteketSettings};

use crate::config::{Global, ScimError};

/// The place of this program's own tables.
pub(super) fn site(global: &Global) -> Result<Site, Finding> {
    let site = global.site().map_err(|error| unreachable(global, &error))?;
    if let Site::File(path) = &site {
        has_one_name(path)?;
    }
    Ok(site)
}

/// Refuses a register's file that has several names (hard links). The database keeps its journal beside the name that
/// is used, and the lock lies there too. So two processes under two names would not see each other.
pub(super) fn has_one_name(path: &Path) -> Result<(), Finding> {
    let known = std::fs::metadata(path).ok().filter(Metadata::is_file);
    let Some(names) = known.map(|known| known.nlink()).filter(|names| *names > 1) else { return Ok(()) };
    let path = path.display();
    let message = text!(
        en: "the file `{path}` has {names} names (hard links), and what works on it under one of them is not seen under another",
        nb: "filen `{path}` har {names} navn (harde lenker), og det som arbeider på den under ett av dem, synes ikke under et annet"
    );
    let way_out = text!(
        en: "Stop what uses it, find the names with `find / -xdev -samefile {path}`, and delete all but one with `rm`. A backup is a copy and no link.",
        nb: "Stans det som bruker den, finn navnene med `find / -xdev -samefile {path}`, og slett alle unntatt ett med `rm`. En sikkerhetskopi er en kopi og ingen lenke."
    );
    Err(Finding::new(Code::StoreUnavailable, message, way_out))
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
