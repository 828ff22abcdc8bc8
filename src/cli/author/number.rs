//! Finds the number of the application (R12) for which an access is given.

use portvakt_core::diag::{Text, text};
use portvakt_core::model::{PersonId, RequestId};

use super::Work;
use crate::cli::ask::Unanswered;

/// Returns the number of the application (R12), typed or asked for.
pub(super) fn request(work: &Work<'_>, typed: Option<&str>, option: &str) -> Result<RequestId, Unanswered> {
    request_that(work, typed, option, |_| Ok(()))
}

/// Does the same for this person. If the number gave another person an access (R33), the user at a terminal is asked
/// for another number at once.
pub(super) fn own_request(
    work: &Work<'_>,
    typed: Option<&str>,
    option: &str,
    person: &PersonId,
) -> Result<RequestId, Unanswered> {
    request_that(work, typed, option, |request| match work.desk.served(request) {
        // The message does not say whose number it is, and neither does a finding.
        Some(other) if other != *person => Err(text!(
            en: "The application `{request}` is, or was, somebody else's; say the number of this person's own.",
            nb: "Søknaden `{request}` er, eller var, en annens; oppgi nummeret på personens egen."
        )),
        _ => Ok(()),
    })
}

/// Returns the number of the application. At a terminal `may_be` tells why the user must be asked for another number. A
/// number from an option is judged later with the whole change.
fn request_that(
    work: &Work<'_>,
    typed: Option<&str>,
    option: &str,
    may_be: impl Fn(&RequestId) -> Result<(), Text>,
) -> Result<RequestId, Unanswered> {
    let read = |typed: &str| {
        RequestId::new(typed.trim()).map_err(|error| {
            let (typed, why) = (portvakt_net::line(typed), error.words());
            text!(
                with why;
                en: "error: `{typed}` is no number of an application: {why}",
                nb: "feil: `{typed}` er ikke nummeret på en søknad: {why}"
            )
        })
    };
    match typed {
        Some(typed) => read(typed).map_err(Unanswered),
        None => {
            let question = text!(en: "the number of the application", nb: "nummeret på søknaden");
            work.ask.line(&question, option, None, |typed| {
                let request = read(typed)?;
                may_be(&request).map(|()| request)
            })
        }
    }
}
