//! Gives the words for a file that cannot be written. Every command that writes files uses them. What people can do about
//! it is told by the kind of the error (`portvakt_core::system`).

use std::path::Path;

use portvakt_core::diag::{Text, text};

/// The message that a file cannot be written, with the reason.
pub(super) fn cannot_write(path: &Path, why: &Text) -> Text {
    let path = path.display();
    text!(
        with why;
        en: "`{path}` cannot be written: {why}",
        nb: "`{path}` kan ikke skrives: {why}"
    )
}
