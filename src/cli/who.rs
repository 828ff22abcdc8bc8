//! Finds the person that a command is about by the id, by the name, or by a part of either. Every command that takes a
//! person uses it. It never guesses. If several people fit, it lists them. If the typed text was not an id, the output
//! says who was found.

use std::collections::BTreeMap;

use portvakt_author::{fits, given_name_first};
use portvakt_core::change::{Base, Head, HeadFile};
use portvakt_core::decide::head_of_tree;
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::model::{IdError, PersonId, Register};
use portvakt_core::parse::{did_you_mean, nearest};
use portvakt_net::Typed;

use super::{output, tree};
use crate::config::Global;

/// The people who may be meant.
#[derive(Debug, Default)]
pub(super) struct People {
    all: BTreeMap<PersonId, FindablePerson>,
}

/// One person, with the names by which they are found.
#[derive(Debug)]
struct FindablePerson {
    id: PersonId,
    /// The name, or the id if no name is known.
    name: String,
    /// The ids that the person had before.
    before: Vec<PersonId>,
}

/// Returns the texts by which a person is found.
fn texts_of_person(known: &FindablePerson) -> Vec<&str> {
    let before = known.before.iter().map(PersonId::as_str);
    [known.id.as_str(), known.name.as_str()].into_iter().chain(before).collect()
}

/// Returns the words of these texts that are long enough to be mistyped.
fn words(known: &FindablePerson) -> Vec<&str> {
    let words = texts_of_person(known).into_iter().flat_map(|name| name.split([' ', '.']));
    words.filter(|word| word.chars().count() > 3).collect()
}

impl People {
    /// Returns all people with an accepted access, former users included, and all appointed people. `former` gives the
    /// names that the register keeps of people whom no file names any more.
    pub(super) fn of_base(base: &Base, register: &Register, former: &BTreeMap<PersonId, String>) -> Self {
        let mut people = Self::default();
        former.iter().for_each(|(id, name)| people.add(base.meant(id), name));
        for appointment in &register.appointments {
            people.add(base.meant(&appointment.person), &appointment.name);
        }
        base.people.keys().for_each(|id| people.add(id, base.name_of(id)));
        base.renamed.iter().for_each(|(before, now)| people.was(before, now));
        people
    }

    /// Returns all people whom the files of a tree name, and all appointed people.
    pub(super) fn of_files(register: &Register, head: &Head) -> Self {
        let mut people = Self::default();
        let now: BTreeMap<&PersonId, &PersonId> = head.renamed().collect();
        for appointment in &register.appointments {
            let person = now.get(&appointment.person).copied().unwrap_or(&appointment.person);
            people.add(person, &appointment.name);
        }
        people.and_files(head);
        people
    }

    /// Adds everybody whom the files of a tree name.
    pub(super) fn and_files(&mut self, head: &Head) {
        for (id, files) in &head.files {
            self.add(id, id.as_str());
            for file in files.values() {
                if let HeadFile::Says { facts, .. } = file {
                    self.add(id, &facts.name);
                }
            }
        }
        head.renamed().for_each(|(before, now)| self.was(before, now));
    }

    /// Adds the people whom no file names any more, with their names from the history of the files.
    pub(super) fn and_former(&mut self, former: &BTreeMap<PersonId, String>) {
        for (id, name) in former {
            if !self.has_id(id) {
                self.add(id, name);
            }
        }
    }

    /// Adds a person. A name replaces the earlier name. An id in the place of a name does not.
    fn add(&mut self, id: &PersonId, name: &str) {
        let new = || FindablePerson { id: id.clone(), name: id.to_string(), before: Vec::new() };
        let known = self.all.entry(id.clone()).or_insert_with(new);
        if name != id.as_str() {
            name.clone_into(&mut known.name);
        }
    }

    fn was(&mut self, before: &PersonId, now: &PersonId) {
        // A person who still has a file under the earlier id is found by that file.
        if !self.all.contains_key(before)
            && let Some(known) = self.all.get_mut(now)
            && !known.before.contains(before)
        {
            known.before.push(before.clone());
        }
    }

