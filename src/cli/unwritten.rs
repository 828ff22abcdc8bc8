//! Gives the words for a file that cannot be written, and for what people can do about it. Every command that writes
//! files uses them.

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

/// The next step if the folder does not allow the file to be written.
pub(super) fn take_the_right() -> Text {
    text!(
        en: "Give yourself the right to write in that folder.",
        nb: "Gi deg selv rett til å skrive i den mappen."
    )
}
