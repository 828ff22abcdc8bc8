//! One request, one person: when an entry is accepted, its request is bound to its person for ever. A refusal binds
//! nothing, so nobody can keep a request from others by writing it down. Entries accepted earlier on a shared request
//! stay. Two administrators can undo a wrong binding.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Base, ChangeKind, ChangeSet, Field, Head, HeadFile};
use crate::diag::{Code, Finding, text};
use crate::model::{Digest, GrantKey, Hasher, PersonId, RequestId};

/// A request that was accepted for other people than the one who asks for it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The number of the application.
    pub request: RequestId,
    /// The people it was accepted for.
    pub people: BTreeSet<PersonId>,
    /// The people who ask for it now.
    pub asked_by: BTreeSet<PersonId>,
}

impl Binding {
    /// The binding that prevents an entry, or `None` if the request is free.
    #[must_use]
    pub fn of(base: &Base, key: &GrantKey) -> Option<Self> {
        let people = base.others_on(key);
        let asked_by = [key.person.clone()].into();
        (!people.is_empty()).then(|| Self { request: key.request.clone(), people, asked_by })
    }

    /// The digest that two administrators release. After that, the binding to these people prevents nobody's entry.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = Hasher::new("portvakt request binding");
        hasher.part(self.request.as_str().as_bytes());
        for person in &self.people {
            hasher.part(person.as_str().as_bytes());
        }
        hasher.finish()
    }
}

/// The bindings that prevent what a change asks for, each under the digest to release.
#[must_use]
pub fn bindings(base: &Base, changes: &ChangeSet) -> BTreeMap<Digest, Binding> {
    let mut found: BTreeMap<Digest, Binding> = BTreeMap::new();
    for change in changes.gives.iter().filter(|change| change.kind == ChangeKind::Grant) {
        if let Some(mut binding) = Binding::of(base, &change.after.grant.key) {
            let known = found.entry(binding.digest()).or_insert_with(|| binding.clone());
            known.asked_by.append(&mut binding.asked_by);
        }
    }
    found
}

/// Gives advice on a tree by itself: requests that are in the files of more than one person, with one place for each
/// person.
#[must_use]
pub fn shared(head: &Head) -> Vec<Finding> {
    let mut places = BTreeMap::new();
    let mut people: BTreeMap<RequestId, BTreeSet<&PersonId>> = BTreeMap::new();
    for (_, person, _, file) in head.iter() {
        let HeadFile::Says { entries, spots, .. } = file else { continue };
        for entry in entries {
            let request = &entry.grant.key.request;
            people.entry(request.folded()).or_default().insert(person);
            places.entry((request, person)).or_insert((spots, entry.number));
        }
    }
    let mut findings = Vec::new();
    for ((request, person), (spots, number)) in places {
        if people.get(&request.folded()).is_none_or(|people| people.len() < 2) {
            continue;
        }
        let message = text!(
            en: "the request `{request}` of `{person}` stands in another person's file too",
            nb: "søknaden `{request}` for `{person}` står også i en annen persons fil"
        );
        let way_out = text!(
            en: "Look at the applications: each person has a number of their own. What was accepted so stands; anything new on this number is refused.",
            nb: "Se på søknadene: hver person har sitt eget nummer. Det som er godtatt slik, gjelder; noe nytt på dette nummeret avvises."
        );
        findings.push(
            Finding::new(Code::RequestShared, message, way_out).at(spots.place(Some(number), Field::Request)),
        );
    }
    findings
}