    /// Returns the name of a person. If no name is known, it is the text itself.
    pub(super) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.all.get(id).map_or(id, |known| known.name.as_str())
    }

    /// Returns a person by name and id. If no name is known, it is the text itself.
    pub(super) fn called(&self, id: &str) -> String {
        let name = self.name(id);
        if name == id { id.to_owned() } else { format!("{name} ({id})") }
    }

    /// Returns the current id of a person. `id` may be an earlier one.
    pub(super) fn now(&self, id: PersonId) -> PersonId {
        let known = self.all.values().find(|known| known.before.contains(&id));
        known.map_or(id, |known| known.id.clone())
    }

    /// Returns whether a person has this id, or had it.
    pub(super) fn has_id(&self, id: &PersonId) -> bool {
        self.all.contains_key(id) || self.all.values().any(|known| known.before.contains(id))
    }

    /// Returns the person who is meant, with the name if the typed text was not the id. An unknown id is returned as it
    /// is, because the command can say better what is unknown about that person.
    fn find(&self, typed: &str) -> Result<(PersonId, Option<&str>), Finding> {
        let typed = typed.trim();
        let id = PersonId::new(typed);
        if let Some(id) = id.as_ref().ok().filter(|id| self.has_id(id)) {
            return Ok((id.clone(), None));
        }
        match fits(&given_name_first(typed), self.all.values(), texts_of_person).as_slice() {
            [] => id.map(|id| (id, None)).map_err(|why| nobody(typed, &why)),
            [one] => Ok((one.id.clone(), Some(one.name.as_str()))),
            found => Err(several(typed, found)),
        }
    }

    /// Returns the person who is meant. If the typed text was not the id, the user is told who was found.
    ///
    /// # Errors
    /// Several people fit, or nobody fits and the text is not an id.
    pub(super) fn meant(&self, global: &Global, typed: &str) -> Result<PersonId, Finding> {
        let (id, name) = self.find(typed)?;
        if let Some(name) = name {
            told_as(global, name, &id);
        }
        Ok(id)
    }

    /// Returns the person who is meant. If several people fit and only one of them is among the likely ones, it is that one.
    ///
    /// # Errors
    /// The same as for one person.
    pub(super) fn meant_among(
        &self,
        global: &Global,
        typed: &str,
        is_likely: impl Fn(&PersonId) -> bool,
    ) -> Result<PersonId, Finding> {
        let found = fits(&given_name_first(typed.trim()), self.all.values(), texts_of_person);
        let mut likely = found.iter().filter(|known| is_likely(&known.id));
        match (self.find(typed), likely.next(), likely.next()) {
            (Err(_), Some(one), None) => {
                told_as(global, &one.name, &one.id);
                Ok(one.id.clone())
            }
            _ => self.meant(global, typed),
        }
    }

    /// Returns the finding for an unknown id, with the person whose id is nearest.
    pub(super) fn nobody_knows(&self, id: &PersonId) -> Finding {
        self.with_nearest(id, unknown(id))
    }

    /// Does the same with a finding of the caller's own.
    pub(super) fn with_nearest(&self, id: &PersonId, finding: Finding) -> Finding {
        let whole = nearest(id.as_str(), self.all.values().flat_map(texts_of_person));
        // One word may be a part of a name.
        let part = || nearest(id.as_str(), self.all.values().flat_map(words));
        let near = whole.or_else(|| if id.as_str().contains('.') { None } else { part() });
        // A person whom only the register still names has an id that is not misspelt. Such an id gets no suggestion.
        let Some(near) = near.filter(|_| !self.has_id(id)) else { return finding };
        let is_near =
            |known: &&FindablePerson| texts_of_person(known).contains(&near) || words(known).contains(&near);
        let near = self.all.values().filter(is_near).take(SHOWN);
        let near: Vec<String> = near.map(|known| self.called(known.id.as_str())).collect();
        let meant = did_you_mean(near.join(", "));
        Finding { way_out: meant.and(finding.way_out), ..finding }
    }

    /// Does the same for several people.
    ///
    /// # Errors
    /// The same as for one person.
    pub(super) fn each(&self, global: &Global, typed: &[String]) -> Result<Vec<PersonId>, Finding> {
        typed.iter().map(|typed| self.meant(global, typed)).collect()
    }
}

