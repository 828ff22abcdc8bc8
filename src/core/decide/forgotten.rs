//! Finds applications that have served a person who was forgotten later. Such an application serves nobody else (R33),
//! though the memory has no row of it any more. Only the ledger still knows it, by a digest, so it is asked about the
//! keys of a head.

use std::collections::BTreeSet;

use crate::change::{Base, Head, HeadFile};
use crate::model::{GrantKey, PersonId, RequestId};

/// Returns the keys that the ledger is asked about: those of all entries that were not accepted before. A digest tells
/// spellings apart, and people write a number in another case at times, so each number is asked about in its usual spellings.
#[must_use]
pub fn keys_to_ask(head: &Head, base: &Base) -> BTreeSet<GrantKey> {
    let mut keys = BTreeSet::new();
    for (_, _, _, file) in head.iter() {
        let HeadFile::Says { entries, .. } = file else { continue };
        let new = entries.iter().map(|entry| &entry.grant.key).filter(|key| base.standing(key).is_none());
        keys.extend(new.flat_map(spellings));
    }
    keys
}

/// Returns a key with its number as it is written, in capital letters and in small ones.
fn spellings(key: &GrantKey) -> impl Iterator<Item = GrantKey> {
    let written = key.request.as_str();
    let numbers = [written.to_owned(), written.to_ascii_uppercase(), written.to_ascii_lowercase()];
    let numbers = numbers.into_iter().filter_map(|number| RequestId::new(&number).ok());
    numbers.map(move |request| GrantKey { request, ..key.clone() })
}

/// Binds the applications of these keys to the forgotten person. The ledger says that these keys have served.
pub fn served_by_the_forgotten(base: &mut Base, served: &BTreeSet<GrantKey>) {
    for key in served {
        base.requests.entry(key.request.folded()).or_default().insert(PersonId::forgotten());
    }
}
