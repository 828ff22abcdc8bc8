//! Finds the entries that are refused because of a day in them. The approval is dated after today, or the start of an
//! access that has begun is moved to a day to come.
//!
//! A start moved ahead would take the access now, and that something has not begun is no cause for a loss (law: *one
//! door*). To keep the old right until the new start is no way either: what is accepted replaces what stood, its last day
//! too, so nobody would know when the old right has to end. So the change is refused, and what was accepted stays with
//! its own end, its authority and its place in the limits. Waiting does not help: the day of the first judgement counts.

use crate::change::{Cause, Change, ChangeKind};
use crate::diag::{Finding, text};
use crate::model::{Grant, GrantKey};
use crate::planted::PlantedFault;

use super::{Candidate, Court, Outcome, Pin};

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

    /// Tells whether an entry is an extension that came after its access had ended: it is not the one that was judged first
    /// on a day of the access. An entry that waited without being judged has no first judgement. `pin` is the first
    /// judgement of this entry with this evidence.
    pub(super) fn comes_too_late(&self, change: &Change, pin: Option<&Pin>) -> bool {
        let key = &change.after.grant.key;
        let Some(standing) = self.base.standing(key).filter(|standing| standing.ended.is_some()) else {
            return false;
        };
        let is_in_time = |pin: &Pin| standing.grant.until.is_none_or(|until| pin.day <= until);
        change.kind == ChangeKind::Change && self.pins.contains_key(key) && !pin.is_some_and(is_in_time)
    }

    /// Says of a refused entry that its access was ended too early by a clock, and how it comes back.
    pub(super) fn after_the_clock(&self, grant: &Grant, mut finding: Finding) -> Finding {
        let standing = self.base.standing(&grant.key);
        let too_early = standing.filter(|standing| {
            standing.cleared.is_some_and(Cause::comes_by_a_day) && !standing.grant.is_over(self.today)
        });
        if too_early.is_some() {
            let today = self.today;
            let first = text!(
                en: "This access ended too early, by a clock that was wrong: two national administrators confirm the right date, `portvakt confirm-date {today} --by A --by B`, and it stands again.",
                nb: "Denne tilgangen ble avsluttet for tidlig, av en klokke som gikk feil: to nasjonale administratorer bekrefter riktig dato, `portvakt confirm-date {today} --by A --by B`, og den gjelder igjen."
            );
            finding.way_out = first.and(std::mem::take(&mut finding.way_out));
        }
        finding
    }
}