/// Tells who was found by something else than the id.
fn told_as(global: &Global, name: &str, id: &PersonId) {
    output::tell(global, &text!(en: "taken as {name} ({id})", nb: "forstått som {name} ({id})"));
}

/// Returns the appointed person with exactly this id. Nothing else needs to be read for them.
pub(super) fn appointed(register: &Register, typed: &str) -> Option<PersonId> {
    let mut people = register.appointments.iter().map(|appointment| &appointment.person);
    people.find(|person| person.as_str() == typed.trim()).cloned()
}

/// Returns the person who is meant, by the files of the tree alone. If the id was typed, no other file needs to be
/// valid. So settings in error can still be signed.
///
/// # Errors
/// The same as for [`People::meant`]. It also fails if the text is not an id and the tree cannot be read.
pub(super) fn by_files(global: &Global, register: &Register, typed: &str) -> Result<PersonId, Finding> {
    if let Some(appointed) = appointed(register, typed) {
        return Ok(appointed);
    }
    let tree = match tree::read_tree(global) {
        Ok(tree) => tree.snapshot,
        Err(unread) => return PersonId::new(typed.trim()).map_err(|_| unread),
    };
    let head = head_of_tree(&tree, register);
    People::of_files(register, &head).meant(global, typed)
}

fn unknown(person: &PersonId) -> Finding {
    let message = text!(
        en: "nobody knows `{person}`: no access was ever accepted and no file of the tree names them",
        nb: "ingen kjenner `{person}`: ingen tilgang er noen gang godtatt, og ingen fil nevner vedkommende"
    );
    Finding::new(Code::UnknownName, message, check_spelling())
}

/// Returns the next step for an id that nobody has.
pub(super) fn check_spelling() -> Text {
    text!(
        en: "Check the spelling: the id is the name of the file without `.yaml`.",
        nb: "Kontroller skrivemåten: id-en er filens navn uten `.yaml`."
    )
}

fn nobody(typed: &str, why: &IdError) -> Finding {
    let (typed, why) = (Typed::from(typed), why.words());
    let message = text!(
        with why;
        en: "`{typed}` fits nobody, and it is no id: {why}",
        nb: "`{typed}` passer ikke på noen, og det er ingen id: {why}"
    );
    let way_out = text!(
        en: "Type a part of the name, or the id: small letters a-z, digits, dots and hyphens, such as `kari.testesen`.",
        nb: "Skriv en del av navnet, eller id-en: små bokstaver a-z, sifre, punktum og bindestrek, for eksempel `kari.testesen`."
    );
    Finding::new(Code::UnknownName, message, way_out)
}

/// The largest number of people that a message names.
const SHOWN: usize = 20;

