//! Reads the name of a person that is to stand in a file, and tells what a name is.

use portvakt_author::{given_name_first, sign_of_no_name, title_of};
use portvakt_core::diag::{Text, text};

/// Returns the typed name as a file has it. Whatever stands beside the name, such as a position or a title, is refused,
/// because it would become a part of the name and of the id.
pub(super) fn name_meant(typed: &str) -> Result<String, Text> {
    let name = given_name_first(typed);
    let (what, shown) = (what_a_name_is(), portvakt_net::line(&name));
    if let Some(sign) = sign_of_no_name(&name) {
        return Err(text!(
            with what;
            en: "error: `{shown}` is no name, since `{sign}` stands in none; {what}",
            nb: "feil: `{shown}` er ikke et navn, siden `{sign}` ikke står i noe navn; {what}"
        ));
    }
    if let Some(title) = title_of(&name) {
        let title = portvakt_net::line(title);
        return Err(text!(
            with what;
            en: "error: `{title}` is a title and no part of the name; {what}",
            nb: "feil: `{title}` er en tittel og ingen del av navnet; {what}"
        ));
    }
    Ok(name)
}

/// Returns the words for a name in small letters. `written` is the same name with capital letters.
pub(super) fn without_capitals(written: &str) -> Text {
    let written = portvakt_net::line(written);
    text!(
        en: "error: nobody here has this name, and the name of somebody new begins with capital letters; write `{written}`",
        nb: "feil: ingen her har dette navnet, og navnet til en ny person begynner med store bokstaver; skriv `{written}`"
    )
}

fn what_a_name_is() -> Text {
    text!(
        en: "give the first name and the last name alone, such as `Kari Testesen`",
        nb: "oppgi bare fornavn og etternavn, slik som `Kari Testesen`"
    )
}
