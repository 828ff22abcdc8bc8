//! Releases of requests that were bound to the wrong person. Two administrators give them, and the request then
//! blocks nobody.

use std::collections::{BTreeMap, BTreeSet};

use super::known::Freed;
use crate::change::Base;
use crate::judge::Binding;
use crate::model::Digest;

/// Removes the released bindings from the base. It returns the bindings to remember and the releases that are used
/// up.
pub fn free(
    base: &mut Base,
    bound: &BTreeMap<Digest, Binding>,
    releases: &BTreeSet<Digest>,
) -> (BTreeSet<Freed>, BTreeSet<Digest>) {
    let (mut freed, mut spent) = (BTreeSet::new(), BTreeSet::new());
    for (digest, binding) in bound.iter().filter(|(digest, _)| releases.contains(*digest)) {
        spent.insert(*digest);
        for person in &binding.people {
            if let Some(people) = base.requests.get_mut(&binding.request.folded()) {
                people.remove(person);
            }
            freed.insert(Freed { request: binding.request.clone(), person: person.clone() });
        }
    }
    (freed, spent)
}
