//! Tells a reviewer that an answer keeps an access until a later day than the access lasts. A review extends nothing, so
//! the access ends on its own last day all the same.

use portvakt_core::diag::{Text, text};
use portvakt_core::model::{Review, ReviewRow};

use super::list::ReviewDesk;
use crate::cli::output;
use crate::config::Global;

/// Tells it of an answer that was just given, if it is so.
pub(super) fn tell_of_row(global: &Global, desk: &ReviewDesk, row: &ReviewRow) {
    let Some(end) = row.ends_before_kept() else { return };
    let (who, person) = (desk.who(&row.key.person), &row.key.person);
    output::tell(
        global,
        &text!(
            en: "{who}: the access ends on {end} all the same, since a review extends nothing. For longer: `portvakt extend {person}`.",
            nb: "{who}: tilgangen slutter {end} likevel, siden en kontroll ikke forlenger noe. Skal den vare lenger: `portvakt extend {person}`."
        ),
    );
}

/// Tells it of the answers that were just given without being asked for one by one.
pub(super) fn tell(global: &Global, desk: &ReviewDesk, before: &Review, new: &Review) {
    let given = before.rows.iter().zip(&new.rows).filter(|(old, row)| old.answered != row.answered);
    given.for_each(|(_, row)| tell_of_row(global, desk, row));
}

/// Returns the words about an access that ends before the day until which it is kept, by the files of now.
pub(super) fn words(desk: &ReviewDesk, row: &ReviewRow) -> Text {
    let Some(end) = row.ends_before_kept() else { return Text::default() };
    let key = portvakt_core::review::key_now(row, &desk.base);
    let end = desk.base.standing(&key).and_then(|standing| standing.grant.until).unwrap_or(end);
    text!(en: "ends on its own on {end}", nb: "slutter av seg selv {end}")
}
