//! Compares what the options say of a person with the file of somebody who is here already. A new access changes no
//! fact of the file, so an option that says otherwise would be lost without a word.

use portvakt_author::Person;
use portvakt_core::diag::{Code, Finding, quoted, text};
use portvakt_core::model::Login;

use super::AboutArgs;
use crate::cli::author::meant::{employer_meant, id_typed, is_none, position, staff};
use crate::cli::author::{Stop, Work};

/// Checks that no option says something else of a person than the file does. A person without a file has no facts yet.
pub(super) fn is_as_said(work: &Work<'_>, args: &AboutArgs, person: &Person) -> Result<(), Stop> {
    let (id, called) = (&person.id, work.called(&person.id));
    if let Some(said) = args.id.as_ref().filter(|said| !work.desk.base.is_same(said, id)) {
        let message = text!(
            en: "{called} is here already, with another id than `{said}`",
            nb: "{called} er her fra før, med en annen id enn `{said}`"
        );
        let way_out = text!(
            en: "Leave `--id` out if it is the same person, or add `--new` for somebody new.",
            nb: "Utelat `--id` om det er samme person, eller legg til `--new` for en ny person."
        );
        return Err(Finding::new(Code::BadValue, message, way_out).into());
    }
    let Some(facts) = person.facts() else { return Ok(()) };
    let has = &facts.vouched;
    let employer = args.employer.as_deref().map(|typed| employer_meant(work, typed)).transpose()?;
    let kind = args.staff.as_deref().map(staff).transpose()?;
    let is_other_position = match args.position.as_deref() {
        None => false,
        Some(typed) if is_none(typed) => has.position.is_some(),
        Some(typed) => has.position != Some(position(typed)?),
    };
    let is_other_login = match args.login.as_deref() {
        None => false,
        Some(typed) if is_none(typed) => has.login.is_some(),
        Some(typed) => has.login != Some(id_typed(typed, Login::new)?),
    };
    let options = [
        ("--employer", employer.is_some_and(|said| said != has.employer)),
        ("--staff", kind.is_some_and(|said| said != has.staff)),
        ("--position", is_other_position),
        ("--login", is_other_login),
    ];
    let otherwise: Vec<&str> =
        options.into_iter().filter(|(_, is_other)| *is_other).map(|(option, _)| option).collect();
    if otherwise.is_empty() {
        return Ok(());
    }
    let (again, otherwise) = (otherwise.join(" … "), quoted(otherwise));
    let message = text!(
        en: "{called} is here already, and the file says something else than {otherwise}; a new access changes nothing of that",
        nb: "{called} er her fra før, og filen sier noe annet enn {otherwise}; en ny tilgang endrer ikke det"
    );
    let way_out = text!(
        en: "Change it with `portvakt change {id} {again} …`, or leave the option out. For somebody new add `--new`.",
        nb: "Endre det med `portvakt change {id} {again} …`, eller utelat valget. Er det en ny person, legg til `--new`."
    );
    Err(Finding::new(Code::BadValue, message, way_out).into())
}
