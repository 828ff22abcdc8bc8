//! This module reads `requests`, the applications that were rejected. They are read as a whole in every scan. They give
//! nobody access, so something odd among them stops nothing: it is noted, and it rejects nothing. A list that never
//! comes to rest counts as it was read before.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use portvakt_core::tree::{InListFolder, ListFiles, ListFolder, Oddity, REQUESTS, list_file, shown};
use rustix::fs::FileType;

use super::error::SourceError;
use super::limits::TreeLimits;
use super::lists::{folder, note, note_name, take_list};
use super::open::{FoundName, look, names};

/// Reads all files of `requests` below the root. A tree without such a folder has none.
pub(super) fn all(root: BorrowedFd<'_>, limits: &TreeLimits) -> Result<ListFiles, SourceError> {
    let mut requests = ListFiles::of(ListFolder::Requests);
    walk(root, limits, &mut requests)
        .map_err(|source| SourceError::Unreadable { path: REQUESTS.to_owned(), source })?;
    Ok(requests)
}

fn walk(root: BorrowedFd<'_>, limits: &TreeLimits, requests: &mut ListFiles) -> io::Result<()> {
    let Some(top) = folder(root, REQUESTS.as_bytes(), REQUESTS, limits, requests)? else { return Ok(()) };
    let Some(entries) = names(top.as_fd(), limits.folders)? else {
        note(requests, REQUESTS.to_owned(), Oddity::Crowded { most: limits.folders });
        return Ok(());
    };
    for name in &entries {
        let path = format!("{REQUESTS}/{}", shown(name));
        let kind = match look(top.as_fd(), name, limits.large_bytes)? {
            FoundName::Plain((FileType::Directory, _))
                if !name.starts_with(b".") && !name.ends_with(b"~") =>
            {
                note(requests, path, Oddity::Nested);
                continue;
            }
            other => other,
        };
        match (list_file(name), kind) {
            (InListFolder::PassedOver, _) | (_, FoundName::Nothing) => {}
            // A link or a pipe is reported as such, whatever its name is.
            (_, FoundName::Odd(what)) => note(requests, path, what),
            (InListFolder::Odd(what), FoundName::Plain(_)) => {
                note_name(top.as_fd(), name, (path, what), limits, requests)?;
            }
            (InListFolder::Belongs(_), FoundName::Plain(_)) => {
                take_list(top.as_fd(), name, path, limits, requests)?
            }
        }
    }
    Ok(())
}