fn several(typed: &str, found: &[&FindablePerson]) -> Finding {
    let typed = Typed::from(typed);
    let people = Text::first_of(found.iter().map(|known| format!("{} ({})", known.name, known.id)), SHOWN);
    let message = text!(
        with people;
        en: "`{typed}` fits several people: {people}",
        nb: "`{typed}` passer på flere personer: {people}"
    );
    let way_out = text!(
        en: "Type the id of the one who is meant, which stands in brackets, or more of the name.",
        nb: "Skriv id-en til den som menes (den står i parentes), eller mer av navnet."
    );
    Finding::new(Code::SeveralMeant, message, way_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> People {
        let mut people = People::default();
        let id = |text: &str| PersonId::new(text).unwrap();
        people.add(&id("ase.liksomdal"), "Åse Liksomdal");
        people.add(&id("knut.liksomdal"), "Knut Liksomdal");
        people.add(&id("tidligere.diktsen"), "tidligere.diktsen");
        people.was(&id("ase.oppdiktsen"), &id("ase.liksomdal"));
        people
    }

    fn found(typed: &str) -> Result<String, Code> {
        people().find(typed).map(|(id, _)| id.to_string()).map_err(|finding| finding.code)
    }

    #[test]
    fn an_id_is_itself_and_a_part_of_a_name_is_whom_it_fits() {
        for (typed, meant) in [
            ("ase.liksomdal", "ase.liksomdal"),
            (" ase.liksomdal ", "ase.liksomdal"),
            ("Åse", "ase.liksomdal"),
            ("KNUT LIKS", "knut.liksomdal"),
            ("diktsen", "tidligere.diktsen"),
            // An earlier id is known to the command, which leads it to the person.
            ("ase.oppdiktsen", "ase.oppdiktsen"),
            ("oppdiktsen", "ase.liksomdal"),
            // The command tells what it does not know of a person with this id.
            ("ukjent.testesen", "ukjent.testesen"),
        ] {
            assert_eq!(found(typed), Ok(meant.to_owned()), "{typed}");
        }
        assert_eq!(found("liksomdal"), Err(Code::SeveralMeant));
        assert_eq!(found("Ukjent Testesen"), Err(Code::UnknownName));
        assert_eq!(found(""), Err(Code::UnknownName));
    }

    #[test]
    fn it_is_said_who_was_found_unless_the_id_was_typed() {
        assert_eq!(people().find("Åse").unwrap().1, Some("Åse Liksomdal"));
        assert_eq!(people().find("ase.liksomdal").unwrap().1, None);
        assert_eq!(people().find("ukjent.testesen").unwrap().1, None);
    }

    #[test]
    fn a_person_is_called_by_the_name_where_one_is_known() {
        let people = people();
        assert_eq!(people.called("ase.liksomdal"), "Åse Liksomdal (ase.liksomdal)");
        assert_eq!(people.called("tidligere.diktsen"), "tidligere.diktsen");
        assert_eq!(people.called("c80c34e8"), "c80c34e8");
    }

    #[test]
    fn a_former_user_is_found_and_changes_nobody_who_is_known() {
        let mut people = people();
        let former = [
            ("geir.eksempelvik", "Geir Eksempelvik"),
            ("ase.liksomdal", "Åse Gammelnavn"),
            ("ase.oppdiktsen", "Åse Oppdiktsen"),
        ];
        let former = former.map(|(id, name)| (PersonId::new(id).unwrap(), name.to_owned()));
        people.and_former(&BTreeMap::from(former));
        assert_eq!(people.find("geir eks").unwrap().0.as_str(), "geir.eksempelvik");
        assert_eq!(people.called("ase.liksomdal"), "Åse Liksomdal (ase.liksomdal)");
        assert_eq!(people.find("oppdiktsen").unwrap().0.as_str(), "ase.liksomdal");
        // A person who has another id now is not a former user.
        assert_eq!(people.now(PersonId::new("ase.oppdiktsen").unwrap()).as_str(), "ase.liksomdal");
    }

    #[test]
    fn those_who_are_near_are_named_where_nobody_has_the_id() {
        let told = |id: &str| people().nobody_knows(&PersonId::new(id).unwrap());
        let finding = told("liksmdal");
        assert!(
            finding
                .way_out
                .en()
                .starts_with("Did you mean Åse Liksomdal (ase.liksomdal), Knut Liksomdal (knut.liksomdal)?"),
            "{finding:?}"
        );
        for misspelt in ["ase.liksomdl", "aase.liksomdal", "ase.opdiktsen"] {
            let finding = told(misspelt);
            assert!(
                finding.way_out.en().starts_with("Did you mean Åse Liksomdal (ase.liksomdal)?"),
                "{finding:?}"
            );
        }
        let finding = told("ukjent.testesen");
        assert_eq!(finding.code, Code::UnknownName);
        assert!(finding.way_out.en().starts_with("Check the spelling"), "{finding:?}");
    }

    #[test]
    fn those_who_fit_are_listed_with_their_ids() {
        let told = people().find("liksomdal").unwrap_err().message;
        assert!(
            told.en().contains("Åse Liksomdal (ase.liksomdal), Knut Liksomdal (knut.liksomdal)"),
            "{told:?}"
        );
    }
}
