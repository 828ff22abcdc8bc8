//! Decides when the next pass is made and how much it looks at. Reasons for a pass are collected here and forgotten
//! after a pass was made for them. Many reasons lead to one pass, and the pass does not learn which.
//!
//! Nothing here reads a clock. Durations are measured on the clock that only runs forward. Midnight is compared
//! with the wall clock at every look. So a machine that has slept, or a clock that was set, is noticed within
//! [`GLANCE`].

use std::time::{Duration, Instant};

use jiff::Timestamp;

pub use super::order::{Intervals, More, Next, Order, PassOutcome, Trigger};
use super::reach::PassReach;

/// The longest time between two looks at the wall clock.
pub const GLANCE: Duration = Duration::from_secs(30);

/// The most passes in a row over one tree because each pass accepted more. After these passes the schedule waits
/// for the next reason.
const IN_A_ROW: u32 = 20;

/// The shortest time from the end of a pass to a pass for an absence.
const BREATH: Duration = Duration::from_millis(50);

/// The shortest time between two whole passes because another program wrote to the register.
const STORE_PAUSE: Duration = Duration::from_secs(30);

const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy)]
struct Wanted {
    order: Order,
    at: Instant,
}

/// The reasons that the schedule waits for, and the times of the next passes.
#[derive(Debug)]
pub struct Schedule {
    intervals: Intervals,
    wanted: Option<Wanted>,
    full: Instant,
    absence: Option<Instant>,
    midnight: Option<Timestamp>,
    retry: Option<Instant>,
    failures: u32,
    in_a_row: u32,
    /// While removals are held, every pass is a whole pass, because a held set is identified by everything in it.
    holding: bool,
    last_whole: Option<Instant>,
    hinted: bool,
}

impl Schedule {
    /// Creates the schedule. The first pass is due at once and looks at everything.
    #[must_use]
    pub fn new(intervals: Intervals, now: Instant) -> Self {
        let order = Order { trigger: Trigger::Start, reach: PassReach::Everything, since: now };
        Self {
            intervals,
            wanted: Some(Wanted { order, at: now }),
            full: now + intervals.full,
            absence: None,
            midnight: None,
            retry: None,
            failures: 0,
            in_a_row: 0,
            holding: false,
            last_whole: None,
            hinted: false,
        }
    }

    /// Notes that the tree may have changed.
    pub fn hint(&mut self, now: Instant) {
        self.hinted = true;
        self.want(Trigger::Change, PassReach::Changes, now, now + self.intervals.gather);
    }

    /// Returns whether the next pass already looks at the tree because of a hint. Another hint would add nothing.
    #[must_use]
    pub fn is_hinted(&self) -> bool {
        self.hinted
    }

    /// Asks for a whole pass now.
    pub fn ask(&mut self, trigger: Trigger, now: Instant) {
        self.want(trigger, PassReach::Everything, now, now);
    }

    /// Notes that another program wrote something unexpected to the register, which may be drift. If another
    /// program writes all the time, the whole passes are still limited by a pause.
    pub fn store_written(&mut self, now: Instant) {
        let earliest = self.last_whole.map_or(now, |last| (last + STORE_PAUSE).max(now));
        self.want(Trigger::Store, PassReach::Everything, now, earliest);
    }

    /// Notes whether any removals are held.
    pub fn removals_held(&mut self, sets: usize) {
        self.holding = sets > 0;
    }

    fn want(&mut self, trigger: Trigger, reach: PassReach, since: Instant, at: Instant) {
        let order = Order { trigger, reach, since };
        self.wanted = Some(match self.wanted {
            None => Wanted { order, at },
            Some(known) => Wanted {
                order: Order {
                    trigger: if at < known.at { trigger } else { known.order.trigger },
                    reach: wider(reach, known.order.reach),
                    since: known.order.since.min(since),
                },
                at: known.at.min(at),
            },
        });
    }

    /// Returns what to do now. All due reasons become one order, and the schedule counts it as given to a pass.
    pub fn next(&mut self, now: Instant, wall: Timestamp) -> Next {
        if self.retry.is_some_and(|at| at <= now) {
            self.ask(Trigger::Retry, now);
        }
        if self.full <= now {
            self.ask(Trigger::Timer, now);
        }
        if self.absence.is_some_and(|at| at <= now) {
            self.want(Trigger::Absence, PassReach::Changes, now, now);
        }
        if self.midnight.is_some_and(|at| at <= wall) {
            self.want(Trigger::Midnight, PassReach::Changes, now, now);
        }
        match self.wanted {
            Some(wanted) if wanted.at <= now => {
                (self.wanted, self.hinted) = (None, false);
                let mut order = wanted.order;
                if self.holding || self.retry.is_some() {
                    order.reach = PassReach::Everything;
                }
                Next::Pass(order)
            }
            wanted => Next::Wait(self.until(now, wall, wanted)),
        }
    }

