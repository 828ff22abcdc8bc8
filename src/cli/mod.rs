//! The command line: one file a command, each with its arguments and a `run` that returns an exit code.

mod apply;
mod daemon;
mod lock;
mod output;
mod plan;
mod progress;

use clap::{Parser, Subcommand};

use crate::config::Global;
use crate::diag::Exit;

/// Access as code for a health register: reviewed files become rights, deleted files take them away.
#[derive(Debug, Parser)]
#[command(name = "portvakt", version, about, max_term_width = 110, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Plan(plan::Args),
    Apply(apply::Args),
    Daemon(daemon::Args),
}

impl Cli {
    /// Runs the command.
    #[must_use]
    pub fn run(self) -> Exit {
        let global = &self.global;
        match self.command {
            Command::Plan(args) => plan::run(global, &args),
            Command::Apply(args) => apply::run(global, &args),
            Command::Daemon(args) => daemon::run(global, &args),
        }
    }
}
