//! Kills a run in the middle. The result must be as lawful as the result of a whole run, and the next run must continue
//! from there.

use super::super::invariants::{Failure, fail};
use super::super::world::Told;
use super::Running;

impl Running {
    /// Kills a run after this number of writes. Then the program starts again, or the other daemon takes over.
    pub(super) fn kill(&mut self, at: i64, n: i64, over: bool) -> Result<(), Failure> {
        let date = self.date(at);
        let clock = self.clock(at);
        let after = u32::try_from(n).unwrap_or_default();
        let whole = after.is_multiple_of(2);
        match self.world.run_killed(after, whole, at, clock) {
            Err(why) => return fail("runs", why),
            Ok(Some(told)) => {
                // It had come to its end before: then it is a restart.
                self.judge(at, date, told, true)?;
                if over {
                    self.lead_elsewhere();
                }
                self.begin_anew();
                return Ok(());
            }
            Ok(None) => {}
        }
        let (left, passes) = (self.world.store(), self.world.turns);
        self.world.ledger().or_else(|why| fail("ledger", why))?;
        if over {
            self.lead_elsewhere();
        }
        // The next run tells what the killed run could not tell.
        let told = match self.world.run(true, at + 1, self.clock(at + 1)) {
            Ok(told) => told,
            Err(why) => return fail("runs", why),
        };
        self.judge_store(at, date, Told { passes, ..told.clone() }, left, false)?;
        self.begin_anew();
        let date = self.date(at + 1);
        self.judge(at + 1, date, told, true)
    }
}