    fn until(&self, now: Instant, wall: Timestamp, wanted: Option<Wanted>) -> Instant {
        let mut at = now + GLANCE;
        at = wanted.map_or(at, |wanted| at.min(wanted.at));
        at = self.retry.map_or(at, |retry| at.min(retry)).min(self.full);
        at = self.absence.map_or(at, |absence| at.min(absence));
        if let Some(midnight) = self.midnight {
            let left = Duration::try_from(midnight.duration_since(wall)).unwrap_or_default();
            at = at.min(now + left.min(GLANCE));
        }
        at
    }

    /// Notes the end of a pass.
    pub fn ended(&mut self, order: Order, outcome: PassOutcome, now: Instant) {
        if order.reach == PassReach::Everything {
            self.full = now + self.intervals.full;
            self.last_whole = Some(now);
        }
        match outcome {
            PassOutcome::Complete { absence, midnight, more } => {
                // Whatever the pass says, the next pass for an absence is not made in the same moment.
                (self.absence, self.midnight) = (absence.map(|at| at.max(now + BREATH)), midnight);
                if more == More::Retry {
                    return self.retry_later(now);
                }
                (self.failures, self.retry) = (0, None);
                match more {
                    More::Again(reach) if self.in_a_row < IN_A_ROW => {
                        self.in_a_row += 1;
                        self.want(Trigger::Again, reach, now, now);
                    }
                    More::Onward(reach) => {
                        self.in_a_row = 0;
                        self.want(Trigger::Commit, reach, order.since, now);
                    }
                    More::Again(_) | More::Nothing | More::Retry => self.in_a_row = 0,
                }
            }
            PassOutcome::NoBaseline => {
                (self.failures, self.retry) = (0, None);
                (self.absence, self.midnight) = (None, None);
            }
            PassOutcome::Failed => {
                // Absence and midnight are part of the retry, which looks at everything.
                (self.absence, self.midnight) = (None, None);
                self.retry_later(now);
            }
        }
    }

    fn retry_later(&mut self, now: Instant) {
        let wait = FIRST_RETRY.saturating_mul(1 << self.failures.min(10)).min(LAST_RETRY);
        self.failures = self.failures.saturating_add(1);
        self.retry = Some(now + wait);
    }

    /// Returns the time until a failed pass is retried, whatever else happens.
    #[must_use]
    pub fn retry_in(&self, now: Instant) -> Option<Duration> {
        self.retry.map(|at| at.saturating_duration_since(now))
    }
}

