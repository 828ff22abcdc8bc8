//! Random edits of a tree, as hands would make them: files that say something, are deleted, cannot be read or have a typo.

use std::collections::BTreeMap;

use portvakt_core::model::FilePath;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::pass::fixture::*;

const PEOPLE: [&str; 6] = ["en.testesen", "to.testesen", "tre.testesen", "fire.testesen", LC_AHUS, LC_FONNA];

const TRUSTS: [(&str, &[u32]); 3] =
    [("ahus", &[AHUS, 200_089]), ("helse-fonna", &[FONNA]), ("helse-bergen", &[BERGEN])];

fn random_entry(units: &'static [u32]) -> impl Strategy<Value = Entry> {
    let role = prop_oneof![4 => Just("LU"), 1 => Just("LC")];
    let by = proptest::sample::select(vec![
        LEADER,
        LEADER,
        COORDINATOR,
        LC_AHUS,
        LC_FONNA,
        LC_AHUS,
        LC_FONNA,
        "en.testesen",
        "to.testesen",
        MANAGER,
    ]);
    let from = proptest::sample::select(vec!["2026-01-05", "2026-01-05", "2026-03-04", "2026-04-01"]);
    let until = proptest::sample::select(vec![
        None,
        None,
        None,
        Some("2026-03-03"),
        Some("2026-03-05"),
        Some("2026-06-01"),
        Some("2026-02-01"),
    ]);
    let on = proptest::sample::select(vec!["2026-01-02", "2026-01-02", "2026-03-01", "2026-03-03"]);
    let revoked =
        prop_oneof![9 => Just(None), 1 => proptest::sample::select(vec![LC_AHUS, LEADER]).prop_map(Some)];
    (proptest::sample::select(units), role, 0..4_u8, by, from, until, on, revoked, any::<bool>()).prop_map(
        |(unit, role, request, by, from, until, on, revoked, report)| {
            let until = until.filter(|until| *until >= from);
            let mut entry = entry(role, unit, &format!("R{request}"), by).from(from).on(on);
            entry.until = until.map(str::to_owned);
            entry.revoked = revoked.map(|by| ("2026-03-02".to_owned(), by.to_owned()));
            if report { entry.rapporteket() } else { entry }
        },
    )
}

/// An act on the tree.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    /// A file says this.
    Put(File),
    /// A file is deleted.
    Remove(&'static str, &'static str),
    /// A file cannot be read.
    Break(&'static str, &'static str),
    /// One word in a file is wrong.
    Typo(&'static str, &'static str, &'static str),
    /// An entry is added, or replaces the one with the same request.
    Add(&'static str, &'static str, Entry),
}

pub(super) fn edit() -> impl Strategy<Value = Edit> {
    let place = (proptest::sample::select(TRUSTS.to_vec()), proptest::sample::select(PEOPLE.to_vec()));
    place.prop_flat_map(|((trust, units), person)| {
        let put =
            (vec(random_entry(units), 1..4), proptest::sample::select(vec!["ahus", "helse-fonna"]), 0..8_u8)
                .prop_map(move |(access, employer, login)| {
                    let mut file = file(trust, person, access);
                    employer.clone_into(&mut file.employer);
                    file.login = (login == 0).then(|| "delt".to_owned());
                    Edit::Put(file)
                });
        let words = vec!["role: L", "unit: ", "request: R", "from: 2026"];
        prop_oneof![
            3 => put,
            4 => random_entry(units).prop_map(move |entry| Edit::Add(trust, person, entry)),
            2 => Just(Edit::Remove(trust, person)),
            1 => Just(Edit::Break(trust, person)),
            2 => proptest::sample::select(words).prop_map(move |word| Edit::Typo(trust, person, word)),
        ]
    })
}

/// Files as values beside the tree's bytes, so that entries can be added to them.
#[derive(Default, Clone)]
pub(super) struct Hand(BTreeMap<(String, String), File>);

impl Hand {
    /// Returns the path that was touched.
    pub fn make(&mut self, tree: &mut Tree, edit: &Edit) -> FilePath {
        let path_of = |trust: &str, person: &str| format!("desired-state/{trust}/{person}.yaml");
        match edit {
            Edit::Put(file) => {
                self.0.insert((file.trust.clone(), file.person.clone()), file.clone());
                tree.put(file);
                FilePath::new(&file.path())
            }
            Edit::Add(trust, person, entry) => {
                let empty = || file(trust, person, []);
                let file = self.0.entry(((*trust).to_owned(), (*person).to_owned())).or_insert_with(empty);
                file.access.retain(|e| {
                    (&e.application, &e.unit, &e.request) != (&entry.application, &entry.unit, &entry.request)
                });
                file.access.push(entry.clone());
                tree.put(file);
                FilePath::new(&file.path())
            }
            Edit::Remove(trust, person) => {
                self.0.remove(&((*trust).to_owned(), (*person).to_owned()));
                let path = FilePath::new(&path_of(trust, person));
                tree.0.remove(&path);
                path
            }
            Edit::Break(trust, person) => {
                tree.raw(&path_of(trust, person), "person: [");
                FilePath::new(&path_of(trust, person))
            }
            Edit::Typo(trust, person, word) => {
                let path = FilePath::new(&path_of(trust, person));
                if let Some(bytes) = tree.0.get(&path) {
                    let text = String::from_utf8(bytes.clone()).unwrap();
                    tree.raw(path.as_str(), &text.replacen(word, &format!("{word}?"), 1));
                }
                path
            }
        }
    }
}
