//! Finds the number of the application (R12) for which an access is given.

use std::collections::BTreeMap;

use portvakt_core::diag::{Text, text};
use portvakt_core::model::{PersonId, RequestId};

use super::Work;
use crate::cli::ask::Unanswered;
use crate::cli::output;

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
        let request = number_typed(work, typed)?;
        if request.as_str() != typed.trim() {
            output::tell(
                work.global,
                &text!(
                    en: "taken as the application `{request}`",
                    nb: "forstått som søknaden `{request}`"
                ),
            );
        }
        Ok(request)
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

/// Returns the number that was typed. A number that was copied may have blanks inside of it. They are left out, or a
/// hyphen takes their place, if that makes one number alone of a form that the numbers in the files have.
///
/// # Errors
/// The text is no number. The message shows the form of those in the files.
pub(super) fn number_typed(work: &Work<'_>, typed: &str) -> Result<RequestId, Text> {
    let typed = typed.trim();
    let why = match RequestId::new(typed) {
        Ok(request) => return Ok(request),
        Err(why) => why,
    };
    let mut forms: BTreeMap<String, usize> = BTreeMap::new();
    for request in work.desk.requests() {
        *forms.entry(form_of(&request)).or_default() += 1;
    }
    if let Some(request) = without_blanks(typed, |request| forms.contains_key(&form_of(request))) {
        return Ok(request);
    }
    let (typed, why) = (portvakt_net::line(typed), why.words());
    let wrong = text!(
        with why;
        en: "error: `{typed}` is no number of an application: {why}",
        nb: "feil: `{typed}` er ikke nummeret på en søknad: {why}"
    );
    let usual = forms.into_iter().max_by_key(|(_, times)| *times);
    let Some((form, _)) = usual else { return Err(wrong) };
    Err(text!(
        with wrong;
        en: "{wrong}; the numbers here have the form `{form}`",
        nb: "{wrong}; numrene her har formen `{form}`"
    ))
}

/// Returns the form of a number: the number with a zero in the place of each digit. Case does not matter.
fn form_of(request: &RequestId) -> String {
    let plain = |c: char| if c.is_ascii_digit() { '0' } else { c };
    request.folded().as_str().chars().map(plain).collect()
}

/// Returns the number that a text with blanks means. It is `None` if the text means no number of a known form, or two.
fn without_blanks(typed: &str, is_known: impl Fn(&RequestId) -> bool) -> Option<RequestId> {
    let parts: Vec<&str> = typed.split_whitespace().collect();
    let meant = ["", "-"].map(|between| RequestId::new(&parts.join(between)).ok().filter(&is_known));
    match meant {
        [Some(one), None] | [None, Some(one)] => Some(one),
        [Some(_), Some(_)] | [None, None] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(typed: &str, forms: &[&str]) -> Option<String> {
        let is_known = |request: &RequestId| forms.contains(&form_of(request).as_str());
        without_blanks(typed, is_known).map(|request| request.to_string())
    }

    #[test]
    fn blanks_mean_a_number_of_a_known_form_alone() {
        let forms = ["REQ-0000-0000"];
        for (typed, number) in [
            ("req 2026 0301", "req-2026-0301"),
            ("REQ - 2026 - 0901", "REQ-2026-0901"),
            ("REQ-2026 -0901", "REQ-2026-0901"),
            ("REQ-2026-09 01", "REQ-2026-0901"),
            ("REQ\u{a0}2026\u{a0}0901", "REQ-2026-0901"),
        ] {
            assert_eq!(meant(typed, &forms).as_deref(), Some(number), "{typed}");
        }
        for typed in ["2026 0301", "REQ 2026 301", "REQ-2026-0901 REQ-2026-0902", "REQ 2026 0301 x"] {
            assert_eq!(meant(typed, &forms), None, "{typed}");
        }
        // Both `20260301` and `2026-0301` are numbers there.
        assert_eq!(meant("2026 0301", &["00000000", "0000-0000"]), None);
    }
}
