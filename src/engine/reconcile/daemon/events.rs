//! The effect of each event on the daemon: a pass is due, begins, ends or panics; the right to write changes; it is
//! time to check for writes by others. Nothing here waits, except a short look at a database server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portvakt_core::clock::Clock;
use portvakt_core::diag::{Code, Finding, text};
use portvakt_database::{Hold, Lease, turn};
use portvakt_sources::FetchError;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

use super::super::error::EngineError;
use super::super::journal::Journal;
use super::super::reach::PassReach;
use super::super::schedule::{Intervals, More, Next, Order, PassOutcome, Schedule, Trigger};
use super::super::status::{LeaseStatus, Status};
use super::super::watch::{Mode, WrittenFiles};
use super::super::worker::{FinishedPass, OutsideWrites, PassEnded, Worker, WorkerPlace};

/// The time between two checks whether another program has written to the register.
const LOOK: Duration = Duration::from_secs(2);

/// The state that the loop keeps between two events.
pub(super) struct Daemon {
    place: WorkerPlace,
    clock: Clock,
    pub(super) schedule: Schedule,
    journal: Journal,
    status: watch::Sender<Status>,
    /// The worker, while no pass is running.
    idle: Option<Worker>,
    /// The right to write, if several programs share the database.
    lease: Option<Arc<Lease>>,
    /// The files that the operating system reported as written.
    written: WrittenFiles,
    pub(super) running: Option<Running>,
    look_at: Instant,
    look_failed: bool,
}

/// The pass that is running now.
pub(super) struct Running {
    pass: JoinHandle<(Worker, PassEnded)>,
    order: Order,
    begun: Instant,
    /// The last time the pass showed that it is still working.
    alive: watch::Receiver<Timestamp>,
}

impl Daemon {
    /// Creates the daemon. No pass is running yet, and the first pass is due.
    pub(super) fn new(
        place: WorkerPlace,
        intervals: Intervals,
        status: watch::Sender<Status>,
        lease: Option<Arc<Lease>>,
        now: Instant,
    ) -> Self {
        Self {
            clock: place.clock.clone(),
            schedule: Schedule::new(intervals, now),
            journal: Journal::by(place.clock.clone()),
            status,
            idle: Some(Worker::new(place.clone()).under(lease.clone())),
            lease,
            written: WrittenFiles::default(),
            running: None,
            look_at: now + LOOK,
            look_failed: false,
            place,
        }
    }

    /// Returns the same daemon, which now gets the names of files that are written.
    pub(super) fn hearing(mut self, written: WrittenFiles) -> Self {
        self.written = written;
        self
    }

    /// Starts a pass if one is due. Returns the time until something else is due.
    pub(super) fn start_or_wait(&mut self, stopping: bool) -> Duration {
        let now = Instant::now();
        let look = self.look_at.saturating_duration_since(now);
        if stopping || self.running.is_some() || !self.may_write() {
            return look;
        }
        match self.schedule.next(now, self.clock.now()) {
            Next::Wait(until) => look.min(until.saturating_duration_since(now)),
            Next::Pass(order) => {
                self.start(order, now);
                look
            }
        }
    }

    /// Returns whether this program has the right to write, or is the only program that can.
    fn may_write(&self) -> bool {
        self.lease.as_ref().is_none_or(|lease| lease.hold().epoch().is_some())
    }

    /// Handles a change of the right to write. A program that takes over makes a whole pass. A program that lost
    /// the right only waits.
    pub(super) fn hold(&mut self, hold: &Hold) {
        match hold {
            Hold::Leading { epoch, server } => {
                let (epoch, server) = (turn(*epoch), server.as_deref());
                tracing::info!(epoch, server, "leading: this program writes to the register from here on");
                self.schedule.ask(Trigger::Leading, Instant::now());
            }
            Hold::Standby { holder, server } => {
                let server = server.as_deref();
                tracing::info!(%holder, server, "standby: another program writes to the register");
            }
            Hold::TakenOver { server } => {
                let server = server.as_deref();
                tracing::warn!(
                    server,
                    "another database server has taken over: nobody writes for some seconds"
                );
            }
            Hold::Unknown { why } => {
                tracing::warn!(why = why.en(), "the database does not say who writes to the register");
            }
        }
        let lease = LeaseStatus { hold: hold.clone(), since: self.clock.now() };
        self.status.send_modify(|status| status.position.lease = Some(lease));
    }

