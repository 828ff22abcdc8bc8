//! People's names on the forge, in `register.yaml`: the key `code_owners`. A name belongs to one person.

use std::collections::BTreeMap;

use super::item::{Item, Read};
use super::page::shown;
use super::register_part::key_id;
use super::walk::{Fields, named_pairs};
use crate::diag::{Code, Finding, text};
use crate::model::{Handle, HandleError, PersonId};

/// Reads the key. If it is left out, the result is empty.
pub(super) fn code_owners(fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> BTreeMap<PersonId, Handle> {
    let mut found: BTreeMap<PersonId, Handle> = BTreeMap::new();
    let Some(item) = fields.item("code_owners") else { return found };
    let page = fields.page;
    let what = text!(
        en: "persons and their names on the forge",
        nb: "personer og navnene deres på kodeplattformen"
    );
    for pair in named_pairs(page, item.node, &what, wrong) {
        let person = key_id(page, pair, PersonId::new, '.', wrong);
        let handle = handle(&Item { page, key: "code_owners", node: &pair.node });
        let (Some(person), Ok(handle)) = (&person, &handle) else {
            wrong.extend(handle.err().map(|finding| *finding));
            continue;
        };
        let same = |other: &Handle| other.as_str().eq_ignore_ascii_case(handle.as_str());
        if let Some((other, _)) = found.iter().find(|(_, other)| same(other)) {
            let message = text!(
                en: "`{handle}` is the name of `{other}` and of `{person}`.",
                nb: "`{handle}` er navnet både til `{other}` og til `{person}`."
            );
            let way_out = text!(
                en: "A name on the forge belongs to one person: correct one of the two.",
                nb: "Et navn på kodeplattformen tilhører én person: rett en av de to."
            );
            wrong.push(page.finding(Code::RegisterInvalid, page.key_span(pair), message, way_out));
        }
        found.insert(person.clone(), handle.clone());
    }
    found
}

fn handle(item: &Item<'_, '_>) -> Read<Handle> {
    let text = item.text()?;
    Handle::new(text).map_err(|error| {
        let shown = shown(text);
        let why = match error {
            HandleError::NoAt => text!(en: "it is not written `@name`", nb: "det er ikke skrevet `@navn`"),
            HandleError::Character(c) => {
                let c = c.escape_debug();
                text!(en: "`{c}` is not allowed in it", nb: "`{c}` er ikke tillatt i det")
            }
            HandleError::Long => text!(en: "it is too long", nb: "det er for langt"),
        };
        let message = text!(
            with why;
            en: "`{shown}` is no name on a forge: {why}.",
            nb: "`{shown}` er ikke et navn på en kodeplattform: {why}."
        );
        let way_out = text!(
            en: "Write the account's name with an `@`, in quotation marks: `\"@kari-testesen\"`. Not an e-mail address.",
            nb: "Skriv kontonavnet med `@`, i anførselstegn: `\"@kari-testesen\"`. Ikke en e-postadresse."
        );
        item.wrong(Code::BadValue, message, way_out)
    })
}
