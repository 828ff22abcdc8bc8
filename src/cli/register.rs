//! `portvakt register` shows the embedded register, serves it over SCIM, and fills it with fictional history for
//! trials.

use portvakt_core::diag::{Code, Exit, Finding, text};
use portvakt_stores::tables::view::Show;

use super::output;
use crate::config::{Global, StoreUrl};

mod create;
mod seed;
mod serve;
mod users;

/// Look into the embedded register, serve it, or fill it with fictional history.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: RegisterCommand,
}

#[derive(Debug, clap::Subcommand)]
enum RegisterCommand {
    /// Give every open account fictional courses, forms and report subscriptions, so that the effect of a
    /// revocation can be seen. Never run it on a register with real history.
    Seed {
        /// The same number gives the same history.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Make the tables of a register in PostgreSQL, once, as the owner of the database.
    ///
    /// `--store` names the database and the owner's role. The role given here is the one the program connects as: it gets
    /// what the program needs, and can neither change nor delete what the ledger holds.
    Create {
        /// The role the program will connect as; it must be there already.
        #[arg(long, value_name = "ROLE")]
        role: String,
    },
    Serve(serve::Args),
    /// Show the accounts of the register.
    Users {
        /// Closed accounts too.
        #[arg(long)]
        all: bool,
    },
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    if let Some(place) = global.store.place() {
        let message = text!(
            en: "this command is for the embedded register, and the register is at `{place}`",
            nb: "denne kommandoen gjelder det innebygde registeret, og registeret er på `{place}`"
        );
        let way_out = text!(
            en: "`portvakt list` and `portvakt explain` say who has access; the register's own tools show its accounts.",
            nb: "`portvakt list` og `portvakt explain` viser hvem som har tilgang; registerets egne verktøy viser kontoene."
        );
        return output::stop(global, Finding::new(Code::StoreUnavailable, message, way_out));
    }
    let on_server = matches!(global.store, StoreUrl::Postgres(_));
    let done = match &args.what {
        RegisterCommand::Seed { .. } | RegisterCommand::Serve(_) if on_server => Err(only_a_file(global)),
        RegisterCommand::Create { role } => create::make_register(global, role),
        RegisterCommand::Serve(args) => return serve::run(global, args),
        RegisterCommand::Seed { seed } => seed::seed(global, *seed),
        RegisterCommand::Users { all } => users::show(global, if *all { Show::All } else { Show::Open }),
    };
    done.map_or_else(|finding| output::stop(global, finding), |()| Exit::Ok)
}

/// The finding if a command works only on a register in a file, and the register is in PostgreSQL.
fn only_a_file(global: &Global) -> Finding {
    let place = &global.store;
    let message = text!(
        en: "this command is for a register in a file (`sqlite:PATH`), and the register is at `{place}`",
        nb: "denne kommandoen gjelder et register i en fil (`sqlite:STI`), og registeret er på `{place}`"
    );
    let way_out = text!(
        en: "Name a file with `--store`. Other programs read and write a register in PostgreSQL with its own tools.",
        nb: "Oppgi en fil med `--store`. Andre programmer leser og skriver et register i PostgreSQL med databasens egne verktøy."
    );
    Finding::new(Code::StoreUnavailable, message, way_out)
}