    fn start(&mut self, order: Order, now: Instant) {
        let lease = self.lease.clone();
        let new = || Worker::new(self.place.clone()).under(lease);
        let mut worker = self.idle.take().unwrap_or_else(new);
        worker.were_written(self.written.take());
        let clock = self.clock.clone();
        let (tell, alive) = watch::channel(clock.now());
        tracing::debug!(trigger = order.trigger.word(), reach = ?order.reach, "pass begins");
        let pass = tokio::task::spawn_blocking(move || {
            let ended = worker.pass(order, |_, _| {
                tell.send_replace(clock.now());
            });
            (worker, ended)
        });
        self.running = Some(Running { pass, order, begun: now, alive });
    }

    /// Handles the end of the current pass, or its loss.
    pub(super) fn ended(&mut self, ended: Result<(Worker, PassEnded), JoinError>) {
        let Some(Running { order, begun, .. }) = self.running.take() else { return };
        let (now, took) = (Instant::now(), begun.elapsed());
        let ended = match ended {
            Ok((worker, ended)) => {
                self.idle = Some(worker);
                ended
            }
            // The worker is lost with its thread. The next worker opens the register again.
            Err(failed) => PassEnded::Failed(panicked(&failed)),
        };
        let outcome = match &ended {
            PassEnded::Done(done) => {
                self.schedule.removals_held(done.held.removals.len());
                PassOutcome::Complete { absence: done.absence, midnight: done.midnight, more: more(done) }
            }
            PassEnded::NoBaseline(_) => PassOutcome::NoBaseline,
            PassEnded::Failed(_) => PassOutcome::Failed,
        };
        self.schedule.ended(order, outcome, now);
        let (journal, retry, moment) = (&mut self.journal, self.schedule.retry_in(now), self.clock.now());
        self.status.send_modify(|status| {
            status.progress = moment;
            match ended {
                PassEnded::Done(done) => journal.complete(status, order, &done, took),
                PassEnded::NoBaseline(finding) => journal.no_baseline(status, finding),
                PassEnded::Failed(finding) => journal.failed(status, finding, retry),
            }
        });
    }

    /// Handles a fetch that ended. The daemon notices the fetched commits like any other change of the branch.
    pub(super) fn fetched(&mut self, fetched: Result<(), FetchError>) {
        let journal = &mut self.journal;
        self.status.send_modify(|status| journal.fetched(status, fetched));
    }

    /// Handles a change of how the tree is watched.
    pub(super) fn mode(&mut self, mode: &watch::Receiver<Mode>, alive: bool) {
        let mode = if alive {
            mode.borrow().clone()
        } else {
            tracing::error!(
                "the thread that watches the tree has failed; the tree is looked at by the clock"
            );
            let why = text!(
                en: "the thread that watches the tree has failed",
                nb: "tråden som overvåker filene, har feilet"
            );
            Mode::Polling { why }
        };
        self.status.send_modify(|status| status.mode = mode);
    }

    /// From time to time, records a sign of life and checks whether another program has written to the register.
    pub(super) fn glance(&mut self, watching: bool, poll: Duration) {
        let now = Instant::now();
        if now < self.look_at {
            return;
        }
        self.look_at = now + if watching { LOOK } else { LOOK.min(poll) };
        let alive = match &self.running {
            // If the pass hangs, the status must show it, although this loop still runs.
            Some(running) => *running.alive.borrow(),
            None => self.clock.now(),
        };
        self.status.send_if_modified(|status| {
            status.progress = status.progress.max(alive);
            false
        });
        if !watching {
            self.schedule.hint(now);
        }
        // The lease ends at its own time, even if the thread that renews it waits for the database.
        if let Some(hold) = self.lease.as_ref().map(|lease| lease.hold()) {
            let shown = self.status.borrow().position.lease.as_ref().and_then(|shown| shown.hold.epoch());
            if shown != hold.epoch() {
                self.hold(&hold);
            }
        }
        if !self.may_write() {
            return;
        }
        let Some(worker) = &mut self.idle else { return };
        // A look at a database server blocks this thread, so tokio is told about it.
        let looked = if worker.blocks() {
            tokio::task::block_in_place(|| worker.written_elsewhere())
        } else {
            worker.written_elsewhere()
        };
        match looked {
            Ok(OutsideWrites::Nothing) => self.look_failed = false,
            Ok(OutsideWrites::Confirmed) => self.schedule.ask(Trigger::Confirmed, now),
            Ok(OutsideWrites::Other) => self.schedule.store_written(now),
            Err(error) => self.cannot_look(&error, now),
        }
    }

    /// Asks for a pass. That pass reports what is wrong, and it is retried with pauses.
    fn cannot_look(&mut self, error: &EngineError, now: Instant) {
        if !self.look_failed {
            tracing::warn!(%error, "the register cannot be read");
            self.schedule.ask(Trigger::Store, now);
        }
        self.look_failed = true;
    }
}

