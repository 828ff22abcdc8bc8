//! `portvakt ledger checkpoint` signs where the ledger stands now, for a file that is kept on another machine.

use std::path::PathBuf;

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_engine::ledger::CheckpointKey;
use portvakt_stores::tables::Reader;
use serde_json::json;

use crate::cli::chain::verified;
use crate::cli::{output, replaced, standing, whose};
use crate::config::Global;

/// Signs the last entry, and writes the checkpoint into the file or to standard output.
pub(super) fn sign_checkpoint(
    global: &Global,
    reader: &Reader,
    out: Option<&PathBuf>,
) -> Result<(), Finding> {
    let cannot = |why: Text| {
        let way_out = text!(
            en: "Give the program's user the right to read and write there.",
            nb: "Gi programmets bruker rett til å lese og skrive der."
        );
        let message = text!(
            with why;
            en: "no checkpoint could be made: {why}",
            nb: "kontrollpunktet kunne ikke lages: {why}"
        );
        Finding::new(Code::StoreUnavailable, message, way_out)
    };
    whose::may_write(global)?;
    out.map_or(Ok(()), |file| replaced::is_a_file(file))?;
    // A broken chain is never signed.
    let head = verified(reader)?.head.ok_or_else(|| {
        let message = text!(en: "the ledger is empty", nb: "protokollen er tom");
        Finding::new(
            Code::NoBaseline,
            message,
            text!(en: "Accept a baseline first.", nb: "Godta et grunnlag først."),
        )
    })?;
    let standing = standing::open_register(global)?;
    let key = global.var().join("ledger.key");
    let key = CheckpointKey::open(&key)
        .map_err(|why| whose::kept_out(&key).unwrap_or_else(|| cannot(why.words())))?;
    let checkpoint = key
        .sign(&standing.rules.register.id, head, global.clock().now())
        .map_err(|why| cannot(why.words()))?;
    match out {
        Some(file) => {
            checkpoint.write(file).map_err(|why| cannot(why.words()))?;
            let (seq, key) = (checkpoint.seq, key.public());
            output::tell(
                global,
                &text!(
                    en: "entry {seq} signed with {key}; keep the file on another machine",
                    nb: "innslag {seq} signert med {key}; oppbevar filen på en annen maskin"
                ),
            );
        }
        None => output::json_out(&json!(checkpoint)),
    }
    Ok(())
}
