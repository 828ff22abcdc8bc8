//! What is noted in a clone: who works in it, and with which key (`portvakt.person` and `portvakt.key` of its git
//! configuration). `portvakt join` and `portvakt key new` note it, and whatever writes or signs looks here.

use std::path::PathBuf;

use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::model::PersonId;

use super::git::answer_of_git;
use crate::config::Global;

/// The names under which the clone's git configuration keeps the person and the key.
pub(in crate::cli) const PERSON: &str = "portvakt.person";
pub(in crate::cli) const KEY: &str = "portvakt.key";

/// Returns the person that `portvakt join` noted in this clone.
pub(in crate::cli) fn noted(global: &Global) -> Option<PersonId> {
    answer_of_git(&global.root, &["config", "--get", PERSON]).and_then(|id| PersonId::new(&id).ok())
}

/// Returns the key that `portvakt join` or `portvakt key new` noted in this clone.
pub(in crate::cli) fn noted_key(global: &Global) -> Option<PathBuf> {
    answer_of_git(&global.root, &["config", "--get", "--type=path", KEY]).map(PathBuf::from)
}

/// Returns the finding for a signer if no option names a key and none is noted.
pub(in crate::cli) fn no_key() -> Finding {
    let message = text!(en: "no key is at hand to sign with", nb: "det er ingen nøkkel å signere med");
    let way_out = text!(
        en: "Name it with `--key KEY` or `--agent`, or make one with `portvakt key new`.",
        nb: "Oppgi den med `--key NØKKEL` eller `--agent`, eller lag en med `portvakt key new`."
    );
    Finding::new(Code::NotSigned, message, way_out)
}
