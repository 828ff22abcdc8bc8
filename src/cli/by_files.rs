//! What the files of a clone say of a person and of an access, in words. In a clone nothing is remembered, so each of
//! these words says no more than the files do. `explain`, `history` and `list` answer with them where the register is not.

use std::collections::BTreeMap;

use jiff::civil::Date;
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::model::{Grant, PersonId, Register, TrustId};

use super::clone::{Newcomer, newcomers};
use super::told_access::ToldAccess;
use super::who;
use crate::config::Global;

/// Returns the finding for a person whom nobody knows in a clone. It only knows what its files say now, and what they said as far as their
/// history is here.
pub(super) fn nobody_here(person: &PersonId) -> Finding {
    let message = text!(
        en: "nobody knows `{person}` in this clone: no file of the main branch names them, and none did, as far as its history is here",
        nb: "ingen kjenner `{person}` i denne klonen: ingen fil i hovedgrenen nevner vedkommende, og ingen har gjort det, så langt historikken finnes her"
    );
    Finding::new(Code::UnknownName, message, who::check_spelling().and(the_rest(person)))
}

/// Adds the people whom an open branch alone has, so that they are found by name too, and returns them. If every typed
/// text is the id of somebody who is known, the branches are not read.
pub(super) fn and_newcomers(global: &Global, people: &mut who::People, asked: &[String]) -> Vec<Newcomer> {
    let is_known = |typed: &String| PersonId::new(typed.trim()).is_ok_and(|id| people.has_id(&id));
    if asked.iter().all(is_known) {
        return Vec::new();
    }
    let new = newcomers(global);
    let named: BTreeMap<PersonId, String> =
        new.iter().map(|one| (one.id.clone(), one.name.clone())).collect();
    people.and_former(&named);
    new
}

/// Returns the finding for a new person of whom the main branch tells nothing yet.
pub(super) fn not_taken_in(newcomer: &Newcomer) -> Finding {
    let way_out = text!(
        en: "`portvakt explain {id}` shows what it waits for.",
        nb: "`portvakt explain {id}` viser hva den venter på.";
        id = newcomer.id
    );
    Finding::new(Code::UnknownName, newcomer.waits(), way_out)
}

/// Returns the words that tell where to ask for what a clone does not know of a person.
pub(super) fn the_rest(person: &PersonId) -> Text {
    text!(
        en: "On the host of the register `portvakt history {person}` tells the rest: what was accepted, and what the register was told.",
        nb: "På registerets vert forteller `portvakt history {person}` resten: hva som er godtatt, og hva registeret har fått beskjed om."
    )
}

/// Returns the line about a file that was at a trust until that day.
pub(super) fn file_taken_away(trust: &TrustId, on: Date) -> Text {
    text!(
        en: "  the file at {trust} was taken away on {on}\n",
        nb: "  filen ved {trust} ble fjernet {on}\n"
    )
}

/// Returns the words for an access and its state in the files, on two lines.
pub(super) fn access_by_the_files(
    grant: &Grant,
    state: &Text,
    register: &Register,
    names: &who::People,
) -> Text {
    let unit = register.unit_name(grant.key.unit);
    let of = ToldAccess {
        role: grant.role.as_str(),
        application: grant.key.application.as_str(),
        unit: &unit,
        from: grant.from,
        until: grant.until,
        by: names.called(grant.approval.by.as_str()),
        on: grant.approval.on,
        request: grant.key.request.as_str(),
    };
    of.words(state)
}

/// Returns what the history says of an access that no file names any more. `said` is the day of the version that named
/// it last.
pub(super) fn no_longer_said(grant: &Grant, said: Date, names: &who::People, today: Date) -> Text {
    if grant.revoked.is_some() || grant.is_over(today) {
        return state(grant, names, today);
    }
    text!(
        en: "in no file any more; named last in the version of {said}",
        nb: "ikke lenger i noen fil; sist nevnt i versjonen fra {said}"
    )
}

/// Returns what the files say of an access. They do not know whether it was accepted.
pub(super) fn state(grant: &Grant, names: &who::People, today: Date) -> Text {
    match &grant.revoked {
        Some(revocation) => {
            let by = names.called(revocation.by.as_str());
            text!(en: "revoked by {by}", nb: "trukket tilbake av {by}")
        }
        None if grant.is_over(today) => text!(en: "over", nb: "avsluttet"),
        None if grant.from > today => text!(en: "begins later", nb: "begynner senere"),
        None => text!(en: "in force, if it was accepted", nb: "gjelder, om det er godtatt"),
    }
}