/// Returns whether the next pass follows at once, and how much it looks at.
fn more(done: &FinishedPass) -> More {
    let decided = &done.passed.decided;
    let carried = &done.passed.carried;
    if !carried.failed.is_empty() || !carried.reports.failed.is_empty() {
        return More::Retry;
    }
    // A removal was recorded as held, but a pass over a part did not find it. It may no longer be held.
    let recorded = done.held.removals.iter().map(|held| held.digest);
    let stale = !decided.tree.whole && !recorded.eq(decided.unsettled.sets.iter().map(|set| set.digest));
    let followed = done.passed.followed.as_ref();
    let refused = followed.is_some_and(|followed| followed.refused.is_some());
    let whole = (stale && !refused) || decided.released_rules.is_some();
    if followed.is_some_and(|followed| followed.left > 0) {
        More::Onward(if whole { PassReach::Everything } else { PassReach::Changes })
    } else if whole {
        More::Again(PassReach::Everything)
    } else if decided.wants_another() {
        More::Again(PassReach::Changes)
    } else {
        More::Nothing
    }
}

fn panicked(failed: &JoinError) -> Finding {
    let message = if failed.is_panic() {
        text!(
            en: "the pass failed in a way it never should; what it had not finished was taken back",
            nb: "gjennomgangen mislyktes på en måte som aldri skal skje; det uferdige er gjort om"
        )
    } else {
        text!(en: "the pass was ended from outside", nb: "gjennomgangen ble avsluttet utenfra")
    };
    let way_out = text!(
        en: "It is tried again by itself. Send the lines of the log before this one to those who make the program.",
        nb: "Den prøves igjen av seg selv. Send linjene i loggen før denne til dem som lager programmet."
    );
    Finding::new(Code::StoreUnavailable, message, way_out)
}

/// Waits for the end of the current pass. If there is none, it waits for ever.
pub(super) async fn pass_ended(running: &mut Option<Running>) -> Result<(Worker, PassEnded), JoinError> {
    match running {
        Some(running) => (&mut running.pass).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portvakt_database::Site;
    use portvakt_sources::Settle;
    use portvakt_stores::tables::Create;

    use crate::reconcile::engine::open_register;

    #[tokio::test]
    async fn a_pass_that_panics_is_counted_and_tried_again_with_a_new_worker() {
        let folder = tempfile::tempdir().unwrap();
        let register = folder.path().join("register.db");
        drop(open_register(&register, Create::IfMissing).unwrap());
        // A time that the system clock does not have.
        let moment: Timestamp = "2041-05-06T07:08:09Z".parse().unwrap();
        let clock = Clock::new(move || moment);
        let place = WorkerPlace {
            root: folder.path().to_owned(),
            branch: None,
            forge_token: None,
            store: Site::File(register),
            remote: None,
            reports: None,
            settle: Settle::default(),
            grace: Duration::from_secs(30),
            clock: clock.clone(),
        };
        let (status, shown) = watch::channel(Status::started(clock.now()));
        let now = Instant::now();
        let intervals = Intervals { gather: Duration::from_millis(200), full: Duration::from_secs(900) };
        let mut daemon = Daemon::new(place, intervals, status, None, now);
        daemon.idle = None;
        let Next::Pass(order) = daemon.schedule.next(now, clock.now()) else { panic!("nothing to do") };
        let pass = tokio::task::spawn_blocking(|| panic!("never happens"));
        let (_, alive) = watch::channel(clock.now());
        daemon.running = Some(Running { pass, order, begun: now, alive });
        let ended = pass_ended(&mut daemon.running).await;
        daemon.ended(ended);
        assert!(daemon.running.is_none());
        let failure = shown.borrow().last.failed.clone().unwrap();
        assert_eq!((failure.code, failure.in_a_row), (Code::StoreUnavailable, 1));
        assert_eq!(shown.borrow().since_start.passes_failed, 1);
        assert_eq!((failure.at, shown.borrow().progress), (moment, moment));
        assert!(daemon.schedule.retry_in(Instant::now()).is_some());
        // A new worker makes the next pass and reports the problem here: there is no tree.
        let later = Instant::now() + Duration::from_secs(2);
        let Next::Pass(order) = daemon.schedule.next(later, clock.now()) else { panic!("no retry") };
        daemon.start(order, later);
        let ended = pass_ended(&mut daemon.running).await;
        daemon.ended(ended);
        let failure = shown.borrow().last.failed.clone().unwrap();
        assert_eq!((failure.code, failure.in_a_row), (Code::TreeMissing, 2));
        assert_eq!(shown.borrow().since_start.passes_failed, 2);
    }
}