fn wider(one: PassReach, other: PassReach) -> PassReach {
    if one == PassReach::Everything || other == PassReach::Everything {
        PassReach::Everything
    } else {
        PassReach::Changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DONE: PassOutcome = PassOutcome::Complete { absence: None, midnight: None, more: More::Nothing };

    struct Day {
        start: Instant,
        schedule: Schedule,
    }

    fn wall(seconds: u64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + i64::try_from(seconds).unwrap()).unwrap()
    }

    impl Day {
        fn begun() -> Self {
            let start = Instant::now();
            let intervals = Intervals { gather: Duration::from_secs(1), full: Duration::from_secs(900) };
            let mut day = Self { start, schedule: Schedule::new(intervals, start) };
            assert_eq!(day.pass(0), Some((Trigger::Start, PassReach::Everything)));
            day
        }

        fn at(&self, seconds: u64) -> Instant {
            self.start + Duration::from_secs(seconds)
        }

        fn order(&mut self, seconds: u64) -> Option<Order> {
            match self.schedule.next(self.at(seconds), wall(seconds)) {
                Next::Pass(order) => Some(order),
                Next::Wait(until) => {
                    assert!(until > self.at(seconds), "waiting for nothing");
                    None
                }
            }
        }

        fn ended(&mut self, seconds: u64, outcome: PassOutcome) -> Option<(Trigger, PassReach)> {
            let order = self.order(seconds)?;
            let now = self.at(seconds);
            self.schedule.ended(order, outcome, now);
            Some((order.trigger, order.reach))
        }

        fn pass(&mut self, seconds: u64) -> Option<(Trigger, PassReach)> {
            self.ended(seconds, DONE)
        }
    }

    #[test]
    fn without_a_reason_there_is_one_whole_pass_each_interval() {
        let mut day = Day::begun();
        assert_eq!(day.pass(899), None);
        assert_eq!(day.pass(900), Some((Trigger::Timer, PassReach::Everything)));
        assert_eq!(day.pass(1799), None);
    }

    #[test]
    fn many_hints_are_one_pass() {
        let mut day = Day::begun();
        for _ in 0..5 {
            day.schedule.hint(day.at(10));
        }
        assert_eq!(day.pass(10), None);
        assert_eq!(day.order(11).map(|order| order.since), Some(day.at(10)));
        assert_eq!(day.pass(12), None);
        day.schedule.hint(day.at(20));
        day.schedule.ask(Trigger::Asked, day.at(20));
        assert_eq!(day.pass(20), Some((Trigger::Asked, PassReach::Everything)));
        assert_eq!(day.pass(30), None);
    }

    #[test]
    fn midnight_is_the_wall_clocks() {
        let mut day = Day::begun();
        day.schedule.ask(Trigger::Asked, day.at(1));
        let midnight = Some(wall(5000));
        day.ended(1, PassOutcome::Complete { absence: None, midnight, more: More::Nothing });
        assert_eq!(day.pass(100), None);
        // The machine has slept for more than an hour. The clock that only runs forward stopped meanwhile.
        let now = day.at(200);
        let next = day.schedule.next(now, wall(5001));
        assert!(matches!(next, Next::Pass(order) if order.trigger == Trigger::Midnight));
    }

    #[test]
    fn failures_are_tried_again_less_and_less_often_and_a_hint_at_once() {
        let mut day = Day::begun();
        day.schedule.hint(day.at(10));
        assert_eq!(day.ended(11, PassOutcome::Failed), Some((Trigger::Change, PassReach::Changes)));
        let mut tried = Vec::new();
        for second in 12..200 {
            if day.ended(second, PassOutcome::Failed).is_some() {
                tried.push(second);
            }
        }
        assert_eq!(tried, [12, 14, 18, 26, 42, 74, 134, 194]);
        day.schedule.hint(day.at(200));
        assert_eq!(day.pass(201), Some((Trigger::Change, PassReach::Everything)), "all that was missed");
        assert_eq!(day.pass(300), None);
    }

    #[test]
    fn absence_is_looked_at_when_its_time_is_over() {
        let mut day = Day::begun();
        day.schedule.hint(day.at(10));
        let absence = Some(day.at(40));
        day.ended(11, PassOutcome::Complete { absence, midnight: None, more: More::Nothing });
        assert_eq!(day.pass(39), None);
        assert_eq!(day.pass(40), Some((Trigger::Absence, PassReach::Changes)));
        assert_eq!(day.pass(41), None);
    }

    #[test]
    fn who_writes_all_the_time_wakes_it_now_and_then() {
        let mut day = Day::begun();
        let mut passes = 0;
        for second in 1..300 {
            day.schedule.store_written(day.at(second));
            passes += u32::from(day.pass(second).is_some());
        }
        assert_eq!(passes, 9);
    }

    #[test]
    fn another_pass_at_once_but_not_for_ever() {
        let mut day = Day::begun();
        day.schedule.hint(day.at(10));
        let more =
            PassOutcome::Complete { absence: None, midnight: None, more: More::Again(PassReach::Changes) };
        let mut passes = 0;
        while day.ended(11, more).is_some() {
            passes += 1;
        }
        assert_eq!(passes, IN_A_ROW + 1);
    }

    #[test]
    fn while_removals_are_held_every_pass_is_whole() {
        let mut day = Day::begun();
        day.schedule.removals_held(1);
        day.schedule.hint(day.at(10));
        assert_eq!(day.pass(11), Some((Trigger::Change, PassReach::Everything)));
        day.schedule.removals_held(0);
        day.schedule.hint(day.at(20));
        assert_eq!(day.pass(21), Some((Trigger::Change, PassReach::Changes)));
    }

    #[test]
    fn a_step_that_fails_keeps_nothing_else_waiting() {
        let mut day = Day::begun();
        let stuck = |absence| PassOutcome::Complete { absence, midnight: None, more: More::Retry };
        for second in 1..200 {
            day.schedule.hint(day.at(second));
            day.ended(second, stuck(None));
        }
        while day.ended(200, stuck(None)).is_some() {}
        day.schedule.hint(day.at(200));
        let absence = Some(day.at(210));
        assert!(day.ended(201, stuck(absence)).is_some());
        assert_eq!(day.order(209), None);
        assert_eq!(day.ended(210, stuck(None)), Some((Trigger::Absence, PassReach::Everything)));
    }

    #[test]
    fn without_a_baseline_nothing_is_tried_again_by_itself() {
        let mut day = Day::begun();
        day.schedule.ask(Trigger::Asked, day.at(1));
        day.ended(1, PassOutcome::NoBaseline);
        assert_eq!(day.pass(800), None);
    }
}
