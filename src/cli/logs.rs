//! The log of a program that keeps running, on standard error. The daemon and the service of the register write it in the
//! same way.

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use super::output;

/// How a log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    Text,
    /// One JSON value a line.
    Json,
}

/// The part of the filter that leaves out the lines of the library that watches files. They tell of its own bookkeeping
/// where a folder is moved or deleted. What the library cannot do comes to the daemon as an error, and the daemon says what
/// follows from it.
const WITHOUT_THE_WATCHERS_LINES: &str = "notify=off";

/// Starts the log on standard error, for a program that keeps running.
pub(super) fn start_logs(format: LogFormat, level: LevelFilter) {
    // If nobody reads the log any more, its lines are dropped and the program continues. The subscriber would report
    // that to the same place, and panic.
    let writer = || output::Dropping;
    let filter = EnvFilter::new(format!("{level},{WITHOUT_THE_WATCHERS_LINES}"));
    let logs = tracing_subscriber::fmt().with_writer(writer).log_internal_errors(false);
    let logs = logs.with_env_filter(filter);
    let started = match format {
        LogFormat::Json => logs.json().flatten_event(true).with_target(false).try_init(),
        LogFormat::Text => {
            let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
            logs.with_target(false).with_ansi(ansi).try_init()
        }
    };
    if let Err(error) = started {
        output::err(&format!("there will be no log: {error}"));
    }
    // Only the place of the panic is logged. Its message could quote the content of a file.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(tracing::field::display);
        tracing::error!(place, "a part of the program failed");
    }));
}
