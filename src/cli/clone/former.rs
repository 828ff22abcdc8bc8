//! Finds former users in the history of a clone. These are all people who have, or had, a file on the main branch. Only
//! the register's host knows what was accepted of them, and what the register was told.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use portvakt_author::{folded, former_of};
use portvakt_core::diag::text;
use portvakt_core::model::{FilePath, Grant, PersonId, Register, TrustId};
use portvakt_core::parse::{self, Entry};
use portvakt_engine::pass::day_at;
use portvakt_sources::{Repository, earlier_versions, files_ever, last_change};

use super::place::WritingPlace;
use crate::cli::output;
use crate::config::Global;

/// The number of versions of one file that are read, starting with the newest.
const VERSIONS: usize = 200;

/// All people who have or had a file.
#[derive(Debug, Default)]
pub(in crate::cli) struct FormerPeople {
    all: BTreeMap<PersonId, FormerPerson>,
}

/// The content of one person's files over time.
#[derive(Debug, Default)]
struct FormerPerson {
    /// Every name that a file gave the person.
    names: BTreeSet<String>,
    /// The trusts whose folder had a file of the person.
    trusts: BTreeSet<TrustId>,
}

/// The content of a person's earlier files.
#[derive(Debug, Default)]
pub(in crate::cli) struct EarlierFiles {
    /// The last version of each access, with the day of that version of the file.
    pub(in crate::cli) grants: Vec<(Grant, Date)>,
    /// The trusts whose file of the person was taken away, with the day.
    pub(in crate::cli) gone: Vec<(TrustId, Date)>,
}

impl FormerPeople {
    /// Reads the history. If it cannot be read, the user is told, and only the people in the current files are known.
    pub(in crate::cli) fn read(global: &Global, place: &WritingPlace) -> Self {
        let mut people = Self::default();
        let Some((repository, tip)) = history(place) else { return people };
        let files = files_ever(&repository, &tip, "desired-state", |_| true).map_err(|why| why.words());
        match files {
            Ok(files) => files.iter().for_each(|(path, bytes)| people.add(&FilePath::new(path), bytes)),
            Err(why) => output::tell(
                global,
                &text!(
                    with why;
                    en: "The history could not be read, so former users are not known: {why}",
                    nb: "Historikken kunne ikke leses, så tidligere brukere er ikke kjent: {why}"
                ),
            ),
        }
        people
    }

    fn add(&mut self, path: &FilePath, bytes: &[u8]) {
        let Some((person, name)) = former_of(path, bytes) else { return };
        let known = self.all.entry(person).or_default();
        known.names.insert(name);
        known.trusts.extend(path.person_parts().and_then(|(trust, _)| TrustId::new(trust).ok()));
    }

    /// Returns whether a person with this id ever had a file.
    pub(in crate::cli) fn has(&self, id: &PersonId) -> bool {
        self.all.contains_key(id)
    }

    /// Returns all people, each with one name.
    pub(in crate::cli) fn one_name_each(&self) -> BTreeMap<PersonId, String> {
        let named = self.all.iter().filter_map(|(id, known)| Some((id.clone(), known.names.last()?.clone())));
        named.collect()
    }

    /// Returns whether this id belonged to a person who never had this name.
    pub(in crate::cli) fn is_anothers(&self, id: &PersonId, name: &str) -> bool {
        let is_other = |known: &String| folded(known) != folded(name);
        self.all.get(id).is_some_and(|known| known.names.iter().all(is_other))
    }

    /// Returns what the files of this person say now and said before. An older version that cannot be read today is
    /// skipped.
    pub(in crate::cli) fn earlier(
        &self,
        place: &WritingPlace,
        person: &PersonId,
        register: &Register,
    ) -> EarlierFiles {
        let mut earlier = EarlierFiles::default();
        let Some((repository, tip)) = history(place) else { return earlier };
        for trust in self.all.get(person).into_iter().flat_map(|known| &known.trusts) {
            let path = FilePath::of_person(trust, person);
            if let Some(gone) = taken_away(&repository, &tip, &path, register) {
                earlier.gone.push((trust.clone(), gone));
            }
            let versions = earlier_versions(&repository, &tip, path.as_str(), VERSIONS).unwrap_or_default();
            for version in versions {
                let Ok(file) = parse::person(&path, &version.bytes, register) else { continue };
                let Ok(on) = day_at(register, version.time) else { continue };
                for entry in file.entries {
                    let Entry::Valid { grant, .. } = entry else { continue };
                    if earlier.grants.iter().all(|(known, _)| known.key != grant.key) {
                        earlier.grants.push((*grant, on));
                    }
                }
            }
        }
        earlier
    }
}

/// Opens the history of the files. In a clone it is that of the main branch. If the files are edited in place, it is
/// that of the current checkout.
fn history(place: &WritingPlace) -> Option<(Repository, String)> {
    if let Some((repository, tip)) = place.repository() {
        return Some((repository, tip.to_owned()));
    }
    let repository = place.global.git_branch().open().ok()?;
    let tip = repository.find("HEAD").ok()?.id;
    Some((repository, tip))
}

/// Returns the day on which a file was taken away, if it was.
fn taken_away(repository: &Repository, tip: &str, path: &FilePath, register: &Register) -> Option<Date> {
    let change = last_change(repository, tip, path.as_str()).ok()??;
    if change.new.is_some() {
        return None;
    }
    day_at(register, repository.find(&change.commit).ok()?.time).ok()
}
