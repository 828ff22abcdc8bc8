//! Replaces whole files for a command. A link, a pipe or a device is never replaced. The link would be gone, or its
//! target would be overwritten, and the reader of the pipe would wait for ever. So such a path is refused before
//! anything is signed.

use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use portvakt_core::diag::{Code, Finding, text};

/// Refuses a name under which something else than a file stands. A name that is free may be used.
pub(super) fn is_a_file(path: &Path) -> Result<(), Finding> {
    // The file does not exist, or the write will meet the same error and report it.
    let Ok(there) = fs::symlink_metadata(path) else { return Ok(()) };
    let kind = there.file_type();
    let what = if kind.is_file() {
        return Ok(());
    } else if kind.is_symlink() {
        text!(en: "a link", nb: "en lenke")
    } else if kind.is_fifo() {
        text!(en: "a pipe", nb: "et rør")
    } else if kind.is_dir() {
        text!(en: "a folder", nb: "en mappe")
    } else {
        text!(en: "a device or a socket", nb: "en enhet eller en sokkel")
    };
    let path = path.display();
    let message = text!(
        with what;
        en: "`{path}` is {what}, and only a file is replaced: nothing was written",
        nb: "`{path}` er {what}, og bare en fil erstattes: ingenting ble skrevet"
    );
    let way_out = text!(
        en: "Name a file, or a name that is free, in a folder where you may write.",
        nb: "Oppgi en fil, eller et ledig navn, i en mappe der du kan skrive."
    );
    Err(Finding::new(Code::BadValue, message, way_out))
}
