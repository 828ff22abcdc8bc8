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
    let cannot = |why: Text, way_out: Option<Text>| {
        let way_out = way_out.unwrap_or_else(|| {
            text!(
                en: "Do what the message asks for, then run this again; nothing was signed.",
                nb: "Gjør det meldingen ber om, og kjør så dette på nytt; ingenting ble signert."
            )
        });
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
        .map_err(|why| whose::kept_out(&key).unwrap_or_else(|| cannot(why.words(), why.way_out())))?;
    let checkpoint = key
        .sign(&standing.rules.register.id, head, global.clock().now())
        .map_err(|why| cannot(why.words(), why.way_out()))?;
    match out {
        Some(file) => {
            checkpoint.write(file).map_err(|why| cannot(why.words(), why.way_out()))?;
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
