//! Finds the reasons in a tree that name somebody. These are the reasons for which applications were rejected, and
//! those for which accesses were taken back. Git and the ledger keep both for ever.

use std::collections::BTreeMap;
use std::sync::Arc;

use portvakt_core::change::{Head, HeadFile};
use portvakt_core::decide::head_of_tree;
use portvakt_core::diag::Place;
use portvakt_core::model::{FilePath, PersonId, Register};
use portvakt_core::parse::{self, Entry};
use portvakt_core::tree::{REGISTER, Snapshot, rejections_trust};

use super::naming::{KnownNames, Naming, naming, of_nobody};

/// A reason that names somebody, or that may name somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamingReason {
    /// The place of the reason in its file.
    pub place: Place,
    /// The way in which it names somebody.
    pub naming: Naming,
}

/// One reason as it stands in a file.
#[derive(Debug, PartialEq, Eq)]
struct Reason {
    /// The number of the application that it is about, in one form.
    request: String,
    text: String,
    place: Place,
    /// The name of the person whom it is about, if the file gives it.
    subject: Option<String>,
}

impl Reason {
    /// Returns whether both are the same reason for the same application. The place in the file does not matter.
    fn is_of(&self, other: &Self) -> bool {
        self.request == other.request && self.text == other.text
    }
}

/// Returns the reasons of a tree that name somebody. With a base, only reasons that the base does not have are
/// returned, and those that only may name somebody are among them. Without a base nobody knows which reasons are new.
/// So a word that only may be a name is not reported then. `head` is the tree as it was read, if it was read already.
#[must_use]
pub fn naming_reasons(tree: &Snapshot, head: Option<&Head>, base: Option<&Snapshot>) -> Vec<NamingReason> {
    let Ok(register) = parse::register(&FilePath::new(REGISTER), tree.register()) else { return Vec::new() };
    let mut reasons = Vec::new();
    for (path, bytes) in tree.requests().lists().chain(tree.read()) {
        let before = base.and_then(|base| bytes_of(base, path));
        if before == Some(bytes) {
            continue;
        }
        let mut found = reasons_of(path, bytes, &register);
        if let Some(before) = before.filter(|_| !found.is_empty()) {
            let old = reasons_of(path, before, &register);
            found.retain(|reason| !old.iter().any(|earlier| earlier.is_of(reason)));
        }
        reasons.extend(found);
    }
    if reasons.is_empty() {
        return Vec::new();
    }
    let mut people: BTreeMap<PersonId, String> = BTreeMap::new();
    if let Some(base) = base {
        people.extend(names_of(&register, &head_of_tree(base, &register)));
    }
    people.extend(match head {
        Some(head) => names_of(&register, head),
        None => names_of(&register, &head_of_tree(tree, &register)),
    });
    let people: Vec<(String, String)> = people.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    let places = of_nobody(&register);
    let named = |reason: Reason| {
        let subjects: Vec<&str> = reason.subject.as_deref().into_iter().collect();
        let known = KnownNames { subjects: &subjects, people: &people, places: &places };
        let naming = naming(&reason.text, &known)?;
        let is_sure = !matches!(naming, Naming::Perhaps(_));
        (is_sure || base.is_some()).then_some(NamingReason { place: reason.place, naming })
    };
    reasons.into_iter().filter_map(named).collect()
}

/// Returns the names by id of all people who have a file or an office.
pub(super) fn names_of(register: &Register, head: &Head) -> BTreeMap<PersonId, String> {
    let appointed = register.appointments.iter().map(|office| (office.person.clone(), office.name.clone()));
    let mut names: BTreeMap<PersonId, String> = appointed.collect();
    for (person, files) in &head.files {
        let name = files.values().find_map(|file| match file {
            HeadFile::Says { facts, .. } => Some(facts.name.clone()),
            HeadFile::Held { .. } | HeadFile::Gone => None,
        });
        match name {
            Some(name) => {
                names.insert(person.clone(), name);
            }
            None => {
                names.entry(person.clone()).or_insert_with(|| person.to_string());
            }
        }
    }
    names
}

fn bytes_of<'t>(tree: &'t Snapshot, path: &FilePath) -> Option<&'t Arc<[u8]>> {
    tree.requests().files.get(path).or_else(|| tree.read().get(path))
}

