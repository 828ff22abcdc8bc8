//! Finds approvers who are named in another way than by their id: `by: Kristin`. A check knows all people. It names
//! those who may be meant, and never writes out an id that nobody has.

use std::collections::BTreeSet;

use crate::diag::{Code, Finding, Lang, Place, Text, text};
use crate::model::{PersonId, Register};
use crate::parse::did_you_mean;
use crate::parse::reading::meant_id;
use crate::tree::Snapshot;

/// Puts the people who may be meant into the findings about approvers that are not ids.
pub(super) fn with_those_who_fit(findings: &mut [Finding], register: &Register, tree: &Snapshot) {
    let is_one = |finding: &&mut Finding| finding.code == Code::BadValue;
    let mut people: Option<BTreeSet<PersonId>> = None;
    for finding in findings.iter_mut().filter(is_one) {
        let Some(meant) =
            finding.place.as_ref().and_then(underlined).and_then(|by| meant_id(&by, PersonId::new, '.'))
        else {
            continue;
        };
        let people = people.get_or_insert_with(|| everybody(register, tree));
        if people.iter().any(|person| person.as_str() == meant) {
            continue;
        }
        let advice = advice(&meant, people);
        let rest = std::mem::take(&mut finding.way_out);
        // The id that the finding wrote out is removed. The rest of its words stay.
        let without = |lang: Lang, write: &str| {
            let all = rest.get(lang);
            all.strip_prefix(&format!("{write} `{meant}`.")).unwrap_or(all).trim_start().to_owned()
        };
        finding.way_out = advice.and(Text::new(without(Lang::En, "Write"), without(Lang::Nb, "Skriv")));
    }
}

/// Returns the ids of the tree's files and of the appointed people.
fn everybody(register: &Register, tree: &Snapshot) -> BTreeSet<PersonId> {
    let of_file = |stem: &str| PersonId::new(stem).ok();
    let mut people: BTreeSet<PersonId> = tree
        .files()
        .filter_map(|(path, _)| path.person_parts().and_then(|(_, stem)| of_file(stem)))
        .collect();
    people.extend(register.appointments.iter().map(|appointment| appointment.person.clone()));
    people
}

/// Returns the words that a finding underlines, if they come after `by:`.
fn underlined(place: &Place) -> Option<String> {
    let first = place.column.checked_sub(1)?;
    let before: String = place.text.chars().take(first).collect();
    let is_by =
        before.trim_end().strip_suffix("by:").is_some_and(|rest| !rest.ends_with(char::is_alphanumeric));
    let words = place.text.chars().skip(first).take(place.end_column.saturating_sub(first)).collect();
    is_by.then_some(words)
}

fn advice(meant: &str, people: &BTreeSet<PersonId>) -> Text {
    let names: Vec<String> = fitting(meant, people).into_iter().map(|person| format!("`{person}`")).collect();
    match names.as_slice() {
        [] => text!(
            en: "Nobody here has the id `{meant}`: write that of whoever approved, which is the name of their file.",
            nb: "Ingen her har id-en `{meant}`: skriv den til vedkommende som godkjente, som er navnet på filen deres."
        ),
        [only] => did_you_mean(only),
        [most @ .., last] => {
            let most = most.join(", ");
            text!(en: "Did you mean {most} or {last}?", nb: "Mente du {most} eller {last}?")
        }
    }
}

/// The people whose ids are nearest, or who have the most parts of a name in common with it.
fn fitting<'p>(meant: &str, people: &'p BTreeSet<PersonId>) -> Vec<&'p PersonId> {
    const MOST: usize = 5;
    let nearest = people
        .iter()
        .map(|person| (strsim::damerau_levenshtein(meant, person.as_str()), person))
        .filter(|(letters, _)| *letters <= 2)
        .min();
    if let Some((_, person)) = nearest {
        return vec![person];
    }
    let parts: BTreeSet<&str> = meant.split('.').filter(|part| part.chars().count() > 2).collect();
    let common = |person: &PersonId| person.as_str().split('.').filter(|part| parts.contains(part)).count();
    let most = people.iter().map(common).max().filter(|most| *most > 0);
    people.iter().filter(|person| Some(common(person)) == most).take(MOST).collect()
}
