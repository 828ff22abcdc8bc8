//! The loop: one `select!` over everything that can happen. It decides nothing: what each event does stands in
//! `events`; reasons go into the schedule, passes are made by the worker on a thread that may block, one at a time,
//! and what came of them goes into the log and the status.
//!
//! It stays up whatever happens: no baseline, no tree, no register, a pass that panics. It ends when it is told
//! to, after the pass under way.

mod events;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use events::{Daemon, pass_ended};
use jiff::Timestamp;
use portvakt_core::diag::Lang;
use portvakt_database::{Hold, Lease, LeaseError, Site};
use tokio::sync::{oneshot, watch};

use super::fetching::{Fetcher, Fetching};
use super::schedule::{Intervals, Trigger};
use super::status::{FetchStatus, LeaseStatus, Patience, Status};
use super::watch::{Hints, Rhythm, system};
use super::worker::Place;

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

/// From the first hint to the pass, at most. The take itself waits for two scans that agree.
const GATHER: Duration = Duration::from_millis(200);

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
