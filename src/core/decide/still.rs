//! Finds releases of sets that no longer wait. Two administrators released the set that they saw. If the cause was
//! repaired instead, the same set on another day needs another release.

use std::collections::{BTreeMap, BTreeSet};

use super::known::ReleasedItems;
use crate::judge::Binding;
use crate::model::Digest;
use crate::plan::HeldSet;

use super::proposed::Proposed;

/// Tells how much a pass has seen of the sets that may wait.
#[derive(Debug, Clone, Copy)]
pub struct Sight {
    /// The pass saw the whole tree at its newest commit, and the whole store.
    pub whole: bool,
    /// The clock is trusted, and so is the memory of everybody.
    pub trusted: bool,
    /// No absence waits to last, and everything was judged.
    pub weighed: bool,
}

/// Returns the releases whose digest is not held, proposed, bound or unseen. It returns none if the pass cannot know
/// this.
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
        // The proposed rules cannot be read, so it is not known whether a release names them.
        Proposed::Invalid(_) => return BTreeSet::new(),
    };
    if !(sight.whole && sight.trusted && sight.weighed) {
        return BTreeSet::new();
    }
    let waits = |digest: &Digest| {
        held.iter().any(|set| set.digest == *digest)
            || rules == Some(*digest)
            || bound.contains_key(digest)
            || unseen == Some(*digest)
            // Releases of additions depend on the named items, even if others join the queue. They are used up when
            // all their items have come.
            || items.contains_key(digest)
    };
    releases.iter().filter(|digest| !waits(digest)).copied().collect()
}
