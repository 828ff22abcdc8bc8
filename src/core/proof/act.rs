//! Describes what a person does and what they hold, with the register's names. A reader of such a story has never seen
//! the schema.

use crate::diag::{Text, text};
use crate::model::{ApplicationId, Register, RoleId};

/// Returns the words for an action of the schema, which follow "may". An action that the program does not know only has
/// its name.
pub(super) fn act(action: &str) -> Text {
    match action {
        "grant" => text!(en: "approve", nb: "godkjenne"),
        "change" => text!(en: "approve a change of", nb: "godkjenne en endring av"),
        "revoke" => text!(en: "take back", nb: "trekke tilbake"),
        "attest" => text!(en: "check a user list", nb: "kontrollere en brukerliste"),
        "inspect" => text!(en: "look at a user list", nb: "se på en brukerliste"),
        "release" => text!(en: "release what is held", nb: "frigi det som holdes tilbake"),
        "suspend" => text!(en: "suspend somebody", nb: "suspendere noen"),
        "register-form" => text!(en: "register a form", nb: "registrere et skjema"),
        "save-form" => text!(en: "save a form", nb: "lagre et skjema"),
        "unlock-form" => text!(en: "unlock a form", nb: "låse opp et skjema"),
        "read-course" => text!(en: "read what stands", nb: "lese det som står"),
        "read-national" => text!(en: "read national data", nb: "lese nasjonale data"),
        "change-consent" => text!(en: "change the consent", nb: "endre samtykke"),
        "remove-consent" => text!(en: "remove the consent", nb: "fjerne samtykke"),
        "register-reservation" => text!(en: "register a reservation", nb: "registrere en reservasjon"),
        action => text!(en: "do `{action}`", nb: "gjøre `{action}`"),
    }
}

/// Does the same for a sentence without an example. The words then name the role, if the action is about one.
pub(super) fn whole_act(action: &str, role: Option<&str>) -> Text {
    let act = act(action);
    let is_about_access = matches!(action, "grant" | "change" | "revoke");
    match (action, role) {
        ("read-course", None) => text!(en: "read a course", nb: "lese et forløp"),
        ("read-course", Some(role)) => text!(en: "read a course as {role}", nb: "lese et forløp som {role}"),
        (_, Some(role)) if is_about_access => {
            text!(with act; en: "{act} access as {role}", nb: "{act} tilgang som {role}")
        }
        (_, None) if is_about_access => text!(with act; en: "{act} an access", nb: "{act} en tilgang"),
        (_, Some(role)) => text!(with act; en: "{act} as {role}", nb: "{act} som {role}"),
        (_, None) => act,
    }
}

/// A role by its name in the register, with its id. A role that is not in the register is named by its id alone.
pub(super) fn role_name(id: &str, register: &Register) -> String {
    let known = RoleId::new(id).ok().and_then(|id| register.roles.get(&id));
    match known.filter(|known| known.name != id) {
        Some(known) => format!("{} ({id})", known.name),
        None => id.to_owned(),
    }
}

/// An employer by its name in the register, if it has one.
pub(super) fn employer_name<'r>(id: &str, register: &'r Register) -> Option<&'r str> {
    let body = register.ict_bodies.get(id).map(String::as_str);
    let known = body.or_else(|| register.trusts.get(id).map(|trust| trust.name.as_str()));
    known.filter(|name| !name.is_empty() && *name != id)
}

/// An application by its name in the register.
pub(super) fn application_name(id: &str, register: &Register) -> String {
    let known = ApplicationId::new(id).ok().and_then(|id| register.applications.get(&id));
    known.cloned().unwrap_or_else(|| id.to_owned())
}
