//! The loop: one `select!` over everything that can happen. It decides nothing: reasons go into the [`Schedule`],
//! passes are made by the [`Worker`] on a thread that may block, one at a time, and what came of them goes into
//! the log and the status.
//!
//! It stays up whatever happens: no baseline, no tree, no register, a pass that panics. It ends when it is told
//! to, after the pass under way.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinError, JoinHandle};

use crate::config::Clock;
use crate::database::{Hold, Lease, LeaseError, Site};
use crate::diag::{Code, Finding, Lang, text};
use crate::source::FetchError;

use super::engine::EngineError;
use super::fetching::{Fetcher, Fetching};
use super::journal::Journal;
use super::schedule::{Intervals, More, Next, Order, Outcome, Schedule, Trigger};
use super::status::{FetchStatus, LeaseStatus, Patience, Status};
use super::watch::{Hints, Mode, Rhythm, system};
use super::worker::{Done, Ended, Place, Worker, Written};

/// What the loop is told from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// A whole pass, now.
    Look,
    /// End after the pass under way; told twice: at once.
    Stop,
}

/// How the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing was under way.
    Clean,
    /// A pass was left to itself; the next start finds what it did not do.
    Abandoned,
}

/// The regular lengths of time.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Between two whole passes.
    pub full: Duration,
    /// While the system does not tell of changes: between two looks at the tree.
    pub poll: Duration,
    /// What is fetched beside the passes.
    pub fetch: Option<Fetching>,
    /// The language of the status page.
    pub lang: Lang,
}

impl Settings {
    /// How old things may be before they are red: the regular pass may be missed once.
    #[must_use]
    pub fn patience(&self) -> Patience {
        let pass = self.full.saturating_mul(2).max(Duration::from_secs(60));
        Patience { pass, ..Patience::default() }
    }
}

/// Between two looks at whether somebody else has written to the register.
const LOOK: Duration = Duration::from_secs(2);

/// From the first hint to the pass, at most. The take itself waits for two scans that agree.
const GATHER: Duration = Duration::from_millis(200);

struct Daemon {
    place: Place,
    clock: Clock,
    schedule: Schedule,
    journal: Journal,
    status: watch::Sender<Status>,
    /// The worker, while no pass is under way.
    idle: Option<Worker>,
    /// The right to write, where several programs share the database.
    lease: Option<Arc<Lease>>,
    running: Option<Running>,
    look_at: Instant,
    look_failed: bool,
}

struct Running {
    pass: JoinHandle<(Worker, Ended)>,
    order: Order,
    begun: Instant,
    /// A sign of life from inside the pass.
    alive: watch::Receiver<Timestamp>,
}

