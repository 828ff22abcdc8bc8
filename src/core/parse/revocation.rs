//! Reads `revoked` in an entry. If it cannot be read, its author must not believe that it acts. So the finding first
//! says that the access is still in force, and then shows the correct line.

use super::item::Item;
use super::outdented::keys_below;
use super::revocation_text::{line_of, stands};
use super::span::Span;
use super::walk::{Fields, inner};
use crate::diag::{Code, Finding, Text, text};
use crate::model::{PersonId, Revocation};

/// The places of the values of `revoked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevocationPlaces {
    /// The place of `revoked.on`.
    pub on: Span,
    /// The place of `revoked.by`.
    pub by: Span,
    /// The place of `revoked.reason`.
    pub reason: Span,
}

/// Reads `revoked`. The result is `Some(None)` if the key is missing, and `None` if it cannot be read.
pub(super) fn revoked(
    fields: &Fields<'_, '_>,
    held: &mut Vec<Finding>,
    wrong: &mut Vec<Finding>,
) -> Option<Option<(Revocation, RevocationPlaces)>> {
    let Some(item) = fields.item("revoked") else { return Some(None) };
    let (mut unknown, mut faults) = (Vec::new(), Vec::new());
    let read = read_revocation(&item, &mut unknown, &mut faults);
    let line = line_of(item.page, item.node);
    if read.is_some() {
        // The parts that could be read take effect. Only the unknown keys have no meaning.
        held.extend(unknown.into_iter().map(|mut finding| {
            finding.message = text!(
                en: "The access is taken back all the same.",
                nb: "Tilgangen trekkes tilbake likevel."
            )
            .and(finding.message);
            finding.way_out = text!(with line; en: "Write `{line}`.", nb: "Skriv `{line}`.");
            finding
        }));
        return read.map(Some);
    }
    let out = if unknown.is_empty() { wrong } else { held };
    faults.splice(0..0, unknown);
    let why = faults.into_iter().fold(Text::default(), |all, finding| all.and(finding.message));
    let message = stands(item.page).and(why);
    let span = item.page.value_span(item.node);
    let way_out = text!(with line; en: "Write `{line}`.", nb: "Skriv `{line}`.");
    out.push(item.page.finding(Code::RevocationUnread, span, message, way_out));
    None
}

fn read_revocation(
    item: &Item<'_, '_>,
    unknown: &mut Vec<Finding>,
    faults: &mut Vec<Finding>,
) -> Option<(Revocation, RevocationPlaces)> {
    let inner = inner(item, keys_below("revoked"), unknown, faults)?;
    let on = inner.need_day("on", faults);
    let by =
        inner.need("by", "fornavn.etternavn", faults, |item| item.id(PersonId::new, "fornavn.etternavn"));
    let reason = inner.need("reason", "has left", faults, Item::words);
    let (on, by, reason) = (on?, by?, reason?);
    let places = RevocationPlaces { on: on.span, by: by.span, reason: reason.span };
    Some((Revocation { on: on.value, by: by.value, reason: reason.value }, places))
}
