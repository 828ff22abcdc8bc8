//! The end of a history. It checks the state after everything has been corrected.

use jiff::SignedDuration;

use super::super::desk::LIMITS;
use super::super::invariants::{Failure, at_the_end, fail};
use super::super::oracle::day;
use super::super::world::{GRACE, Mode};
use super::Running;

impl Running {
    /// Corrects everything, confirms the date and releases what waits. The store must then be as people mean it.
    pub(super) fn end(&mut self, at: i64) -> Result<(), Failure> {
        let mut at = at + 3600;
        self.undo("");
        self.desk.slips.clear();
        self.clocks = [0, 0];
        self.world.disturb("");
        self.stale = false;
        self.world.show(&self.desk.tree());
        if self.world.mode == Mode::Pair {
            self.world.bring_up_to_date(&self.desk.tree());
        }
        self.world.confirm(self.truth(at));
        self.oracle.trusted = Some(self.truth(at));
        if self.desk.limits != LIMITS || self.told.settings.is_some() {
            self.release_settings(at);
        }
        let mut still = 0;
        for _ in 0..12 {
            at += GRACE + 10;
            let before = self.oracle.store.clone();
            self.pass(true, at)?;
            let waits =
                !(self.told.held.is_empty() && self.told.late.is_empty() && self.told.settings.is_none());
            still = if waits || before != self.oracle.store { 0 } else { still + 1 };
            // A file that was away needs two looks, and the accesses that depend on it need one more.
            if still == 4 {
                break;
            }
            if let Some(digest) = self.told.settings.clone() {
                self.world.release_settings(&digest, self.clock(at));
            }
            self.release(at, true);
        }
        if let Some(set) = self.told.held.iter().chain(&self.told.late).next() {
            return fail("a way out", format!("{:?} still wait after every release", set.people));
        }
        at_the_end(&self.oracle, day(self.truth(at)), &self.told)?;
        self.quiet(at)?;
        if self.world.history() != self.history {
            return fail("history", "what former users made has changed".to_owned());
        }
        self.world.ledger().or_else(|why| fail("ledger", why))?;
        let days: Vec<_> = self.days.iter().step_by(3).collect();
        for (date, rights) in days {
            let end = date.tomorrow().unwrap().in_tz("Europe/Oslo").unwrap().timestamp();
            let told = self.world.held_on(end - SignedDuration::from_nanos(1));
            if told != *rights {
                let differ: Vec<_> = rights
                    .iter()
                    .filter(|(who, what)| told.get(*who) != Some(what))
                    .map(|(who, what)| format!("{who}: {what:?}, by the ledger {:?}", told.get(who)))
                    .chain(told.keys().filter(|who| !rights.contains_key(*who)).cloned())
                    .take(3)
                    .collect();
                return fail("the past", format!("of {date} the ledger tells otherwise: {differ:?}"));
            }
        }
        Ok(())
    }
}
