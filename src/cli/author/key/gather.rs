//! `portvakt key gather` puts the keys that wait on their own branches into one change.

use portvakt_core::diag::{Code, Exit, Finding, text};

use crate::cli::author::Stop;
use crate::cli::author::gathered::{WaitingKeys, gathered, gathered_in_json, say_gathered};
use crate::cli::clone::place::{WritingPlace, clone_of, fetch, no_clone, no_target, target_of};
use crate::cli::{last_valid, output};
use crate::config::{Format, Global};

/// Puts the keys that wait on their own branches into one change.
pub(super) fn gather(global: &Global) -> Result<Exit, Stop> {
    let top = clone_of(&global.root).ok_or_else(|| no_clone(&global.root))?;
    fetch(global, &top);
    let target = target_of(&top).ok_or_else(|| no_target(&top).finding())?;
    let place = WritingPlace::open(global, false)?;
    let register = last_valid::register(global, &place.global)?;
    let found = match gathered(global, &place, (&top, &target), &register)? {
        WaitingKeys::Gathered(gathered) => Some(gathered),
        WaitingKeys::One => return Err(one_key().into()),
        WaitingKeys::None => None,
    };
    if global.format != Format::Human {
        return Ok(output::findings(global, &[], gathered_in_json(found.as_deref())));
    }
    match &found {
        Some(gathered) => say_gathered(global, gathered),
        None => output::say(global, &text!(en: "No keys wait.\n", nb: "Ingen nøkler venter.\n")),
    }
    Ok(Exit::Ok)
}

/// Returns the finding for a single key. It has a branch of its own already, and is signed there.
fn one_key() -> Finding {
    let message = text!(
        en: "only one new key waits, and it has a branch of its own",
        nb: "bare én ny nøkkel venter, og den har en egen gren"
    );
    let way_out = text!(
        en: "Sign it there with `portvakt approve --waiting`; nothing is to be gathered.",
        nb: "Signer den der med `portvakt approve --waiting`; det er ingenting å samle."
    );
    Finding::new(Code::NotSigned, message, way_out)
}
