//! Warns about people with a name like that of the person who is given access. They may be in the files, or be former
//! users in the history. So a second file of one person, or a returning user, is noticed before anything is written.

use std::collections::BTreeSet;

use portvakt_author::{RequestNotice, fits, fits_a_word, folded};
use portvakt_core::diag::{Text, text};
use portvakt_core::model::PersonId;

use super::{Work, people, portal};

/// The largest number of people that one sentence names.
const SHOWN: usize = 5;

/// Returns the warnings about people with a name like this one. It is empty if the person has a file already.
pub(super) fn namesakes(work: &Work<'_>, person: &PersonId, name: &str) -> Vec<Text> {
    let last = name.split_whitespace().last().unwrap_or(name);
    if work.desk.person(person).facts().is_some() {
        return Vec::new();
    }
    let mut told = Vec::new();
    let former: Vec<(PersonId, String)> = work.former().one_name_each().into_iter().collect();
    let is_same = |known: &str| folded(known) == folded(name);
    for (id, known) in former.iter().filter(|(id, known)| is_same(known) && !work.desk.is_taken(id)) {
        told.push(came_back(id, known, person));
    }
    // A short name is inside of many others, and those are not like it.
    let is_like = |id: &PersonId, known: &str| fits_a_word(last, &[id.as_str(), known]);
    let like: BTreeSet<String> = people::best_fitting(&work.desk, last)
        .into_iter()
        .filter(|(id, name)| id != person && is_like(id, name))
        .map(|(id, name)| format!("{name} ({id})"))
        .collect();
    let names = like.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
    if !names.is_empty() {
        told.push(
            text!(en: "Others with a name like it: {names}.", nb: "Andre med et lignende navn: {names}."),
        );
    }
    let is_another = |(id, known): &(PersonId, String)| !is_same(known) && is_like(id, known);
    let like: Vec<(PersonId, String)> = former.into_iter().filter(is_another).collect();
    let names = whom_it_fits(work, last, &like);
    if !names.is_empty() {
        told.push(text!(
            en: "Former users with a name like it: {names}.",
            nb: "Tidligere brukere med et lignende navn: {names}."
        ));
    }
    told
}

/// Returns one line with the former users whom these words fit and who have no file today.
fn whom_it_fits(work: &Work<'_>, typed: &str, former: &[(PersonId, String)]) -> String {
    let found = fits(typed, former, |(id, name)| vec![id.as_str(), name.as_str()]);
    let gone = found.into_iter().filter(|(id, _)| !work.desk.is_taken(id));
    let names: Vec<String> = gone.take(SHOWN).map(|(id, name)| format!("{name} ({id})")).collect();
    names.join(", ")
}

/// Returns the words about a former user of this name. If the new user gets the same id, both are one person.
fn came_back(former: &PersonId, name: &str, person: &PersonId) -> Text {
    let notice = portal::notice(&RequestNotice::Former(former.clone(), name.to_owned()));
    if former != person {
        return text!(with notice; en: "! {notice}.", nb: "! {notice}.");
    }
    text!(
        with notice;
        en: "! {notice}. Is this somebody else of that name, say another id with `--id`.",
        nb: "! {notice}. Er dette en annen med det navnet, oppgi en annen id med `--id`."
    )
}

/// Returns the words for a typed name that fits nobody in the files and is not a full name. A returning former user
/// must be named in full too.
pub(super) fn fits_nobody(work: &Work<'_>, typed: &str) -> Text {
    let former: Vec<(PersonId, String)> = work.former().one_name_each().into_iter().collect();
    let (before, typed) = (whom_it_fits(work, typed, &former), portvakt_net::line(typed));
    if before.is_empty() {
        return text!(
            en: "error: nobody here is called `{typed}`; a new person is named in full, such as `Kari Testesen`",
            nb: "feil: ingen her heter `{typed}`; en ny person oppgis med fullt navn, slik som `Kari Testesen`"
        );
    }
    text!(
        en: "error: nobody here is called `{typed}` today, but a former user was: {before}. Who comes back gets a new user, by a new application: name them in full",
        nb: "feil: ingen her heter `{typed}` i dag, men en tidligere bruker het det: {before}. Den som kommer tilbake, får ny bruker med en ny søknad: oppgi fullt navn"
    )
}

/// Returns the words for a new person who would get the id of a former user with another name.
pub(super) fn anothers(work: &Work<'_>, id: &PersonId) -> Text {
    let name = work.former().one_name_each().remove(id).unwrap_or_default();
    let name = portvakt_net::line(&name);
    text!(
        en: "error: the id `{id}` was that of {name}, a former user; a new person gets an id that nobody has or had: leave `--id` out, or say another. Is it {name} who comes back under another name, give the access to `{name}`, and change the name afterwards with `portvakt change {id} --name`",
        nb: "feil: id-en `{id}` tilhørte {name}, en tidligere bruker; en ny person får en id ingen har eller har hatt: utelat `--id`, eller oppgi en annen. Er det {name} som kommer tilbake med et annet navn, gi tilgangen til `{name}`, og endre navnet etterpå med `portvakt change {id} --name`"
    )
}
