//! Finds the trust that an option names, by the name of its folder, by its name, or by a part of it. If no trust has
//! the name, the finding says which one may be meant.

use portvakt_author::fits;
use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::model::{Register, TrustId};
use portvakt_core::parse::{meant_trust, nearest_name};

use crate::config::Unfit;

/// Reads the id of a trust.
fn typed(text: &str) -> Result<TrustId, Unfit> {
    TrustId::new(text).map_err(|error| {
        let why = error.words();
        let meant = meant_trust(text);
        Unfit(meant.map_or(
            why.clone(),
            |meant| text!(with why; en: "{why}; write `{meant}`", nb: "{why}; skriv `{meant}`"),
        ))
    })
}

/// Reads the value of an option, which is an id, a name or a part of it.
pub(super) fn typed_name(text: &str) -> Result<String, Unfit> {
    let is_of_a_name = |c: char| c.is_alphanumeric() || [' ', '.', '-'].contains(&c);
    if text.chars().any(char::is_alphanumeric) && text.chars().all(is_of_a_name) {
        return Ok(text.trim().to_owned());
    }
    typed(text).map(|trust| trust.to_string())
}

/// Returns the trust that an id, a name or a part of one means.
///
/// # Errors
/// No trust fits, or several do. The finding names the possible ones.
pub(super) fn trust_meant(register: &Register, typed: &str) -> Result<TrustId, Finding> {
    let all: Vec<(&TrustId, &str)> =
        register.trusts.iter().map(|(id, trust)| (id, trust.name.as_str())).collect();
    let found = fits(typed, &all, |(id, name)| vec![id.as_str(), *name]);
    match found.as_slice() {
        [(trust, _)] => Ok((*trust).clone()),
        [] => Err(none(register, typed)),
        several => {
            let several: Vec<&str> = several.iter().map(|(id, _)| id.as_str()).collect();
            let (typed, several) = (portvakt_net::line(typed), several.join(", "));
            let message = text!(
                en: "`{typed}` fits several trusts: {several}",
                nb: "`{typed}` passer på flere helseforetak: {several}"
            );
            let way_out = text!(en: "Write more of the name.", nb: "Skriv mer av navnet.");
            Err(Finding::new(Code::SeveralMeant, message, way_out))
        }
    }
}

/// Returns the finding for a trust that the register does not have.
pub(super) fn unknown(register: &Register, trust: &TrustId) -> Finding {
    none(register, trust.as_str())
}

fn none(register: &Register, typed: &str) -> Finding {
    let trust = portvakt_net::line(typed);
    let known: Vec<&str> = register.trusts.keys().map(TrustId::as_str).collect();
    let all = known.join(", ");
    let message = text!(
        en: "`{trust}` is no trust of this register",
        nb: "`{trust}` er ikke noe helseforetak i dette registeret"
    );
    let way_out = text!(en: "It has {all}.", nb: "Det har {all}.");
    let way_out = match nearest_name(typed, &known) {
        Some(near) => text!(en: "Did you mean `{near}`?", nb: "Mente du `{near}`?").and(way_out),
        None => way_out,
    };
    Finding::new(Code::UnknownName, message, way_out)
}
