//! What is known besides the oracle: since when files are away, which of them stand as they are meant, and which accounts
//! there have been.

use std::collections::{BTreeMap, BTreeSet};

use super::super::desk::*;
use super::super::invariants::{Failure, fail};
use super::super::oracle::DAY;
use super::super::world::{GRACE, Store};
use super::Running;

impl Running {
    /// Begins again, as a new program does. It waits from the start for files that are away, but it remembers which
    /// seem to have been moved.
    pub(super) fn begin_anew(&mut self) {
        let moved = |slip: &Slip, place: &Place| slip.covers.get(place) == Some(&Takes::Moved);
        self.away.retain(|place, _| self.desk.slips.iter().any(|slip| moved(slip, place)));
    }

    /// Files from which the law lets absence act at this pass.
    pub(super) fn lawful(&mut self, at: i64) -> BTreeSet<Place> {
        let mut away = BTreeMap::new();
        let mut lawful = BTreeSet::new();
        for slip in &self.desk.slips {
            for (place, takes) in &slip.covers {
                if *takes == Takes::Nothing || self.desk.over(place).is_some_and(|s| s.folder.is_some()) {
                    continue;
                }
                // A blink between two passes begins the wait anew.
                let known = self.away.get(place).filter(|(since, _)| *since >= slip.since);
                let (since, looks) = known.map_or((at, 1), |(since, looks)| (*since, looks + 1));
                away.insert(place.clone(), (since, looks));
                let lasted = match takes {
                    Takes::Absence if self.world.mode.lasting() => looks >= 2 && at - since >= GRACE,
                    Takes::Absence => true,
                    _ => at - since >= 7 * DAY,
                };
                if lasted {
                    lawful.insert(place.clone());
                }
            }
        }
        self.away = away;
        lawful
    }

    /// The files that stand as they are meant where the program looks.
    pub(super) fn shown(&self) -> BTreeSet<Place> {
        let stands = |place: &Place, file: &File| {
            self.desk.over(place).is_none()
                && self.world.shows(&path(&place.0, &place.1), file.text().as_bytes())
        };
        let files = self.desk.files.iter();
        files.filter(|(place, file)| stands(place, file)).map(|(place, _)| place.clone()).collect()
    }

    pub(super) fn accounts_hold(&mut self, store: &Store, disturbed: bool) -> Result<(), Failure> {
        if let Some(who) = store.twice.first() {
            return fail("one account", format!("{who} has two open accounts"));
        }
        if let Some(id) = self.accounts.iter().find(|id| !store.accounts.contains(*id)) {
            return fail("accounts stay", format!("the account {id} is not there any more"));
        }
        if let Some(id) = self.closed.iter().find(|id| !store.closed.contains_key(*id)) {
            return fail("closed stays closed", format!("the account {id} is open again"));
        }
        if let Some((id, _)) = store.closed.iter().find(|(_, address)| **address && !disturbed) {
            return fail("address gone", format!("the closed account {id} still has an address"));
        }
        self.closed.extend(store.closed.keys().cloned());
        self.accounts.extend(store.accounts.iter().cloned());
        Ok(())
    }
}
