//! What two have released of requests that were bound to the wrong person: it stands in nobody's way from then on.

use std::collections::{BTreeMap, BTreeSet};

use crate::memory::Freed;
use portvakt_core::change::Base;
use portvakt_core::judge::Binding;
use portvakt_core::model::Digest;

/// Takes the released bindings out of the base. Gives what is to be remembered, and the releases that are spent.
pub(super) fn free(
    base: &mut Base,
    bound: &BTreeMap<Digest, Binding>,
    releases: &BTreeSet<Digest>,
) -> (BTreeSet<Freed>, BTreeSet<Digest>) {
    let (mut freed, mut spent) = (BTreeSet::new(), BTreeSet::new());
    for (digest, binding) in bound.iter().filter(|(digest, _)| releases.contains(*digest)) {
        spent.insert(*digest);
        for person in &binding.people {
            if let Some(people) = base.requests.get_mut(&binding.request) {
                people.remove(person);
            }
            freed.insert(Freed { request: binding.request.clone(), person: person.clone() });
        }
    }
    (freed, spent)
}
