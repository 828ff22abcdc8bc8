//! Explains a person's access from the files of a clone and from its branches. A clone remembers nothing, so the answer
//! says how far it goes. Only the register's host knows what was accepted and what the store was told.

use std::collections::BTreeSet;

use jiff::civil::Date;
use portvakt_author::Person;
use portvakt_core::diag::{Exit, Finding, Text, text};
use portvakt_core::model::{Grant, PersonId, Register};
use portvakt_core::parse::Entry;
use serde_json::{Value, json};

use super::{offices, or_a_code, people_asked_about};
use crate::cli::by_files::{
    access_by_the_files, and_newcomers, file_taken_away, no_longer_said, nobody_here, state, the_rest,
};
use crate::cli::clone::EarlierFiles;
use crate::cli::unsigned::MainHistory;
use crate::cli::{clone, output, who};
use crate::config::{Format, Global};

/// Answers from the files. `missing` is the finding if they have no answer either.
pub(super) fn explain(
    global: &Global,
    asked: &[String],
    kinds: &Value,
    missing: Finding,
) -> Result<Exit, Finding> {
    let newest = clone::open_newest(global)?;
    let Some(desk) = newest.desk(global)? else { return Err(missing) };
    let (register, today) = (&desk.rules.register, desk.today);
    let mut people = who::People::of_files(register, desk.head());
    let former = newest.former(global);
    people.and_former(&former.one_name_each());
    let new = and_newcomers(global, &mut people, asked);
    let commit = newest.commit(global);
    let at = commit.as_ref().map(|(top, tip)| (top.as_path(), tip.as_str()));
    let history = at.and_then(|at| MainHistory::read(global, newest.global(), at, &desk));
    let branches = history.as_ref().map(|history| history.open_branches()).unwrap_or_default();
    let (mut told, mut findings, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for id in people_asked_about(global, &people, asked)?.into_iter().map(|id| people.now(id)) {
        let person = desk.person(&id);
        let offices = offices(register, &[&id], today);
        let is_gone = person.files.is_empty() && person.in_error.is_empty() && offices.is_empty();
        let is_new = is_gone && !former.has(&id);
        let waits_on: Vec<&str> =
            new.iter().filter(|one| one.id == id).map(|one| one.branch.as_str()).collect();
        if is_new && waits_on.is_empty() {
            let nobody = or_a_code(people.with_nearest(&id, nobody_here(&id)), id.as_str());
            return Err(if clone::is_in_a_clone(global) { nobody } else { missing });
        }
        if !seen.insert(id.clone()) {
            continue;
        }
        if is_new {
            let name = people.name(id.as_str());
            if global.format == Format::Human {
                output::say(
                    global,
                    &text!(
                        en: "{name} ({id}), in no file of the main branch yet\n",
                        nb: "{name} ({id}), ikke i noen fil i hovedgrenen ennå\n"
                    ),
                );
                clone::on_the_way(global, &id)?;
            }
            told.push(json!({ "person": id, "name": name, "files": [], "waits_on": waits_on }));
            continue;
        }
        if is_gone {
            let earlier = newest.earlier(&former, &id, register);
            let name = people.name(id.as_str());
            if global.format == Format::Human {
                output::say(global, &gone_in_words((&id, name), &earlier, (register, &people), today));
                clone::on_the_way(global, &id)?;
                output::tell(global, &the_rest(&id));
            }
            let grants: Vec<&Grant> = earlier.grants.iter().map(|(grant, _)| grant).collect();
            told.push(json!({ "person": id, "name": name, "files": [], "former": grants }));
            continue;
        }
        let grants = grants_of_file(&person);
        if global.format == Format::Human {
            output::say(global, &in_words(&person, &offices, &grants, (register, &people), today));
            clone::on_the_way(global, &id)?;
        }
        findings.extend(person.in_error.into_values().flatten());
        let is_asked = |person: &PersonId| desk.base.is_same(person, &id);
        findings.extend(history.iter().flat_map(|history| history.advice(is_asked, &branches)));
        told.push(json!({ "person": id, "files": grants }));
    }
    output::tell(
        global,
        &text!(
            en: "This is what the files say. What was accepted, and what the register was told, is known where the register is: ask there, or name it with `--store`.",
            nb: "Dette er det filene sier. Hva som er godtatt, og hva registeret har fått beskjed om, vites der registeret er: spør der, eller oppgi det med `--store`."
        ),
    );
    Ok(output::findings(global, &findings, json!({ "people": told, "kinds": kinds })))
}

fn grants_of_file(person: &Person) -> Vec<Grant> {
    let entries = person.files.values().flat_map(|file| &file.entries);
    let grants = entries.filter_map(|entry| match entry {
        Entry::Valid { grant, .. } => Some((**grant).clone()),
        Entry::Invalid { .. } => None,
    });
    grants.collect()
}

fn in_words(
    person: &Person,
    offices: &[Text],
    grants: &[Grant],
    (register, names): (&Register, &who::People),
    today: Date,
) -> Text {
    let (name, id) = (&person.name, &person.id);
    let mut parts = vec![text!(en: "{name} ({id}), by the files\n", nb: "{name} ({id}), etter filene\n")];
    for office in offices {
        parts.push(text!(with office; en: "  office: {office}\n", nb: "  verv: {office}\n"));
    }
    if grants.is_empty() {
        parts.push(text!(en: "  no access\n", nb: "  ingen tilgang\n"));
    }
    for grant in grants {
        parts.push(access_by_the_files(grant, &state(grant, names, today), register, names));
    }
    Text::joined(parts, "")
}

/// Returns the words about a person whom no file names any more.
fn gone_in_words(
    (id, name): (&PersonId, &str),
    earlier: &EarlierFiles,
    (register, names): (&Register, &who::People),
    today: Date,
) -> Text {
    let mut parts = vec![text!(
        en: "{name} ({id}), a former user, by the history of the files\n",
        nb: "{name} ({id}), tidligere bruker, etter filenes historikk\n"
    )];
    for (trust, on) in &earlier.gone {
        parts.push(file_taken_away(trust, *on));
    }
    for (grant, said) in &earlier.grants {
        let state = no_longer_said(grant, *said, names, today);
        parts.push(access_by_the_files(grant, &state, register, names));
    }
    Text::joined(parts, "")
}
