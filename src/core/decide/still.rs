//! Releases of what waits no longer. Two let go what they saw; where it was mended instead, the same set another day is
//! another matter, and takes another release.

use std::collections::{BTreeMap, BTreeSet};

use super::known::ReleasedItems;
use crate::judge::Binding;
use crate::model::Digest;
use crate::plan::HeldSet;

use super::proposed::Proposed;

/// How much a pass has seen of what may wait.
#[derive(Debug, Clone, Copy)]
pub struct Sight {
    /// The whole tree at its newest commit, and the whole store.
    pub whole: bool,
    /// The clock is believed, and so is what is remembered of everybody.
    pub trusted: bool,
    /// Nothing waits to last, and everything was judged.
    pub weighed: bool,
}

/// The releases that name nothing that is held, proposed, bound or unseen. None where the pass cannot know.
pub fn let_go_of_nothing(
    releases: &BTreeSet<Digest>,
    held: &[HeldSet],
    proposed: &Proposed,
    (bound, unseen, items): (&BTreeMap<Digest, Binding>, Option<Digest>, &ReleasedItems),
    sight: Sight,
) -> BTreeSet<Digest> {
    let rules = match proposed {
        Proposed::Same => None,
        Proposed::Held(rules) | Proposed::Released(rules, _) => Some(rules.digest),
        // What would be proposed, if it could be read, is not known.
        Proposed::Invalid => return BTreeSet::new(),
    };
    if !(sight.whole && sight.trusted && sight.weighed) {
        return BTreeSet::new();
    }
    let waits = |digest: &Digest| {
        held.iter().any(|set| set.digest == *digest)
            || rules == Some(*digest)
            || bound.contains_key(digest)
            || unseen == Some(*digest)
            // Additions go by what was named, whoever joins the queue: they are spent when all of it has come.
            || items.contains_key(digest)
    };
    releases.iter().filter(|digest| !waits(digest)).copied().collect()
}
