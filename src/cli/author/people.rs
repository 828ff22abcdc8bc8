//! Finds a person of the files by an id, a name or a part of one.

use std::collections::BTreeSet;

use portvakt_author::{AuthorDesk, fits, given_name_first};
use portvakt_core::diag::{Text, text};
use portvakt_core::model::PersonId;
use portvakt_core::parse::nearest;

use crate::cli::ask::{Asker, Choice, Unanswered};

/// Returns the name of a person with their id.
pub(super) fn called(desk: &AuthorDesk, person: &PersonId) -> String {
    match desk.names().get(person) {
        Some(name) if name != person.as_str() => format!("{name} ({person})"),
        _ => person.to_string(),
    }
}

/// Returns the people who fit the typed words best.
pub(super) fn best_fitting(desk: &AuthorDesk, typed: &str) -> Vec<(PersonId, String)> {
    let people: Vec<(PersonId, String)> = desk.names().into_iter().collect();
    fits(&given_name_first(typed), &people, |(id, name)| vec![id.as_str(), name.as_str()])
        .into_iter()
        .cloned()
        .collect()
}

/// Returns the one person who is meant. If several fit, the user chooses.
pub(super) fn chosen_person(
    ask: Asker,
    desk: &AuthorDesk,
    typed: &str,
    option: &str,
) -> Result<PersonId, Unanswered> {
    let found = best_fitting(desk, typed);
    if found.is_empty() {
        return Err(Unanswered(nobody(desk, typed)));
    }
    if found.len() > 1 && !ask.at_a_terminal() {
        let names: Vec<String> = found.iter().map(|(id, name)| format!("{name} ({id})")).collect();
        let names = names.join(", ");
        return Err(Unanswered(text!(
            en: "error: `{typed}` may mean {names}; write more of the name, or the id",
            nb: "feil: `{typed}` kan bety {names}; skriv mer av navnet, eller id-en"
        )));
    }
    let question = text!(en: "who `{typed}` is", nb: "hvem `{typed}` er");
    ask.choose(&question, option, &told_apart(desk, &found), None)
}

/// Returns the choices between these people. If two have the same name, the words tell where each has access, because a
/// number at the end of an id tells nobody who is who.
fn told_apart(desk: &AuthorDesk, people: &[(PersonId, String)]) -> Vec<Choice<PersonId>> {
    let is_shared = |name: &String| people.iter().filter(|(_, other)| other == name).count() > 1;
    let words = |(id, name): &(PersonId, String)| {
        let places = if is_shared(name) { places_of(desk, id) } else { String::new() };
        let places = if places.is_empty() { places } else { format!(", {places}") };
        format!("{}{places}", name_and_id(id, name))
    };
    people.iter().map(|one| Choice { value: one.0.clone(), words: Text::same(words(one)) }).collect()
}

/// Returns the units at which somebody has access, or will have.
fn places_of(desk: &AuthorDesk, person: &PersonId) -> String {
    let register = &desk.rules.register;
    let standing = desk.base.people.get(person).into_iter().flat_map(|known| known.grants.values());
    let living = standing.filter(|standing| standing.lives(desk.today));
    let units: BTreeSet<String> =
        living.map(|standing| register.unit_name(standing.grant.key.unit)).collect();
    units.into_iter().collect::<Vec<_>>().join(", ")
}

/// Returns a person by name and id, with what tells them from others of that name: the trusts that have a file of
/// theirs, the units at which they have access, and their position.
pub(super) fn with_places(desk: &AuthorDesk, person: &PersonId) -> Text {
    let known = desk.person(person);
    let trusts = known.files.keys().map(|trust| desk.rules.register.trust_name(trust));
    let places = trusts.chain(Some(places_of(desk, person)).filter(|places| !places.is_empty()));
    let position = known.facts().and_then(|facts| facts.vouched.position.as_ref());
    let position = position.map(|position| text!(en: "position {position}", nb: "stilling {position}"));
    let parts = std::iter::once(called(desk, person)).chain(places).map(Text::same);
    Text::joined(parts.chain(position), ", ")
}

fn name_and_id(id: &PersonId, name: &str) -> String {
    if name == id.as_str() { name.to_owned() } else { format!("{name} ({id})") }
}

/// Returns the question for the person whom a command is about.
pub(super) fn who() -> Text {
    text!(en: "who (a part of the name will do)", nb: "hvem (en del av navnet holder)")
}

/// Returns the message if a name is asked for and nothing was typed.
pub(super) fn say_a_name() -> Text {
    text!(en: "Type a name, or a part of it.", nb: "Skriv et navn, eller en del av det.")
}

/// Returns the question for the person who gives the command.
pub(super) fn who_you_are() -> Text {
    text!(en: "who you are (a part of the name will do)", nb: "hvem du er (en del av navnet holder)")
}

/// Returns the person that an option or an answer at the terminal means. Where the words fit nobody, `elsewhere` may know
/// whom they mean, and say why it is not to be done.
pub(super) fn ask_for_person(
    ask: Asker,
    desk: &AuthorDesk,
    typed: Option<&str>,
    (question, option): (&Text, &str),
    elsewhere: impl Fn(&str) -> Option<Text>,
) -> Result<PersonId, Unanswered> {
    let usable = |typed: &str| {
        if typed.is_empty() {
            return Err(say_a_name());
        }
        if best_fitting(desk, typed).is_empty() {
            return Err(elsewhere(typed).unwrap_or_else(|| nobody(desk, typed)));
        }
        Ok(typed.to_owned())
    };
    let typed = match typed {
        Some(typed) => usable(typed).map_err(Unanswered)?,
        None => ask.line(question, option, None, usable)?,
    };
    chosen_person(ask, desk, &typed, option)
}

pub(super) fn choices(people: &[(PersonId, String)]) -> Vec<Choice<PersonId>> {
    let choice = |(id, name): &(PersonId, String)| Choice {
        value: id.clone(),
        words: Text::same(name_and_id(id, name)),
    };
    people.iter().map(choice).collect()
}

/// The largest number of similar names that a message gives.
const SHOWN: usize = 5;

/// Returns the message if nobody fits. It names people with a name, or a part of one, that is most like the typed one.
fn nobody(desk: &AuthorDesk, typed: &str) -> Text {
    let names = desk.names();
    let words = names.values().flat_map(|name| name.split_whitespace());
    let words = words.filter(|word| word.chars().count() > 3);
    let near = nearest(typed.trim(), names.values().map(String::as_str).chain(words));
    let near = near.map(|near| best_fitting(desk, near)).unwrap_or_default();
    let near: Vec<String> = near.iter().take(SHOWN).map(|(id, name)| format!("{name} ({id})")).collect();
    let (typed, near) = (portvakt_net::line(typed), near.join(", "));
    let near = match near.is_empty() {
        true => Text::default(),
        false => text!(en: "; did you mean {near}?", nb: "; mente du {near}?"),
    };
    text!(
        with near;
        en: "error: nobody here is called `{typed}`{near}",
        nb: "feil: ingen her heter `{typed}`{near}"
    )
}
