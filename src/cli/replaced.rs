//! Files that a command replaces as a whole. Under the name of a link, a pipe or a device there is no file to replace: the
//! link would be gone, or what it leads to would be overwritten, and whoever reads the pipe would wait for ever. So only a
//! file is replaced, and everything else is refused before anything is signed.

use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use portvakt_core::diag::{Code, Finding, text};

/// Refuses a name under which something else than a file stands. A name that is free may be used.
pub(super) fn is_a_file(path: &Path) -> Result<(), Finding> {
    // Nothing is there, or writing meets the same error and tells it in its own words.
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
