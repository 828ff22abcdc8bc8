//! Replaces whole files for a command, whatever the file is: a list, a signature, CODEOWNERS. A link, a pipe or a device is never replaced. The link would be gone, or its
//! target would be overwritten, and the reader of the pipe would wait for ever. So such a path is refused before
//! anything is signed.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use portvakt_core::diag::{Code, Finding, Text, text};

/// Refuses a path that leads to anything other than a plain file. A free name may be used.
pub(super) fn is_a_file(path: &Path) -> Result<(), Finding> {
    // Either the file does not exist, or the later write meets the same error and reports it.
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
    Err(refused(path, &what))
}

/// Does the same for a path of a repository. Its folders may come from another person, and a link among them would lead
/// out of the repository.
pub(super) fn is_a_file_of(top: &Path, path: &str) -> Result<(), Finding> {
    let folders = Path::new(path).ancestors().skip(1).map(|folder| top.join(folder));
    let is_link = |folder: &Path| fs::symlink_metadata(folder).is_ok_and(|there| there.is_symlink());
    match folders.take_while(|folder| folder != top).find(|folder| is_link(folder)) {
        Some(folder) => Err(refused(&folder, &text!(en: "a link", nb: "en lenke"))),
        None => is_a_file(&top.join(path)),
    }
}

fn refused(path: &Path, what: &Text) -> Finding {
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
    Finding::new(Code::BadValue, message, way_out)
}

/// Replaces a whole file at once. Another process that reads it sees either the old file or the new one.
pub(super) fn replace_file(target: &Path, text: &[u8]) -> std::io::Result<()> {
    let name = target.file_name().ok_or_else(|| std::io::Error::other("it names no file"))?.to_string_lossy();
    let new = target.with_file_name(format!(".{name}-{}.new", uuid::Uuid::new_v4()));
    let written = fs::File::create_new(&new).and_then(|mut file| {
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&new, target)
    });
    if written.is_err() {
        // The first error is the one to report. If the temporary file cannot be removed, its name begins with a dot, so
        // it is ignored.
        let _rest = fs::remove_file(&new);
    }
    written
}
