//! Whether the ledger can be relied on: its chain, the checkpoint that left the host, and whose keys stand in it. Whatever
//! answers from the ledger asks here first, and so do a baseline and a review.

use std::path::Path;

use portvakt_core::diag::{Code, Finding, Noun, Text, text};
use portvakt_engine::ledger::{Checkpoint, Verified, VerifyError, verify};
use portvakt_engine::memory::Bound;
use portvakt_stores::tables::Reader;

use super::finding;

/// Returns the finding about a ledger whose chain is broken.
pub(super) fn broken(message: Text) -> Finding {
    let way_out = text!(
        en: "Somebody has changed the ledger, or the file is damaged: keep the file as it is, and compare it with the last checkpoint that left the host.",
        nb: "Noen har endret protokollen, eller filen er skadet: la filen være som den er, og sammenlign med det siste kontrollpunktet som forlot maskinen."
    );
    Finding::new(Code::LedgerBroken, message, way_out)
}

/// Reads the file of a checkpoint. If this fails, it proves nothing about the ledger.
pub(super) fn read_checkpoint(file: &Path) -> Result<Checkpoint, Finding> {
    Checkpoint::read(file).map_err(|error| {
        let name = text!(
            en: "Name the file that `portvakt ledger checkpoint --out FILE` wrote, unchanged.",
            nb: "Oppgi filen som `portvakt ledger checkpoint --out FIL` skrev, uendret."
        );
        let way_out = error.way_out().unwrap_or_default().and(name);
        Finding::new(Code::SourceUnreadable, error.words(), way_out)
    })
}

/// Reads the whole ledger and verifies its chain.
pub(super) fn verified(reader: &Reader) -> Result<Verified, Finding> {
    verify(reader.connection()).map_err(|error| match error {
        VerifyError::Broken(why) => broken(why.words()),
        VerifyError::Store(why) => finding::of(why),
    })
}

/// Checks that every key belongs to the person for whom the ledger recorded it. Otherwise entries would be shown as
/// being about another person.
pub(super) fn keys_hold(reader: &Reader) -> Result<(), Finding> {
    let mut bound = Bound::default();
    bound.follow(reader.connection()).map_err(finding::of)?;
    let wrong: Vec<String> = bound.wrong_keys().into_iter().map(|person| format!("`{person}`")).collect();
    if wrong.is_empty() || bound.broken().is_some() {
        return Ok(());
    }
    let mut wrong = wrong;
    wrong.sort();
    let (people, more) = (wrong.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", "), wrong.len());
    let more = Noun::PEOPLE.count(more);
    let message = text!(
        with more;
        en: "the keys that stand for {more} in the ledger are not the ones it was given ({people}): what it says would be told of others",
        nb: "nøklene som står for {more} i protokollen, er ikke de den fikk ({people}): det den sier, ville bli fortalt om andre"
    );
    let way_out = text!(
        en: "Somebody has changed the table `person_key`: restore it from a backup. `portvakt baseline` gives these people new keys; what stands under the old ones is then told of nobody.",
        nb: "Noen har endret tabellen `person_key`: hent den tilbake fra en sikkerhetskopi. `portvakt baseline` gir disse personene nye nøkler; det som står under de gamle, fortelles da om ingen."
    );
    Err(Finding::new(Code::LedgerBroken, message, way_out))
}

/// The largest number of people that a message names.
const SHOWN: usize = 10;
