//! The people in a finding: how each is named, and who could approve an entry.

use crate::change::Base;
use crate::diag::{Text, text};
use crate::judge::besides::Whole;
use crate::judge::question::{Manner, question};
use crate::judge::{Authority, Rules};
use crate::model::{Grant, PersonId, Register};

/// Returns a person with office and name, in the form in which findings name people who could approve.
pub(in crate::judge) fn describe(names: &Base, register: &Register, person: &PersonId) -> String {
    let office = register.appointments.iter().find(|a| a.person == *person);
    match office {
        Some(office) => {
            let title = register.offices.get(&office.office).map_or(office.office.as_str(), String::as_str);
            format!("{} ({title}, `{person}`)", office.name)
        }
        None => match names.name_of(person) {
            name if name == person.as_str() => format!("`{person}`"),
            name => format!("{name} (`{person}`)"),
        },
    }
}

/// Joins the names of people, with an "or" before the last.
pub(in crate::judge) fn names_with_or(names: &[String]) -> Text {
    match names {
        [] => Text::default(),
        [one] => Text::same(one.as_str()),
        [most @ .., last] => {
            let most = most.join(", ");
            text!(en: "{most} or {last}", nb: "{most} eller {last}")
        }
    }
}

/// All people with authority who could approve this entry as it is, by the policies.
#[must_use]
pub(in crate::judge) fn could_approve(
    rules: &Rules,
    authority: &Authority,
    grant: &Grant,
    manner: Manner,
    whole: &Whole,
) -> Vec<PersonId> {
    let manner = Manner { renewed: true, ..manner };
    authority
        .iter()
        .map(|(person, _)| person)
        .filter(|person| {
            let asked = question(&rules.register, authority, grant, manner, person, whole);
            rules.decide(&asked).allowed
        })
        .cloned()
        .collect()
}
