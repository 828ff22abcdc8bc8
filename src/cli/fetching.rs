//! The remote repository that `--fetch` names, and how long a fetch may take. `apply` fetches once, and the daemon again and
//! again, from the same one.

use std::time::Duration;

use portvakt_core::diag::{Code, Finding, text};
use portvakt_sources::{FetchError, GitRemote};

use super::finding;
use crate::config::Global;

/// The longest time that a fetch may take.
pub(super) const FETCH_LIMIT: Duration = Duration::from_secs(120);

/// Returns the remote that `--fetch` names.
pub(super) fn remote(global: &Global, name: Option<&str>) -> Result<Option<GitRemote>, Finding> {
    let Some(name) = name else { return Ok(None) };
    let Some(branch) = global.branch() else {
        let message = text!(
            en: "`--fetch` goes with `--source git`",
            nb: "`--fetch` hører sammen med `--source git`"
        );
        let way_out = text!(
            en: "Leave one out or add the other.",
            nb: "Utelat det ene, eller legg til det andre."
        );
        return Err(Finding::new(Code::BadValue, message, way_out));
    };
    GitRemote::of(&branch, name).map(Some).map_err(|error| match error {
        FetchError::Source(error) => finding::of_source(global, &error),
        error => {
            let why = error.words();
            let message = text!(with why; en: "`--fetch {name}`: {why}", nb: "`--fetch {name}`: {why}");
            let way_out = text!(
                en: "Name a remote of the repository with `--fetch`, and a branch of it with `--ref`.",
                nb: "Oppgi et av arkivets fjernarkiver med `--fetch`, og en gren i det med `--ref`."
            );
            Finding::new(Code::BadValue, message, way_out)
        }
    })
}
