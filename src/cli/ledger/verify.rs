//! `portvakt ledger verify` checks that no entry was changed, removed or put in between.

use std::path::PathBuf;

use portvakt_core::diag::{Finding, Noun, Text, text};
use portvakt_engine::memory;
use portvakt_engine::pass::PassError;
use portvakt_stores::tables::Reader;
use serde_json::json;

use crate::cli::chain::{broken, keys_hold, read_checkpoint, verified};
use crate::cli::{finding, output};
use crate::config::{Format, Global};

/// Verifies the whole ledger, and against a checkpoint where one is named.
pub(super) fn verify_whole(
    global: &Global,
    reader: &Reader,
    checkpoint: Option<&PathBuf>,
    key: Option<&str>,
) -> Result<(), Finding> {
    let verified = verified(reader)?;
    if verified.entries == 0 {
        let accepted = memory::accepted_rules(reader.connection()).map_err(finding::of)?;
        return Err(match accepted {
            Some(_) => broken(text!(
                en: "the ledger is empty, and something has been accepted",
                nb: "protokollen er tom, og noe er godtatt"
            )),
            None => finding::located(global, finding::of(PassError::NoBaseline)),
        });
    }
    keys_hold(reader)?;
    let mut against = Text::default();
    if let Some(file) = checkpoint {
        let checkpoint = read_checkpoint(file)?;
        checkpoint.verify_signature(key).map_err(|why| broken(why.words()))?;
        checkpoint.agrees(reader.connection()).map_err(|why| broken(why.words()))?;
        let by = if key.is_some() {
            text!(en: "the key named", nb: "nøkkelen som er oppgitt")
        } else {
            text!(
                en: "its own key, which was not compared with another",
                nb: "sin egen nøkkel, som ikke er sammenlignet med noen annen"
            )
        };
        against = text!(
            with by;
            en: "; it holds the checkpoint at entry {seq} (signed with {by})",
            nb: "; den inneholder kontrollpunktet ved innslag {seq} (signert med {by})";
            seq = checkpoint.seq
        );
    }
    if global.format == Format::Json {
        output::json_out(&json!({ "verified": verified }));
    } else {
        let at = verified.head.map_or_else(
            Text::default,
            |head| text!(en: ", the last is {hash}", nb: ", det siste er {hash}"; hash = head.hash),
        );
        const LINES: Noun = Noun::new(["entry", "entries"], ["innslag", "innslag"]);
        let entries = LINES.count(verified.entries);
        if let Some(seq) = verified.fell {
            output::tell(
                global,
                &text!(
                    en: "note: the times fall at entry {seq}: an older version wrote it while the clock stood behind. The order is that of the numbers, and the chain holds.",
                    nb: "merk: tidene faller ved innslag {seq}: en eldre versjon skrev det mens klokken gikk etter. Rekkefølgen er numrenes, og kjeden holder."
                ),
            );
        }
        for seq in &verified.left_behind {
            output::tell(
                global,
                &text!(
                    en: "note: there is a break at entry {seq}, which a later baseline names; what stands between says nothing, and from that baseline on the chain holds.",
                    nb: "merk: det er et brudd ved innslag {seq}, som et senere grunnlag navngir; det som står imellom, sier ingenting, og fra det grunnlaget av holder kjeden."
                ),
            );
        }
        output::say(
            global,
            &text!(
                with entries, at, against;
                en: "The ledger is whole: {entries}{at}{against}.\n",
                nb: "Protokollen er hel: {entries}{at}{against}.\n"
            ),
        );
    }
    Ok(())
}
