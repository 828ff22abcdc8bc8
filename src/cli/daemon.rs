//! `portvakt daemon` adds options, logs, the lock and signals to [`portvakt_engine::reconcile::daemon`].

use std::net::SocketAddr;
use std::time::Duration;

use jiff::SignedDuration;
use portvakt_core::diag::{Exit, text};
use portvakt_database::Site;
use portvakt_engine::reconcile::daemon::{DaemonSettings, End, Signal, serve_and_run};
use portvakt_engine::reconcile::fetching::Fetching;
use portvakt_engine::reconcile::worker::WorkerPlace;
use portvakt_sources::{GitRemote, Settle};
use portvakt_stores::{RemoteStore, rapporteket};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tracing::level_filters::LevelFilter;

use super::listener::{listener, socket_address};
use super::logs::{LogFormat, start_logs};
use super::{fetching, lock, output, places, tree};
use crate::config::{Global, Unfit};

/// Watch the tree and keep the register in step with it.
///
/// Runs in the foreground until it is told to stop (SIGTERM or Ctrl-C), and then ends after the pass under way. SIGHUP
/// makes it look at everything at once. It logs to standard error, and answers on `/`, `/healthz`, `/readyz` and
/// `/metrics` for this host alone.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How long the tree must stand still between two scans that agree.
    #[arg(long, env = "PORTVAKT_SETTLE", hide_env_values = true, default_value = "2s", value_parser = length, value_name = "TIME")]
    settle: Duration,
    /// How long a file must have been gone before it counts as deleted.
    #[arg(long, env = "PORTVAKT_GRACE", hide_env_values = true, default_value = "30s", value_parser = length, value_name = "TIME")]
    grace: Duration,
    /// Between two passes over every file and every account.
    #[arg(long, env = "PORTVAKT_FULL_EVERY", hide_env_values = true, default_value = "15m", value_parser = length, value_name = "TIME")]
    full_every: Duration,
    /// Between two looks at the tree where the system cannot tell of changes.
    #[arg(long, env = "PORTVAKT_POLL", hide_env_values = true, default_value = "10s", value_parser = length, value_name = "TIME")]
    poll: Duration,
    /// With `--source git`: fetch the branch from this remote, with the system's `git`, and follow it as it stands
    /// there.
    #[arg(long, env = "PORTVAKT_FETCH", hide_env_values = true, value_name = "REMOTE")]
    fetch: Option<String>,
    /// Between two fetches.
    #[arg(long, env = "PORTVAKT_FETCH_EVERY", hide_env_values = true, default_value = "60s", value_parser = length, value_name = "TIME")]
    fetch_every: Duration,
    /// Where the status page is; an address of this host alone. Port 0 takes any free one and prints it.
    #[arg(
        long,
        env = "PORTVAKT_LISTEN",
        hide_env_values = true,
        default_value = "127.0.0.1:9464",
        value_parser = socket_address,
        value_name = "ADDRESS"
    )]
    listen: SocketAddr,
    /// How the log is written.
    #[arg(
        long,
        env = "PORTVAKT_LOG_FORMAT",
        hide_env_values = true,
        default_value = "text",
        value_name = "FORMAT"
    )]
    log_format: LogFormat,
    /// How much is logged: error, warn, info, debug, trace or off.
    #[arg(
        long = "log",
        env = "PORTVAKT_LOG",
        hide_env_values = true,
        default_value = "info",
        value_name = "LEVEL"
    )]
    level: LevelFilter,
}

impl Args {
    /// Uses short times, so that a person who tries the demo does not have to wait.
    pub(super) fn for_demo(listen: SocketAddr) -> Self {
        Self {
            settle: Duration::from_millis(300),
            grace: Duration::from_secs(3),
            full_every: Duration::from_secs(60),
            poll: Duration::from_secs(2),
            fetch: None,
            fetch_every: Duration::from_secs(60),
            listen,
            log_format: LogFormat::Text,
            level: LevelFilter::INFO,
        }
    }
}

/// Reads a length of time above zero, such as `30s` or `1h 30m`.
fn length(text: &str) -> Result<Duration, Unfit> {
    let parsed: SignedDuration = text.parse().map_err(|_| {
        Unfit(text!(
            en: "a length of time is expected, such as `500ms`, `30s`, `15m` or `1h 30m`",
            nb: "en tidslengde er ventet, for eksempel `500ms`, `30s`, `15m` eller `1h 30m`"
        ))
    })?;
    let wrong = match Duration::try_from(parsed) {
        Ok(length) if length.is_zero() => {
            text!(en: "it must be longer than nothing", nb: "den må være lengre enn null")
        }
        Ok(length) if length > LONGEST => text!(
            en: "more than a week is no interval for a guard",
            nb: "mer enn en uke er ikke noe intervall for en vakt"
        ),
        Ok(length) => return Ok(length),
        Err(_) => text!(en: "it must not be negative", nb: "den kan ikke være negativ"),
    };
    Err(Unfit(wrong))
}

