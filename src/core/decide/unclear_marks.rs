//! Reports `revoked` in an entry in error that takes nothing away, because it is not clear which access it means. Who
//! wrote it must not believe that it acts.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use jiff::civil::Date;

use crate::change::{Base, Head, HeadFile, Invalid, KnownPerson, Removal, Standing};
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::{FilePath, GrantKey, PersonId};

use super::whom::names;

/// Reports such marks, with the people whose access stands all the same. `base` is the accepted state, and `takes` what
/// is taken away. A mark that means an access that is over has acted.
pub fn unclear_marks(
    head: &Head,
    base: &Base,
    takes: &BTreeMap<GrantKey, Removal>,
    today: Date,
) -> Vec<Finding> {
    let mut kept: BTreeMap<FilePath, BTreeSet<String>> = BTreeMap::new();
    let state = AcceptedAfter { base, takes, today };
    for (path, person, _, file) in head.iter() {
        let says = match file {
            HeadFile::Says { invalid, .. } => invalid,
            HeadFile::Held { says } => says,
            HeadFile::Gone => continue,
        };
        if !says.is_empty() {
            kept.entry(path).or_default().extend(state.who_keeps(slice::from_ref(person), says));
        }
    }
    for (path, astray) in &head.astray {
        // A file of one person in its own place has been looked at.
        if astray.names.len() == 1 && kept.contains_key(path) {
            continue;
        }
        kept.entry(path.clone()).or_default().extend(state.who_keeps(&astray.names, &astray.says));
    }
    let told = kept.into_iter().filter(|(_, people)| !people.is_empty());
    told.map(|(path, people)| access_stands(&path, &people)).collect()
}

fn access_stands(path: &FilePath, people: &BTreeSet<String>) -> Finding {
    let who: Text = names(people);
    let message = text!(
        with who;
        en: "The access of {who} STANDS: `revoked` is in an entry that does not say clearly which access it means, and takes nothing away.",
        nb: "Tilgangen til {who} GJELDER fortsatt: `revoked` er i en oppføring som ikke sier klart hvilken tilgang den mener, og fjerner ingenting."
    );
    let way_out = text!(
        en: "Mend the entry: its application, unit and request are those of the access that ends.",
        nb: "Rett oppføringen: applikasjon, enhet og søknad er de samme som i tilgangen som skal opphøre."
    );
    Finding::new(Code::RevocationUnread, message, way_out).at(Place::file(path))
}

/// The accepted state, and what is taken away from it.
struct AcceptedAfter<'a> {
    base: &'a Base,
    takes: &'a BTreeMap<GrantKey, Removal>,
    today: Date,
}

impl AcceptedAfter<'_> {
    /// Returns those of these people who have access and keep it, if one of the marks has not acted.
    fn who_keeps<'p>(
        &self,
        people: impl IntoIterator<Item = &'p PersonId>,
        says: &[Invalid],
    ) -> BTreeSet<String> {
        let known: Vec<(&PersonId, &KnownPerson)> =
            people.into_iter().filter_map(|person| Some((person, self.base.people.get(person)?))).collect();
        let mut marks = says.iter().filter(|entry| entry.revoked.is_some());
        let has_acted = |entry: &Invalid| {
            let mut grants = known.iter().flat_map(|(_, known)| &known.grants);
            grants.any(|(key, standing)| entry.could_mean(key) && self.is_over(key, standing))
        };
        if marks.all(has_acted) {
            return BTreeSet::new();
        }
        let keeping = known
            .iter()
            .filter(|(_, known)| known.grants.iter().any(|(key, standing)| !self.is_over(key, standing)));
        keeping.map(|(person, _)| format!("`{person}`")).collect()
    }

    fn is_over(&self, key: &GrantKey, standing: &Standing) -> bool {
        !standing.lives(self.today) || self.takes.get(key).is_some_and(|removal| removal.is_over(self.today))
    }
}
