//! This module reads `register.yaml`, the files beside it, and `policies`. They are small, so every scan reads them
//! as a whole. A policy that is left out may be the one that forbids an access. Therefore anything odd in `policies`
//! stops the reading.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use portvakt_core::model::FilePath;
use portvakt_core::tree::{
    ATTRIBUTES, Oddity, is_attributes_elsewhere, is_litter, is_text, passed_over, shown,
};
use rustix::fs::FileType;

use super::error::{SourceError, WantedKind};
use super::limits::TreeLimits;
use super::open::{FoundName, look, names, open_folder, read};

/// Folders in `policies` may be nested this deep.
const DEPTH: usize = 8;

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

/// Reads all files of `policies`, at any depth.
pub(super) fn policy_files(
    folder: BorrowedFd<'_>,
    limits: &TreeLimits,
) -> Result<BTreeMap<FilePath, Arc<[u8]>>, SourceError> {
    let mut files = BTreeMap::new();
    walk(folder, "policies", DEPTH, limits, &mut files)?;
    if files.is_empty() {
        return Err(SourceError::Empty { path: "policies".to_owned() });
    }
    Ok(files)
}

fn walk(
    folder: BorrowedFd<'_>,
    path: &str,
    depth: usize,
    limits: &TreeLimits,
    files: &mut BTreeMap<FilePath, Arc<[u8]>>,
) -> Result<(), SourceError> {
    let unreadable = |path: &str, source| SourceError::Unreadable { path: path.to_owned(), source };
    let crowded = || SourceError::Crowded { path: "policies".to_owned(), most: limits.folders };
    let listed = names(folder, limits.folders).map_err(|error| unreadable(path, error))?;
    let is_attributes = |name: &[u8]| name == ATTRIBUTES.as_bytes();
    let found = listed.ok_or_else(crowded)?;
    for name in found.iter().filter(|name| !passed_over(name) || is_attributes(name)) {
        let path = format!("{path}/{}", shown(name));
        if is_attributes_elsewhere(name) {
            // The snapshot reports its name. Nothing in it is read.
            files.insert(FilePath::new(&path), Arc::default());
            continue;
        }
        let odd = |what| SourceError::Policy { path: path.clone(), what };
        if !is_text(name) {
            return Err(odd(Oddity::Name));
        }
        let kind = match look(folder, name, limits.large_bytes).map_err(|error| unreadable(&path, error))? {
            FoundName::Nothing => continue,
            FoundName::Odd(what) => return Err(odd(what)),
            FoundName::Plain((FileType::Directory, _)) if is_attributes(name) => continue,
            FoundName::Plain((FileType::RegularFile, _)) if is_litter(name) && !is_attributes(name) => {
                continue;
            }
            FoundName::Plain((kind, _)) => kind,
        };
        if kind == FileType::Directory {
            if depth == 0 {
                return Err(odd(Oddity::Nested));
            }
            match open_folder(folder, name).map_err(|error| unreadable(&path, error))? {
                FoundName::Nothing => {}
                FoundName::Odd(what) => return Err(odd(what)),
                FoundName::Plain(inner) => walk(inner.as_fd(), &path, depth - 1, limits, files)?,
            }
            continue;
        }
        match read(folder, name, limits.large_bytes).map_err(|error| unreadable(&path, error))? {
            FoundName::Nothing => {}
            FoundName::Odd(what) => return Err(odd(what)),
            FoundName::Plain((_, bytes)) => {
                if files.len() == limits.folders {
                    return Err(crowded());
                }
                files.insert(FilePath::new(&path), bytes.into());
            }
        }
    }
    Ok(())
}
