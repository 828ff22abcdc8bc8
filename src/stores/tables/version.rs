//! The messages about tables whose version this program does not read. A file and a database use the same words.

use portvakt_core::diag::{Text, text};

/// Says that the tables are of a newer version than this program.
pub(super) fn newer(found: impl Into<i64>, known: impl Into<i64>) -> Text {
    let (found, known): (i64, i64) = (found.into(), known.into());
    text!(
        en: "it was made by a newer version of this program (its tables are version {found}, this program knows {known}); use \
             the newer program",
        nb: "registeret er laget av en nyere versjon av programmet (tabellene har versjon {found}, dette programmet kjenner \
             {known}); bruk det nyere programmet"
    )
}

/// Says that the tables have a version that no program has written.
pub(super) fn unknown() -> Text {
    text!(
        en: "its tables have no version this program knows; restore it from a backup",
        nb: "tabellene har ingen versjon som programmet kjenner; hent registeret tilbake fra en sikkerhetskopi"
    )
}
