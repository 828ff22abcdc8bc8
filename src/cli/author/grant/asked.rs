//! Takes over what an application of the export asks for. Where its words do not mean one thing, the user says what is
//! meant. No answer is the usual one then, because it would be another access than the one that was asked for (R2).

use portvakt_author::{AskedSubject, WaitingRequest};
use portvakt_core::diag::{Text, text};
use portvakt_core::model::{ApplicationId, RoleId, UnitId};

use crate::cli::ask::Unanswered;
use crate::cli::author::{Work, meant, portal};

/// Returns the unit that is asked for.
pub(super) fn unit_asked(work: &Work<'_>, asked: &WaitingRequest) -> Result<UnitId, Unanswered> {
    match asked.unit {
        Some(unit) => Ok(unit),
        None if work.ask.at_a_terminal() => meant::unit_by_name(work),
        None => Err(to_be_said(asked, AskedSubject::Unit, "--unit")),
    }
}

/// Returns the applications that are asked for.
pub(super) fn applications_asked(
    work: &Work<'_>,
    asked: &WaitingRequest,
) -> Result<Vec<ApplicationId>, Unanswered> {
    if !asked.applications.is_empty() {
        return Ok(asked.applications.clone());
    }
    // A list with one entry is not asked about. So the only application must be named.
    if work.ask.at_a_terminal() && work.desk.rules.register.applications.len() > 1 {
        return meant::asked_applications(work, None);
    }
    Err(to_be_said(asked, AskedSubject::Application, "--application"))
}

/// Returns the role that is needed. If the word for it is unclear, the only role of a register must be named too.
pub(super) fn role_asked(
    work: &Work<'_>,
    asked: &WaitingRequest,
    unit: UnitId,
) -> Result<RoleId, Unanswered> {
    let is_unclear = asked.unclear.iter().any(|word| word.subject == AskedSubject::Role);
    let is_asked = work.ask.at_a_terminal() && work.desk.rules.register.roles.len() > 1;
    if is_unclear && !is_asked {
        return Err(to_be_said(asked, AskedSubject::Role, "--role"));
    }
    meant::needed_role(work, asked.role.as_ref(), Some(unit))
}

/// Returns the reason why the command ends: the words that are not understood, and the option that says what is meant.
fn to_be_said(asked: &WaitingRequest, subject: AskedSubject, option: &str) -> Unanswered {
    let number = &asked.application.number;
    let unclear = asked.unclear.iter().filter(|word| word.subject == subject);
    let mut why: Vec<Text> = unclear.map(portal::unclear).collect();
    if why.is_empty() {
        why.push(text!(en: "it names no unit", nb: "den nevner ingen enhet"));
    }
    let why = Text::joined(why, "; ");
    Unanswered(text!(
        with why;
        en: "error: the application `{number}`: {why}; say what is meant with `{option}`",
        nb: "feil: søknaden `{number}`: {why}; si hva som er ment, med `{option}`"
    ))
}
