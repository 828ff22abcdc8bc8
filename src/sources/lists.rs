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
/// if there is nothing. A plain file is read, because it may be a person's file that was moved there by a slip. Anything
/// else may hide such files, as it does in the place of a trust's folder.
pub(super) fn folder(
    at: BorrowedFd<'_>,
    name: &[u8],
    path: &str,
    limits: &TreeLimits,
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
        FoundName::Plain(_) => {
            note_name(at, name, (path.to_owned(), Oddity::Misplaced), limits, lists)?;
            return Ok(None);
        }
    };
    lists.odd.push(Odd::unread(path.to_owned(), None, what).hiding_files());
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
    lists.odd.push(Odd::in_place_of_a_file(path, what));
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