const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    if let Err(finding) = tree::there_is_a_root(global) {
        return output::stop(global, finding);
    }
    let remote = match fetching::remote(global, args.fetch.as_deref()) {
        Ok(remote) => remote,
        Err(finding) => return output::stop_for_arguments(global, finding),
    };
    let elsewhere = match places::register_elsewhere(global) {
        Ok(elsewhere) => elsewhere,
        Err(finding) => return output::stop(global, finding),
    };
    let reports = match places::reports_settings(global) {
        Ok(reports) => reports,
        Err(finding) => return output::stop(global, finding),
    };
    let site = match places::site(global) {
        Ok(site) => site,
        Err(finding) => return output::stop(global, finding),
    };
    // Several daemons may share one database, and each waits for its turn. A second daemon on the same file is a
    // mistake.
    let _lock = match &site {
        Site::File(_) => match lock::lock_file(global) {
            Ok(lock) => Some(lock),
            Err(finding) => return output::stop(global, finding),
        },
        Site::Server(_) => None,
    };
    start_logs(args.log_format, args.level);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("status")
        .enable_all()
        .build();
    let ran = runtime.and_then(|runtime| {
        let ran = serve(&runtime, global, args, remote, (site, elsewhere, reports));
        // A pass that was abandoned must not keep the program from ending.
        runtime.shutdown_background();
        ran
    });
    match ran {
        Ok(End::Clean) => Exit::Ok,
        Ok(End::Abandoned) => {
            tracing::warn!("ended in the middle of a pass; the next start finds what it did not do");
            Exit::Failed
        }
        Err(error) => {
            tracing::error!(%error, "the daemon cannot run");
            Exit::Failed
        }
    }
}

fn serve(
    runtime: &Runtime,
    global: &Global,
    args: &Args,
    remote: Option<GitRemote>,
    (site, elsewhere, reports): (Site, Option<RemoteStore>, Option<rapporteket::RapporteketSettings>),
) -> std::io::Result<End> {
    let branch = remote.as_ref().map(GitRemote::tracking).or_else(|| global.branch());
    let fetch =
        remote.map(|remote| Fetching { remote, every: args.fetch_every, limit: fetching::FETCH_LIMIT });
    let settings = DaemonSettings { full: args.full_every, poll: args.poll, fetch, lang: global.lang() };
    let place = WorkerPlace {
        root: global.root.clone(),
        branch,
        forge_token: global.forge_token(),
        store: site,
        remote: elsewhere,
        reports,
        settle: Settle { pause: args.settle, ..Settle::default() },
        grace: args.grace,
        clock: global.clock(),
    };
    runtime.block_on(async {
        let signals = signals()?;
        let listener = listener(args.listen).await?;
        let address = listener.local_addr()?;
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"), root = %global.root.display(), store = %global.store,
            %address, settle = ?args.settle, grace = ?args.grace, full_every = ?args.full_every, "started"
        );
        if args.listen.port() == 0 {
            output::mention(&format!("http://{address}/\n"));
        }
        serve_and_run(listener, place, settings, signals).await
    })
}

/// Receives signals of the system from now on.
fn signals() -> std::io::Result<UnboundedReceiver<Signal>> {
    let (tell, told) = unbounded_channel();
    for (kind, meaning) in [
        (SignalKind::hangup(), Signal::Look),
        (SignalKind::terminate(), Signal::Stop),
        (SignalKind::interrupt(), Signal::Stop),
    ] {
        let (tell, mut heard) = (tell.clone(), signal(kind)?);
        tokio::spawn(async move { while heard.recv().await.is_some() && tell.send(meaning).is_ok() {} });
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_written_as_people_do() {
        assert_eq!(length("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(length("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(length("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(length("200ms"), Ok(Duration::from_millis(200)));
        for (wrong, says) in [
            ("", "such as"),
            ("30", "such as"),
            ("soon", "such as"),
            ("0s", "longer than nothing"),
            ("-5s", "negative"),
            ("1000h", "more than a week"),
        ] {
            assert!(length(wrong).unwrap_err().to_string().contains(says), "{wrong}: {:?}", length(wrong));
        }
    }
}
