//! Helpers that all sections of the register use: for a required key, and for ids that are keys.

use crate::diag::{Code, Finding, text};
use crate::model::IdError;

use super::item::put_in;
use super::meant;
use super::node::{KeyValue, Node};
use super::page::{FilePage, shown};
use super::walk::{Fields, missing_key};

/// The value of a required key.
pub(super) fn required_value<'p, 'a>(
    fields: &Fields<'p, 'a>,
    key: &'static str,
    wrong: &mut Vec<Finding>,
) -> Option<&'p Node<'a>> {
    let item = fields.item(key);
    if item.is_none() && !fields.is_there_with_a_slip(key) {
        let way_out = text!(
            en: "Add `{key}:`; without it the register says nothing about them.",
            nb: "Legg til `{key}:`; uten den sier registeret ingenting om dem."
        );
        wrong.push(fields.page.finding(Code::MissingKey, fields.span, missing_key(key), way_out));
    }
    item.map(|item| item.node)
}

/// Reads the key of a pair as an id. `joint` stands between the words of such an id.
pub(super) fn key_id<T>(
    page: FilePage<'_>,
    pair: &KeyValue<'_>,
    new: fn(&str) -> Result<T, IdError>,
    joint: char,
    wrong: &mut Vec<Finding>,
) -> Option<T> {
    new(&pair.key)
        .map_err(|error| {
            let (key, why) = (shown(&pair.key), error.words());
            let message = text!(
                with why;
                en: "`{key}` cannot be an id: {why}.",
                nb: "`{key}` kan ikke være en id: {why}."
            );
            let way_out = match meant::id(&pair.key, new, joint) {
                Some(meant) => meant::write_instead(meant),
                None => text!(
                    en: "Write small letters a to z, digits, dots and hyphens.",
                    nb: "Skriv små bokstaver a til z, sifre, punktum og bindestrek."
                ),
            };
            let message = message.and(put_in(&pair.key));
            wrong.push(page.finding(Code::BadValue, page.key_span(pair), message, way_out));
        })
        .ok()
}
