//! `portvakt store check` asks a register elsewhere what it announces, and compares that with the attribute map. It
//! writes nothing there, and it needs no baseline.

use portvakt_core::diag::{Exit, Noun, text};
use portvakt_core::store::{Misfit, ReadStore, StoreError};
use serde_json::json;

use super::{finding, output, places};
use crate::config::Global;

/// Look at the register elsewhere without writing to it.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: StoreCommand,
}

#[derive(Debug, clap::Subcommand)]
enum StoreCommand {
    /// Compare what the service announces of its users with the attribute map (`--scim-map`), and read its list of
    /// accounts once. Says which attribute does not fit, and which key of the map mends it.
    Check,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let StoreCommand::Check = args.what;
    let remote = match places::register_elsewhere(global) {
        Ok(Some(remote)) => remote,
        Ok(None) => {
            output::tell(
                global,
                &text!(
                    en: "the register is in this program's own tables; there is no attribute map to fit",
                    nb: "registeret ligger i programmets egne tabeller; det finnes ikke noe attributtkart som må passe"
                ),
            );
            return Exit::Ok;
        }
        Err(finding) => return output::stop(global, finding),
    };
    match remote.read().and_then(|store| misfits_of_store(store.as_ref())) {
        Ok((misfits, accounts)) => {
            let findings: Vec<_> = misfits.iter().map(Misfit::finding).collect();
            let exit = output::findings(global, &findings, json!({ "accounts": accounts }));
            if findings.is_empty() {
                let (place, accounts) = (remote.place(), Noun::ACCOUNTS.count(accounts));
                output::tell(
                    global,
                    &text!(
                        with accounts;
                        en: "the service at `{place}` fits the attribute map; its list has {accounts}",
                        nb: "tjenesten på `{place}` passer til attributtkartet; listen har {accounts}"
                    ),
                );
            }
            exit
        }
        Err(error) => output::stop(global, finding::of(error)),
    }
}

fn misfits_of_store(store: &dyn ReadStore) -> Result<(Vec<Misfit>, usize), StoreError> {
    let misfits = store.misfits()?;
    Ok((misfits, store.list()?.accounts.len()))
}