/// Runs until told to stop.
///
/// # Errors
/// When the thread that watches the tree cannot be started.
pub async fn run(
    place: Place,
    settings: Settings,
    status: watch::Sender<Status>,
    mut signals: tokio::sync::mpsc::UnboundedReceiver<Signal>,
) -> io::Result<End> {
    let rhythm = Rhythm { poll: settings.poll, ..Rhythm::default() };
    let hints = match &place.branch {
        Some(branch) => Hints::watch_repository(&branch.root, rhythm, system())?,
        None => Hints::watch(&place.root, rhythm, system())?,
    };
    if let Some(fetch) = &settings.fetch {
        let begun = FetchStatus::begun(fetch.every, Timestamp::now());
        status.send_modify(|status| status.fetch = Some(begun));
    }
    let mut fetcher = settings.fetch.map(Fetcher::start);
    let mut mode = hints.mode();
    let mut watching = true;
    let intervals = Intervals { gather: GATHER.min(place.settle.pause), full: settings.full };
    let now = Instant::now();
    let lease = match &place.store {
        Site::File(_) => None,
        Site::Server(server) => Some(Arc::new(Lease::wait(server).map_err(|error| match error {
            LeaseError::Thread(error) => error,
            other => io::Error::other(other),
        })?)),
    };
    if let Some(lease) = &lease {
        let begun = LeaseStatus { hold: lease.hold(), since: Timestamp::now() };
        status.send_modify(|status| status.lease = Some(begun));
    }
    let mut daemon = Daemon {
        clock: place.clock,
        schedule: Schedule::new(intervals, now),
        journal: Journal::default(),
        status,
        idle: Some(Worker::new(place.clone()).under(lease.clone())),
        lease,
        running: None,
        look_at: now + LOOK,
        look_failed: false,
        place,
    };
    let mut hold = daemon.lease.as_deref().map(Lease::watch);
    let mut stopping = false;
    loop {
        if stopping && daemon.running.is_none() {
            return Ok(End::Clean);
        }
        daemon.glance(watching, settings.poll);
        let wait = daemon.start_or_wait(stopping);
        let hears = !daemon.schedule.is_hinted();
        tokio::select! {
            biased;
            told = signals.recv() => match told {
                Some(Signal::Look) => daemon.schedule.ask(Trigger::Asked, Instant::now()),
                // Nobody left who could tell: the program is ending.
                Some(Signal::Stop) | None if stopping => return Ok(End::Abandoned),
                Some(Signal::Stop) | None => {
                    tracing::info!("stopping after the pass under way");
                    stopping = true;
                }
            },
            ended = pass_ended(&mut daemon.running) => daemon.ended(ended),
            hold = hold_changed(&mut hold) => daemon.hold(&hold),
            fetched = Fetcher::next(&mut fetcher) => daemon.fetched(fetched),
            () = hints.look_again(), if hears => daemon.schedule.hint(Instant::now()),
            changed = mode.changed(), if watching => {
                watching = changed.is_ok();
                daemon.mode(&mode, changed.is_ok());
            }
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// The next change of who may write; never where nobody else could.
async fn hold_changed(hold: &mut Option<watch::Receiver<Hold>>) -> Hold {
    if let Some(told) = hold
        && told.changed().await.is_ok()
    {
        return told.borrow_and_update().clone();
    }
    std::future::pending().await
}

async fn pass_ended(running: &mut Option<Running>) -> Result<(Worker, Ended), JoinError> {
    match running {
        Some(running) => (&mut running.pass).await,
        None => std::future::pending().await,
    }
}

impl Daemon {
    /// Starts a pass that is due; tells how long nothing else is.
    fn start_or_wait(&mut self, stopping: bool) -> Duration {
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

    /// Whether this program has the right to write, or nobody else could.
    fn may_write(&self) -> bool {
        self.lease.as_ref().is_none_or(|lease| lease.hold().epoch().is_some())
    }

    /// Who may write has changed. Whoever takes over looks at everything; who has lost it only waits.
    fn hold(&mut self, hold: &Hold) {
        match hold {
            Hold::Leading { epoch } => {
                tracing::info!(epoch, "leading: this program writes to the register from here on");
                self.schedule.ask(Trigger::Leading, Instant::now());
            }
            Hold::Standby { holder } => {
                tracing::info!(%holder, "standby: another program writes to the register");
            }
            Hold::Unknown { why } => {
                tracing::warn!(%why, "the database does not say who writes to the register");
            }
        }
        let lease = LeaseStatus { hold: hold.clone(), since: Timestamp::now() };
        self.status.send_modify(|status| status.lease = Some(lease));
    }

    fn start(&mut self, order: Order, now: Instant) {
        let lease = self.lease.clone();
        let new = || Worker::new(self.place.clone()).under(lease);
        let mut worker = self.idle.take().unwrap_or_else(new);
        let (tell, alive) = watch::channel(Timestamp::now());
        tracing::debug!(trigger = order.trigger.word(), reach = ?order.reach, "pass begins");
        let pass = tokio::task::spawn_blocking(move || {
            let ended = worker.pass(order, |_, _| {
                tell.send_replace(Timestamp::now());
            });
            (worker, ended)
        });
        self.running = Some(Running { pass, order, begun: now, alive });
    }

    fn ended(&mut self, ended: Result<(Worker, Ended), JoinError>) {
        let Some(Running { order, begun, .. }) = self.running.take() else { return };
        let (now, took) = (Instant::now(), begun.elapsed());
        let ended = match ended {
            Ok((worker, ended)) => {
                self.idle = Some(worker);
                ended
            }
            // The worker is lost with the thread; the next one opens the register anew.
            Err(failed) => Ended::Failed(panicked(&failed)),
        };
        let outcome = match &ended {
            Ended::Done(done) => {
                self.schedule.removals_held(done.held.removals.len());
                Outcome::Complete { absence: done.absence, midnight: done.midnight, more: more(done) }
            }
            Ended::NoBaseline(_) => Outcome::NoBaseline,
            Ended::Failed(_) => Outcome::Failed,
        };
        self.schedule.ended(order, outcome, now);
        let (journal, retry) = (&mut self.journal, self.schedule.retry_in(now));
        self.status.send_modify(|status| {
            status.progress = Timestamp::now();
            match ended {
                Ended::Done(done) => journal.complete(status, order, &done, took),
                Ended::NoBaseline(finding) => journal.no_baseline(status, finding),
                Ended::Failed(finding) => journal.failed(status, finding, retry),
            }
        });
    }

    /// What was fetched is noticed as any other change of the branch is.
    fn fetched(&mut self, fetched: Result<(), FetchError>) {
        let journal = &mut self.journal;
        self.status.send_modify(|status| journal.fetched(status, fetched));
    }

    fn mode(&mut self, mode: &watch::Receiver<Mode>, alive: bool) {
        let mode = if alive {
            mode.borrow().clone()
        } else {
            tracing::error!(
                "the thread that watches the tree has failed; the tree is looked at by the clock"
            );
            Mode::Polling { why: "the thread that watches the tree has failed".to_owned() }
        };
        self.status.send_modify(|status| status.mode = mode);
    }

    /// Now and then: a sign of life, and whether somebody else has written to the register.
    fn glance(&mut self, watching: bool, poll: Duration) {
        let now = Instant::now();
        if now < self.look_at {
            return;
        }
        self.look_at = now + if watching { LOOK } else { LOOK.min(poll) };
        let alive = match &self.running {
            // A pass that hangs is not alive because this loop is.
            Some(running) => *running.alive.borrow(),
            None => Timestamp::now(),
        };
        self.status.send_if_modified(|status| {
            status.progress = status.progress.max(alive);
            false
        });
        if !watching {
            self.schedule.hint(now);
        }
        if !self.may_write() {
            return;
        }
        let Some(worker) = &mut self.idle else { return };
        // A server is asked on this thread, which is told that it waits.
        let looked =
            if worker.blocks() { tokio::task::block_in_place(|| worker.look()) } else { worker.look() };
        match looked {
            Ok(Written::Nothing) => self.look_failed = false,
            Ok(Written::Confirmed) => self.schedule.ask(Trigger::Confirmed, now),
            Ok(Written::Other) => self.schedule.store_written(now),
            Err(error) => self.cannot_look(&error, now),
        }
    }

    /// The pass will say what is wrong, and is tried again with pauses.
    fn cannot_look(&mut self, error: &EngineError, now: Instant) {
        if !self.look_failed {
            tracing::warn!(%error, "the register cannot be read");
            self.schedule.ask(Trigger::Store, now);
        }
        self.look_failed = true;
    }
}

fn more(done: &Done) -> More {
    use super::engine::Reach;
    let decided = &done.passed.decided;
    let carried = &done.passed.carried;
    if !carried.failed.is_empty() || !carried.reports.failed.is_empty() {
        return More::Retry;
    }
    // Recorded and not found by a pass that looked at a part: perhaps no longer so.
    let recorded = done.held.removals.iter().map(|held| held.digest);
    let stale = !decided.whole && !recorded.eq(decided.held_removals.iter().map(|set| set.digest));
    let followed = done.passed.followed.as_ref();
    let refused = followed.is_some_and(|followed| followed.refused.is_some());
    let whole = (stale && !refused) || decided.released_rules.is_some();
    if followed.is_some_and(|followed| followed.left > 0) {
        More::Onward(if whole { Reach::Everything } else { Reach::Changes })
    } else if whole {
        More::Again(Reach::Everything)
    } else if decided.wants_another() {
        More::Again(Reach::Changes)
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

/// Serves the status until the loop ends, then answers who has already asked.
///
/// # Errors
/// When the listener or the watching thread fails.
pub async fn serve_and_run(
    listener: tokio::net::TcpListener,
    place: Place,
    settings: Settings,
    signals: tokio::sync::mpsc::UnboundedReceiver<Signal>,
) -> io::Result<End> {
    let (status, shown) = watch::channel(Status::started(Timestamp::now()));
    let (end, ended) = oneshot::channel::<()>();
    let shutdown = async {
        let _either_way_it_ends = ended.await;
    };
    let (patience, lang) = (settings.patience(), settings.lang);
    let serving = tokio::spawn(super::http::serve(listener, shown, patience, lang, shutdown));
    let run = run(place, settings, status, signals).await;
    drop(end);
    match serving.await {
        Ok(served) => served?,
        Err(failed) => tracing::error!(%failed, "the status page has failed"),
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Settle;

    #[tokio::test]
    async fn a_pass_that_panics_is_counted_and_tried_again_with_a_new_worker() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place {
            root: folder.path().to_owned(),
            branch: None,
            forge_token: None,
            store: Site::File(folder.path().join("register.db")),
            remote: None,
            reports: None,
            settle: Settle::default(),
            grace: Duration::from_secs(30),
            clock: Clock::system(),
        };
        let (status, shown) = watch::channel(Status::started(Timestamp::now()));
        let now = Instant::now();
        let intervals = Intervals { gather: GATHER, full: Duration::from_secs(900) };
        let mut daemon = Daemon {
            clock: place.clock,
            schedule: Schedule::new(intervals, now),
            journal: Journal::default(),
            status,
            idle: None,
            lease: None,
            running: None,
            look_at: now,
            look_failed: false,
            place,
        };
        let Next::Pass(order) = daemon.schedule.next(now, Timestamp::now()) else { panic!("nothing to do") };
        let pass = tokio::task::spawn_blocking(|| panic!("never happens"));
        let (_, alive) = watch::channel(Timestamp::now());
        daemon.running = Some(Running { pass, order, begun: now, alive });
        let ended = pass_ended(&mut daemon.running).await;
        daemon.ended(ended);
        assert!(daemon.running.is_none());
        let failure = shown.borrow().last_failure.clone().unwrap();
        assert_eq!((failure.code, shown.borrow().passes_failed), (Code::StoreUnavailable, 1));
        assert!(daemon.schedule.retry_in(Instant::now()).is_some());
        // The next one is made by a new worker, and says what is wrong here: there is no tree.
        let later = Instant::now() + Duration::from_secs(2);
        let Next::Pass(order) = daemon.schedule.next(later, Timestamp::now()) else { panic!("no retry") };
        daemon.start(order, later);
        let ended = pass_ended(&mut daemon.running).await;
        daemon.ended(ended);
        let failure = shown.borrow().last_failure.clone().unwrap();
        assert_eq!((failure.code, shown.borrow().passes_failed), (Code::TreeMissing, 2));
    }
}
