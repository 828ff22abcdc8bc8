//! Finds the entries that are refused because of a day in them. The approval is dated after today, or the start of an
//! access that has begun is moved to a day to come.
//!
//! A start moved ahead would take the access now, and that something has not begun is no cause for a loss (law: *one
//! door*). To keep the old right until the new start is no way either: what is accepted replaces what stood, its last day
//! too, so nobody would know when the old right has to end. So the change is refused, and what was accepted stays with
//! its own end, its authority and its place in the limits. Waiting does not help: the day of the first judgement counts.

use crate::change::ChangeKind;
use crate::model::GrantKey;
use crate::planted::PlantedFault;

use super::{Candidate, Court, Outcome};

impl Court<'_> {
    /// Refuses an entry whose approval, or whose moved start, lies after the day of the first judgement.
    pub(super) fn too_early(&self, candidate: &Candidate<'_>) -> Option<(GrantKey, Outcome)> {
        let (change, first_day) = (candidate.change, candidate.first_day);
        let grant = &change.after.grant;
        if grant.approval.on > first_day {
            return Some((grant.key.clone(), Outcome::Early));
        }
        let is_moved = change.kind == ChangeKind::Change && grant.from > first_day;
        if !is_moved || PlantedFault::StartMovedTakes.is_planted() {
            return None;
        }
        let begun = self.base.standing(&grant.key).filter(|standing| standing.in_force(self.today))?;
        Some((grant.key.clone(), Outcome::StartMoved(begun.grant.from)))
    }
}
