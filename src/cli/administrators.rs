//! Checks the national administrators that a command names with `--by`.

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::judge::left::administrators;
use portvakt_core::judge::{Authority, Rules};
use portvakt_core::model::PersonId;
use portvakt_core::policy::Concerned;

/// Checks that the policies let this person suspend access. One person is enough for an act that only takes away (R44).
pub(super) fn administrator(
    rules: &Rules,
    authority: &Authority,
    by: &PersonId,
) -> Result<PersonId, Finding> {
    if rules.policies.may_suspend(&authority.of(by), Concerned::Another).allowed {
        return Ok(by.clone());
    }
    let message = not_in_office(by);
    let may =
        |person: &PersonId| rules.policies.may_suspend(&authority.of(person), Concerned::Another).allowed;
    let names = ids_in_words(authority.iter().map(|(person, _)| person).filter(|person| may(person)));
    let way_out = text!(
        en: "Name one of {names} with `--by A`; whoever is not concerned is enough here.",
        nb: "Oppgi en av {names} med `--by A`; én som saken ikke gjelder, er nok her."
    );
    Err(Finding::new(Code::NotPermitted, message, way_out).decided_by(vec!["R44".to_owned()], Vec::new()))
}

fn not_in_office(person: &PersonId) -> Text {
    text!(
        en: "`{person}` is no national administrator in office today",
        nb: "`{person}` er ikke nasjonal administrator i dag"
    )
}

/// Returns the ids of these people as a list within a sentence.
fn ids_in_words<'p>(people: impl Iterator<Item = &'p PersonId>) -> String {
    people.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Checks that two different people are named, and that the policies let both of them release (R44).
pub(super) fn two(rules: &Rules, authority: &Authority, by: &[PersonId]) -> Result<[PersonId; 2], Finding> {
    let national = administrators(rules, authority);
    let names = ids_in_words(national.iter());
    let wrong = |message: Text| {
        let way_out = text!(
            en: "Name two of {names} with `--by A --by B`.",
            nb: "Oppgi to av {names} med `--by A --by B`."
        );
        Finding::new(Code::NotPermitted, message, way_out).decided_by(vec!["R44".to_owned()], Vec::new())
    };
    let [first, second] = by else {
        return Err(wrong(text!(
            en: "two national administrators are needed, {named} named",
            nb: "to nasjonale administratorer må til, {named} er oppgitt";
            named = by.len()
        )));
    };
    if first == second {
        return Err(wrong(text!(
            en: "`{first}` is one person, and two are needed",
            nb: "`{first}` er én person, og to må til"
        )));
    }
    if let Some(other) =
        [first, second].into_iter().find(|person| !national.contains(authority.meant(person)))
    {
        return Err(wrong(not_in_office(other)));
    }
    Ok([first.clone(), second.clone()])
}
