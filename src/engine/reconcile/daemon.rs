//! The daemon's loop: one `select!` over all events. The loop decides nothing. The effect of each event is written
//! in `events`. Reasons for a pass go into the schedule. The worker makes the passes, one at a time, on a thread
//! that may block. The results go into the log and the status.
//!
//! The daemon keeps running without a baseline, a tree or a register, and after a pass that panics. It ends when
//! somebody asks it to, after the current pass.

mod events;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use events::{Daemon, pass_ended};
use portvakt_core::diag::Lang;
use portvakt_database::{Hold, Lease, LeaseError, Site};
use tokio::sync::{oneshot, watch};

use super::fetching::{Fetcher, Fetching};
use super::http::StatusPage;
use super::schedule::{Intervals, Trigger};
use super::status::{FetchStatus, LeaseStatus, Status, StatusPatience};
use super::watch::{Hints, Rhythm, system};
use super::worker::WorkerPlace;

/// The commands that the loop gets from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Make a whole pass now.
    Look,
    /// End after the current pass. The second time, end at once.
    Stop,
}

/// How the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// No pass was running.
    Clean,
    /// A pass was left running. The next start finds the work that it did not do.
    Abandoned,
}

/// The regular intervals, and the language of the status page.
#[derive(Debug, Clone)]
pub struct DaemonSettings {
    /// The time between two whole passes.
    pub full: Duration,
    /// The time between two looks at the tree while the operating system does not report changes.
    pub poll: Duration,
    /// The branch that is fetched between passes, if any.
    pub fetch: Option<Fetching>,
    /// The language of the status page.
    pub lang: Lang,
}

impl DaemonSettings {
    /// Returns how old things may be before the status shows them as red. One regular pass may be missed.
    #[must_use]
    pub fn patience(&self) -> StatusPatience {
        let pass = self.full.saturating_mul(2).max(Duration::from_secs(60));
        StatusPatience { pass, ..StatusPatience::default() }
    }
}

/// The longest time from the first hint to the pass. Reading the tree also waits until two scans agree.
const GATHER: Duration = Duration::from_millis(200);

/// Runs until it gets the signal to stop. All times of the status are those of the clock in `place`.
///
/// # Errors
/// When the thread that watches the tree cannot be started.
pub async fn run(
    place: WorkerPlace,
    settings: DaemonSettings,
    status: watch::Sender<Status>,
    mut signals: tokio::sync::mpsc::UnboundedReceiver<Signal>,
) -> io::Result<End> {
    let clock = place.clock.clone();
    let rhythm = Rhythm { poll: settings.poll, ..Rhythm::default() };
    let hints = match &place.branch {
        Some(branch) => Hints::watch_repository(&branch.root, rhythm, system())?,
        None => Hints::watch(&place.root, rhythm, system())?,
    };
    if let Some(fetch) = &settings.fetch {
        let begun = FetchStatus::begun(fetch.every, clock.now());
        status.send_modify(|status| status.position.fetch = Some(begun));
    }
    let mut fetcher = settings.fetch.map(Fetcher::start);
    let mut mode = hints.mode();
    let mut watching = true;
    let intervals = Intervals { gather: GATHER.min(place.settle.pause), full: settings.full };
    let lease = match &place.store {
        Site::File(_) => None,
        Site::Server(server) => Some(Arc::new(Lease::wait(server).map_err(|error| match error {
            LeaseError::Thread(error) => error,
            other => io::Error::other(other),
        })?)),
    };
    if let Some(lease) = &lease {
        let begun = LeaseStatus { hold: lease.hold(), since: clock.now() };
        status.send_modify(|status| status.position.lease = Some(begun));
    }
    let mut hold = lease.as_deref().map(Lease::watch);
    let mut daemon = Daemon::new(place, intervals, status, lease, Instant::now()).hearing(hints.written());
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
                // The sender of signals is gone, so the program is ending.
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

/// Waits for the next change of the right to write. If only this program can write, it waits for ever.
async fn hold_changed(hold: &mut Option<watch::Receiver<Hold>>) -> Hold {
    if let Some(told) = hold
        && told.changed().await.is_ok()
    {
        return told.borrow_and_update().clone();
    }
    std::future::pending().await
}

/// Serves the status until the loop ends, and then answers requests that have already arrived.
///
/// # Errors
/// When the listener or the watching thread fails.
pub async fn serve_and_run(
    listener: tokio::net::TcpListener,
    place: WorkerPlace,
    settings: DaemonSettings,
    signals: tokio::sync::mpsc::UnboundedReceiver<Signal>,
) -> io::Result<End> {
    let clock = place.clock.clone();
    let (status, shown) = watch::channel(Status::started(clock.now()));
    let (end, ended) = oneshot::channel::<()>();
    let shutdown = async {
        let _either_way_it_ends = ended.await;
    };
    let page = StatusPage { status: shown, clock, patience: settings.patience(), lang: settings.lang };
    let serving = tokio::spawn(super::http::serve_status(listener, page, shutdown));
    let run = run(place, settings, status, signals).await;
    drop(end);
    if let Err(failed) = serving.await {
        tracing::error!(%failed, "the status page has failed");
    }
    run
}
