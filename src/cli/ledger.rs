//! `portvakt ledger` verifies the ledger, shows its entries, and signs a checkpoint that can be kept on another
//! machine.

use std::path::PathBuf;

use portvakt_core::diag::Exit;
use portvakt_engine::ledger::{EntryKind, Filter};

use super::{output, reading};
use crate::config::Global;

mod checkpoint;
mod show;
mod verify;

/// Verify, show and sign the ledger.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: LedgerCommand,
}

#[derive(Debug, clap::Subcommand)]
enum LedgerCommand {
    /// Check that no entry was changed, removed or put in between.
    Verify {
        /// Check against a checkpoint that left the host, too: finds a tail that was cut off.
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// The public key the checkpoint must be signed with, as `ledger checkpoint` printed it.
        #[arg(long, value_name = "KEY", requires = "checkpoint")]
        key: Option<String>,
    },
    /// Show entries.
    Show {
        /// From this number on.
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// Only these kinds, such as `step` or `refused`.
        #[arg(long, value_name = "KIND")]
        kind: Vec<EntryKind>,
        /// Only entries about this person: the id, the name or a part of it.
        #[arg(long, value_name = "PERSON", conflicts_with = "naming")]
        person: Option<String>,
        /// Only entries that name this account, request or digest.
        #[arg(long, value_name = "TEXT")]
        naming: Option<String>,
    },
    /// Sign where the ledger stands now. Keep the file on another machine.
    Checkpoint {
        /// Where to write it; standard output where it is left out.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let done = reading::open_reader(global).and_then(|reader| match &args.what {
        LedgerCommand::Verify { checkpoint, key } => {
            verify::verify_whole(global, &reader, checkpoint.as_ref(), key.as_deref())
        }
        LedgerCommand::Show { from, kind, person, naming } => {
            let naming = match person {
                Some(person) => Some(show::ledger_key(global, &reader, person)?),
                None => naming.clone(),
            };
            show::show(
                global,
                &reader,
                *from,
                Filter { kinds: kind.iter().copied().collect(), naming, ..Filter::default() },
            )
        }
        LedgerCommand::Checkpoint { out } => checkpoint::sign_checkpoint(global, &reader, out.as_ref()),
    });
    done.map_or_else(|finding| output::stop_for_arguments(global, finding), |()| Exit::Ok)
}
