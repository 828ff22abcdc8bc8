//! The command line. Each command has its own file with its arguments and a `run` function that returns an exit code.

mod administrators;
mod apply;
mod approve;
mod baseline;
mod can;
mod check;
mod daemon;
mod demo;
mod explain;
mod finding;
mod ledger;
mod list;
mod lock;
mod openssh;
mod output;
mod owners;
mod places;
mod plan;
mod planned;
mod progress;
mod proposal;
mod reading;
mod register;
mod release;
mod replaced;
mod schema;
mod serve;
mod signable;
mod standing;
mod statement;
mod steps;
mod today;
mod tree;
mod whose;
mod workspace;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue};
use clap::{Parser, Subcommand};
use portvakt_core::clock::Clock;
use portvakt_core::diag::{Exit, Lang, text};
use portvakt_core::model::PersonId;
use portvakt_net::Typed;

use crate::config::Global;

/// Access as code for a health register: reviewed files become rights, deleted files take them away.
#[derive(Debug, Parser)]
#[command(name = "portvakt", version, about, max_term_width = 110, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Check(check::Args),
    Statement(statement::Args),
    Approve(approve::Args),
    Baseline(baseline::Args),
    Plan(plan::Args),
    Apply(apply::Args),
    Daemon(daemon::Args),
    Release(release::Args),
    ConfirmDate(release::ConfirmArgs),
    List(list::Args),
    Explain(explain::Args),
    Can(can::Args),
    Register(register::Args),
    Ledger(ledger::Args),
    Schema(schema::Args),
    Owners(owners::Args),
}

impl Command {
    /// Whether this command prints findings as its result. The other commands print a list, an answer or nothing, and
    /// they print a finding only when they fail.
    fn tells_findings(&self) -> bool {
        match self {
            Self::Check(_) | Self::Baseline(_) | Self::Plan(_) | Self::Apply(_) | Self::Explain(_) => true,
            Self::Owners(_) => false,
            Self::Statement(_) | Self::Approve(_) => false,
            Self::Demo(_) | Self::Daemon(_) | Self::Release(_) | Self::ConfirmDate(_) => false,
            Self::List(_) | Self::Can(_) | Self::Register(_) | Self::Ledger(_) | Self::Schema(_) => false,
        }
    }
}

/// Runs the program with these arguments and this clock. The first argument is the program's name.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>, clock: Clock) -> Exit {
    match Cli::try_parse_from(args) {
        Ok(mut cli) => {
            cli.global.go_by(clock);
            let lang = cli.global.lang();
            output::end(lang, cli.run())
        }
        Err(told) if told.use_stderr() => {
            let _gone = without_secrets(told).print();
            Exit::Usage
        }
        Err(asked) => {
            output::help(&asked.render());
            output::end(Lang::En, Exit::Ok)
        }
    }
}

/// Takes out of a refusal what was typed, where it may hold a secret: a password in an address. clap repeats the value
/// that it refuses, whatever option it belongs to.
fn without_secrets(mut told: clap::Error) -> clap::Error {
    let hidden = |typed: &str| {
        let typed = Typed::from(typed);
        (!typed.is_harmless()).then(|| typed.to_string())
    };
    for kind in [ContextKind::InvalidValue, ContextKind::InvalidArg, ContextKind::InvalidSubcommand] {
        let shown = match told.get(kind) {
            Some(ContextValue::String(typed)) => hidden(typed),
            _ => None,
        };
        if let Some(shown) = shown {
            told.insert(kind, ContextValue::String(shown));
            // Its suggestions repeat what was typed, too.
            told.remove(ContextKind::Suggested);
        }
    }
    told
}

impl Cli {
    fn run(self) -> Exit {
        let global = &self.global;
        if let Some(why) = global.misuse() {
            output::tell(global, &text!(with why; en: "error: {why}", nb: "feil: {why}"));
            return Exit::Usage;
        }
        if global.format.is_for_findings() && !self.command.tells_findings() {
            output::tell(
                global,
                &text!(
                    en: "this command takes `--format human` or `json`: what it prints is no list of findings; see --help",
                    nb: "denne kommandoen tar `--format human` eller `json`: det den skriver ut, er ingen liste over funn; se --help"
                ),
            );
            return Exit::Usage;
        }
        match self.command {
            Command::Demo(args) => demo::run(global, &args),
            Command::Check(args) => check::run(global, &args),
            Command::Statement(args) => statement::run(global, &args),
            Command::Approve(args) => approve::run(global, &args),
            Command::Baseline(args) => baseline::run(global, &args),
            Command::Plan(args) => plan::run(global, &args),
            Command::Apply(args) => apply::run(global, &args),
            Command::Daemon(args) => daemon::run(global, &args),
            Command::Release(args) => release::run(global, &args),
            Command::ConfirmDate(args) => release::confirm(global, &args),
            Command::List(args) => list::run(global, &args),
            Command::Explain(args) => explain::run(global, &args),
            Command::Can(args) => can::run(global, &args),
            Command::Register(args) => register::run(global, &args),
            Command::Ledger(args) => ledger::run(global, &args),
            Command::Owners(args) => owners::run(global, &args),
            Command::Schema(args) => schema::run(&args),
        }
    }
}

/// Reads a person's id from the command line.
fn person(text: &str) -> Result<PersonId, String> {
    PersonId::new(text).map_err(|why| {
        format!("{why}; an id is written with small letters a-z, digits, dots and hyphens, such as `kari.testesen`")
    })
}
