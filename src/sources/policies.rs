//! This module reads `register.yaml`, the files beside it, and `policies`. They are small, so every scan reads them
//! as a whole. Something odd in `policies` is noted and never read. It stops nothing: whoever reads the rules of the
//! tree refuses them if a policy may be hidden, and the rules that were accepted last stay in force.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use portvakt_core::system::said;
use portvakt_core::tree::{
    ATTRIBUTES, Oddity, is_attributes_elsewhere, is_litter, is_text, passed_over, shown,
};
use rustix::fs::FileType;

use super::error::{SourceError, WantedKind};
use super::limits::TreeLimits;
use super::open::{FoundName, look, names, open_folder, read};
use super::policy_tree::{DEPTH, FilesAndOdd, POLICIES, PolicyTree};

/// Reads one file that must exist and must not be empty.
pub(super) fn whole_file(
    folder: BorrowedFd<'_>,
    name: &str,
    path: &str,
    limits: &TreeLimits,
) -> Result<Arc<[u8]>, SourceError> {
    let path = path.to_owned();
    match read(folder, name.as_bytes(), limits.large_bytes) {
        Err(source) => Err(SourceError::Unreadable { path, source }),
        Ok(FoundName::Nothing) => Err(SourceError::Missing { path }),
        Ok(FoundName::Odd(Oddity::Unreadable(why))) => {
            Err(SourceError::Unreadable { path, source: io::Error::other(why.en().to_owned()) })
        }
        Ok(FoundName::Odd(Oddity::TooLarge { most })) => Err(SourceError::Large { path, most }),
        Ok(FoundName::Odd(_)) => Err(SourceError::Kind { path, wanted: WantedKind::File }),
        Ok(FoundName::Plain((_, bytes))) if bytes.is_empty() => Err(SourceError::Empty { path }),
        Ok(FoundName::Plain((_, bytes))) => Ok(bytes.into()),
    }
}

/// Reads one file that may be missing. A missing file gives empty bytes. If the entry is odd, the oddity is returned.
pub(super) fn whole_file_if_any(
    folder: BorrowedFd<'_>,
    name: &str,
    limits: &TreeLimits,
) -> io::Result<Result<Arc<[u8]>, Oddity>> {
    Ok(match read(folder, name.as_bytes(), limits.large_bytes)? {
        FoundName::Nothing => Ok(Arc::default()),
        FoundName::Odd(what) => Err(what),
        FoundName::Plain((_, bytes)) => Ok(bytes.into()),
    })
}

/// Reads all files of `policies`, at any depth. Something odd there is noted, and never read.
pub(super) fn policy_files(folder: BorrowedFd<'_>, limits: &TreeLimits) -> Result<FilesAndOdd, SourceError> {
    let mut found = PolicyTree::default();
    walk(folder, POLICIES, DEPTH, limits, &mut found)?;
    found.finish(limits)
}

fn walk(
    folder: BorrowedFd<'_>,
    path: &str,
    depth: usize,
    limits: &TreeLimits,
    found: &mut PolicyTree,
) -> Result<(), SourceError> {
    let unreadable = |path: &str, source| SourceError::Unreadable { path: path.to_owned(), source };
    let listed = match names(folder, limits.folders) {
        Err(error) if path == POLICIES => return Err(unreadable(path, error)),
        // If the list of names breaks off, the folder as a whole is unreadable.
        Err(error) => {
            found.note(path.to_owned(), Oddity::Unreadable(said(&error)));
            return Ok(());
        }
        Ok(None) => {
            found.crowd(path);
            return Ok(());
        }
        Ok(Some(listed)) => listed,
    };
    let is_attributes = |name: &[u8]| name == ATTRIBUTES.as_bytes();
    for name in listed.iter().filter(|name| !passed_over(name) || is_attributes(name)) {
        if found.needs_no_more_of(path) {
            return Ok(());
        }
        let path = format!("{path}/{}", shown(name));
        if is_attributes_elsewhere(name) {
            // The snapshot reports its name. Nothing in it is read.
            found.put(&path, Arc::default(), limits);
            continue;
        }
        if !is_text(name) {
            found.note(path, Oddity::Name);
            continue;
        }
        let is_left_behind = is_litter(name) && !is_attributes(name);
        let kind = match look(folder, name, limits.large_bytes).map_err(|error| unreadable(&path, error))? {
            FoundName::Nothing => continue,
            FoundName::Odd(Oddity::TooLarge { .. }) if is_left_behind => continue,
            FoundName::Odd(what) => {
                found.note(path, what);
                continue;
            }
            FoundName::Plain((FileType::Directory, _)) if is_attributes(name) => continue,
            FoundName::Plain((FileType::RegularFile, _)) if is_left_behind => continue,
            FoundName::Plain((kind, _)) => kind,
        };
        if kind == FileType::Directory {
            if depth == 0 {
                found.note(path, Oddity::Deep { most: DEPTH });
                continue;
            }
            match open_folder(folder, name).map_err(|error| unreadable(&path, error))? {
                FoundName::Nothing => {}
                FoundName::Odd(what) => found.note(path, what),
                FoundName::Plain(inner) => walk(inner.as_fd(), &path, depth - 1, limits, found)?,
            }
            continue;
        }
        match read(folder, name, limits.large_bytes).map_err(|error| unreadable(&path, error))? {
            FoundName::Nothing => {}
            FoundName::Odd(what) => found.note(path, what),
            FoundName::Plain((_, bytes)) => found.put(&path, bytes.into(), limits),
        }
    }
    Ok(())
}
