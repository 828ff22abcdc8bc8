//! Finds out whether a request was used before, and whether the person has the asked access already. Returns the words
//! for it.

use portvakt_author::{AskedAccess, HeldAccess};
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::model::{ApplicationId, PersonId, RequestId, UnitId};
use portvakt_core::parse::Entry;

use crate::cli::author::Work;
use crate::cli::author::underway::Repeat;

/// Returns whether one of these accesses was given on this application before (R33).
pub(super) fn is_used(
    work: &Work<'_>,
    person: &PersonId,
    applications: &[ApplicationId],
    (unit, request): (UnitId, &RequestId),
) -> bool {
    let person = work.desk.person(person);
    person.files.values().flat_map(|file| &file.entries).any(|entry| match entry {
        Entry::Valid { grant, .. } => {
            let key = &grant.key;
            key.unit == unit && key.request.is_same(request) && applications.contains(&key.application)
        }
        Entry::Invalid { .. } => false,
    })
}

pub(super) fn used(request: &RequestId) -> Finding {
    let message = text!(
        en: "an access like this was given on the application `{request}` before, and an application serves once",
        nb: "en slik tilgang er gitt på søknaden `{request}` før, og en søknad kan bare brukes én gang"
    );
    let way_out = text!(
        en: "Who comes back sends a new application: say its number. To move the last day of an access that is not over, use `portvakt extend`.",
        nb: "Den som kommer tilbake, sender ny søknad: oppgi nummeret på den. Skal en tilgang som ikke er over, vare lenger, bruk `portvakt extend`."
    );
    Finding::new(Code::DuplicateEntry, message, way_out)
}

/// Returns whether the files already have each of these accesses in this form. If the user gave no first day, it may
/// differ.
pub(super) fn is_already_given(
    work: &Work<'_>,
    person: &PersonId,
    asked: &AskedAccess,
    is_from_said: bool,
) -> bool {
    let living = work.desk.person(person).accesses(work.today());
    asked.applications.iter().all(|application| {
        living.iter().any(|HeldAccess { grant, .. }| {
            grant.key.application == *application
                && grant.key.unit == asked.unit
                && grant.key.request.is_same(&asked.request)
                && grant.role == asked.role
                && grant.until == asked.until
                && (!is_from_said || grant.from == asked.from)
        })
    })
}

/// Compares the asked access with the accesses that the person has. If the role is the same, it would be given a second
/// time, and `portvakt extend` is the right command. It needs no new application. If the role differs, or the old
/// access is over by then, it is only a notice.
pub(super) fn compare_with_held(
    work: &Work<'_>,
    person: &PersonId,
    asked: &AskedAccess,
) -> (Option<Repeat>, Option<Text>) {
    let living = work.desk.person(person).accesses(work.today());
    let is_here = |held: &&HeldAccess| {
        held.grant.key.unit == asked.unit && asked.applications.contains(&held.grant.key.application)
    };
    let is_same = |held: &&HeldAccess| {
        is_here(held)
            && held.grant.role == asked.role
            && held.grant.until.is_none_or(|until| until >= asked.from)
    };
    let same = living.iter().find(is_same);
    let Some(held) = same.or_else(|| living.iter().find(is_here)) else { return (None, None) };
    let (role, unit) = (&held.grant.role, work.desk.rules.register.unit_name(held.grant.key.unit));
    let repeat = Repeat {
        what: text!(en: "They have {role} at {unit} already", nb: "Personen har allerede {role} ved {unit}"),
        way_out: text!(
            en: "`portvakt extend` moves its last day, without a new application.",
            nb: "`portvakt extend` flytter siste dag, uten ny søknad."
        ),
    };
    if same.is_some() { (Some(repeat), None) } else { (None, Some(repeat.words())) }
}
