//! The steps that reading `reviews` and reading `requests` have in common. Something odd among the lists stops
//! nothing: it is noted, and never counts as a list.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use portvakt_core::model::FilePath;
use portvakt_core::tree::{ListFiles, Odd, Oddity};
use rustix::fs::FileType;

use super::limits::TreeLimits;
use super::open::{FoundName, look, open_folder, read};

/// Opens a folder. If something else is in its place, that is noted under `path`. The result is then `None`, and also
/// if there is nothing.
pub(super) fn folder(
    at: BorrowedFd<'_>,
    name: &[u8],
    path: &str,
    lists: &mut ListFiles,
) -> io::Result<Option<OwnedFd>> {
    let what = match look(at, name, u64::MAX)? {
        FoundName::Nothing => return Ok(None),
        FoundName::Odd(what) => what,
        FoundName::Plain((FileType::Directory, _)) => match open_folder(at, name)? {
            FoundName::Nothing => return Ok(None),
            FoundName::Odd(what) => what,
            FoundName::Plain(folder) => return Ok(Some(folder)),
        },
        FoundName::Plain(_) => Oddity::Misplaced,
    };
    note(lists, path.to_owned(), what);
    Ok(None)
}

/// Reads a list or a signature file, which belongs at `path`.
pub(super) fn take_list(
    folder: BorrowedFd<'_>,
    name: &[u8],
    path: String,
    limits: &TreeLimits,
    lists: &mut ListFiles,
) -> io::Result<()> {
    match read(folder, name, limits.large_bytes)? {
        FoundName::Nothing => {}
        FoundName::Odd(what) => note(lists, path, what),
        FoundName::Plain((_, bytes)) => {
            lists.files.insert(FilePath::new(&path), bytes.into());
        }
    }
    Ok(())
}

/// Notes an odd path. A folder or a large file may be or hold people's files that were moved there by a slip.
pub(super) fn note(lists: &mut ListFiles, path: String, what: Oddity) {
    let may_hide = what.may_hide_files();
    let odd = Odd::unread(path, None, what);
    lists.odd.push(if may_hide { odd.hiding_files() } else { odd });
}

/// Notes an odd name. A plain file is read, because it may be a person's file that was moved there by a slip.
pub(super) fn note_name(
    folder: BorrowedFd<'_>,
    name: &[u8],
    (path, what): (String, Oddity),
    limits: &TreeLimits,
    lists: &mut ListFiles,
) -> io::Result<()> {
    let odd = Odd::unread(path, None, what);
    lists.odd.push(match read(folder, name, limits.file_bytes)? {
        FoundName::Plain((_, bytes)) => odd.reading(&bytes),
        FoundName::Odd(found) if found.may_hide_files() => odd.hiding_files(),
        FoundName::Nothing | FoundName::Odd(_) => odd,
    });
    Ok(())
}
