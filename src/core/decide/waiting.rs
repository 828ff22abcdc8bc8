//! Puts together what waits for a release, and which releases are used up.

use std::collections::BTreeSet;

use crate::change::Why;
use crate::plan::StoreExtent;

use super::case::Case;
use super::gather::GatheredChanges;
use super::outcome::WaitingChanges;
use super::reckon::Reckoned;
use super::still::{self, Sight};
use super::verdicts::Verdicts;
use super::withhold::withheld;

/// Returns the sets that wait, and the releases that this outcome uses up.
pub fn waiting(
    case: &Case<'_>,
    gathered: &mut GatheredChanges,
    verdicts: &mut Verdicts,
    reckoned: &mut Reckoned,
) -> WaitingChanges {
    let (changes, weighed) = (&gathered.changes, &mut reckoned.weighed);
    let mut sets = weighed.guarded.sets.clone();
    sets.append(&mut weighed.admitted.sets);
    sets.extend(withheld(changes));
    let mut spent = std::mem::take(&mut verdicts.spent);
    spent.extend(&weighed.guarded.spent);
    let items = &case.known.unfinished.released_items;
    if case.is_whole() {
        // A release of additions is used up when everything it names has been given.
        let done = |items: &BTreeSet<String>| items.iter().all(|item| !weighed.coming.contains(item));
        spent.extend(items.iter().filter(|(_, items)| done(items)).map(|(digest, _)| *digest));
    }
    let is_newest = case.seen.newest.is_none();
    let none_wait = changes.waiting.is_empty() && changes.ends_ahead.is_empty();
    let stale = still::let_go_of_nothing(
        &case.known.releases,
        &sets,
        &case.change.proposed,
        (&gathered.bound, case.known.distrust.unseen, items),
        Sight {
            whole: case.is_whole() && is_newest && reckoned.extent == Some(StoreExtent::Whole),
            trusted: case.is_certain(),
            weighed: none_wait && changes.unjudged.is_empty(),
        },
    );
    // Some removals that waited before may not be weighed in this pass. This happens on the way to the newest commit,
    // and after a restart until an absence has lasted.
    let weighed_all = is_newest && none_wait && changes.withheld.is_empty();
    let limits = if sets.iter().any(|set| set.why == Why::Budget) {
        reckoned.limits.weighed_by.take()
    } else {
        reckoned.limits.first.take().filter(|_| !weighed_all)
    };
    let (bound, freed) = (std::mem::take(&mut gathered.bound), std::mem::take(&mut gathered.freed));
    WaitingChanges { sets, spent, stale, limits, bound, freed }
}
