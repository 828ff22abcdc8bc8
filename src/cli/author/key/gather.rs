//! `portvakt key gather` puts the keys that wait on their own branches into one change.

use portvakt_core::diag::{Exit, text};

use crate::cli::author::Stop;
use crate::cli::author::gathered::{gathered, say_gathered};
use crate::cli::clone::place::{clone_of, fetch, no_clone, no_target, target_of};
use crate::cli::output;
use crate::config::Global;

/// Puts the keys that wait on their own branches into one change.
pub(super) fn gather(global: &Global) -> Result<Exit, Stop> {
    let top = clone_of(&global.root).ok_or_else(|| no_clone(&global.root))?;
    fetch(global, &top);
    let target = target_of(&top).ok_or_else(|| no_target(&top).finding())?;
    match gathered(global, &top, &target)? {
        Some(gathered) => say_gathered(global, &gathered),
        None => output::say(global, &text!(en: "No keys wait.\n", nb: "Ingen nøkler venter.\n")),
    }
    Ok(Exit::Ok)
}