/// Returns the reasons in a file. A file that cannot be read has none. It has a finding of its own.
fn reasons_of(path: &FilePath, bytes: &[u8], register: &Register) -> Vec<Reason> {
    let text = String::from_utf8_lossy(bytes);
    if rejections_trust(path).is_some() {
        let Ok(parsed) = parse::rejections(path, bytes, register) else { return Vec::new() };
        let reasons = parsed.entries.into_iter().map(|entry| Reason {
            request: entry.rejection.request.folded().to_string(),
            text: entry.rejection.reason,
            place: entry.reason.place(path, &text),
            subject: None,
        });
        return reasons.collect();
    }
    // Few files have such an entry. The other files need not be parsed.
    if path.person_parts().is_none() || !text.contains("revoked") {
        return Vec::new();
    }
    let Ok(parsed) = parse::person(path, bytes, register) else { return Vec::new() };
    let name = parsed.facts.name;
    let reasons = parsed.entries.into_iter().filter_map(|entry| match entry {
        Entry::Valid { grant, places } => Some(Reason {
            request: grant.key.request.folded().to_string(),
            text: grant.revoked.as_ref()?.reason.clone(),
            place: places.revoked.as_ref()?.reason.place(path, &text),
            subject: Some(name.clone()),
        }),
        Entry::Invalid { .. } => None,
    });
    reasons.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "requests/helse-stavanger.yaml";
    const FILE: &str = "desired-state/helse-stavanger/nina.testesen.yaml";

    /// Returns a tree with a rejection for one reason, and an access that was taken back for another.
    fn tree(rejected: &str, revoked: &str) -> Snapshot {
        let register = include_str!("../../desired-state/register.yaml");
        let list = format!(
            "rejected:\n  - request: REQ-1\n    on: 2026-11-23\n    by: halvor.liksomdal\n    reason: {rejected}\n"
        );
        let file = format!(
            "person: nina.testesen\nname: Nina Testesen\nemployer: helse-stavanger\nstaff: health\naccess:\n  - \
             application: smerteregisteret\n    unit: 100083\n    role: LU\n    from: 2026-01-05\n    request: \
             REQ-2\n    approved: {{by: halvor.liksomdal, on: 2026-01-04, identity: known}}\n    revoked: {{on: \
             2026-11-20, by: halvor.liksomdal, reason: {revoked}}}\n"
        );
        let files = [(REGISTER, register.to_owned()), (LIST, list), (FILE, file)];
        let files = files.map(|(path, text)| (FilePath::new(path), text.into_bytes()));
        Snapshot::of(files.into_iter().collect())
    }

    fn named(tree: &Snapshot, base: Option<&Snapshot>) -> Vec<(String, usize, Naming)> {
        let found = naming_reasons(tree, None, base).into_iter();
        found.map(|one| (one.place.file.to_string(), one.place.line, one.naming)).collect()
    }

    #[test]
    fn a_reason_written_by_hand_is_held_against_every_name_of_the_files() {
        let plain = tree("not employed at the unit", "has left");
        let somebody = || Naming::Somebody("Nina Testesen".to_owned());
        let both = tree("same as nina testesen", "Nina has left");
        for base in [None, Some(&plain)] {
            assert_eq!(named(&plain, base), [], "{}", base.is_some());
            let of_both = [(LIST.to_owned(), 5, somebody()), (FILE.to_owned(), 12, Naming::Subject)];
            assert_eq!(named(&both, base), of_both);
        }
        // A reason that the base has already cannot be removed any more, so it is not reported.
        assert_eq!(named(&both, Some(&both)), []);
        // A name that the same change takes out of the files is known too.
        let without = Snapshot::of(
            [
                (REGISTER, both.register().to_vec()),
                (LIST, both.requests().files[&FilePath::new(LIST)].to_vec()),
            ]
            .map(|(path, bytes)| (FilePath::new(path), bytes))
            .into(),
        );
        assert_eq!(named(&without, Some(&plain)), [(LIST.to_owned(), 5, somebody())]);
    }

    #[test]
    fn a_word_that_may_be_a_name_is_told_of_a_change_alone() {
        let plain = tree("not employed at the unit", "has left");
        let perhaps = tree("agreed with Testesen", "has left");
        let found = [(LIST.to_owned(), 5, Naming::Perhaps("Testesen".to_owned()))];
        assert_eq!(named(&perhaps, Some(&plain)), found);
        assert_eq!(named(&perhaps, None), []);
    }
}
