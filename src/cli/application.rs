//! Finds an application of the register by its id, its name or a part of it.

use portvakt_author::folded;
use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::model::{ApplicationId, Register};

/// Returns the one application that is meant. If several applications have the typed part, none is returned, because
/// the user may mean another one than the first.
///
/// # Errors
/// None fits, or several do. The finding names the applications of the register.
pub(super) fn application_meant<'r>(
    register: &'r Register,
    typed: &str,
) -> Result<&'r ApplicationId, Finding> {
    let said = folded(typed.trim());
    let names = |id: &ApplicationId, name: &str| [folded(id.as_str()), folded(name)];
    let all = || register.applications.iter();
    let mut whole = all().filter(|(id, name)| names(id, name).contains(&said));
    let mut parts = all().filter(|(id, name)| names(id, name).iter().any(|name| name.contains(&said)));
    let part = parts.next().filter(|_| parts.next().is_none());
    if let Some((id, _)) = whole.next().or(part) {
        return Ok(id);
    }
    let typed = portvakt_net::Typed::from(typed);
    let known = all().map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(", ");
    let message = text!(
        en: "`{typed}` is no application of this register",
        nb: "`{typed}` er ingen applikasjon i dette registeret"
    );
    Err(Finding::new(Code::UnknownName, message, text!(en: "It has {known}.", nb: "Det har {known}.")))
}
