//! This module reads `reviews`, the reviews of the user lists. They are read as a whole in every scan. They give
//! nobody access, so something odd among them stops nothing: it is noted, and it does not count as a review. A list
//! that never comes to rest counts as it was read before.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use portvakt_core::tree::{
    InListFolder, ListFiles, ListFolder, Oddity, REVIEWS, list_file, review_folder, shown,
};
use rustix::fs::FileType;

use super::error::SourceError;
use super::limits::TreeLimits;
use super::lists::{folder, note, note_name, take_list};
use super::open::{FoundName, look, names};

/// Reads all files of `reviews` below the root. A tree without such a folder has none.
pub(super) fn all(root: BorrowedFd<'_>, limits: &TreeLimits) -> Result<ListFiles, SourceError> {
    let mut reviews = ListFiles::of(ListFolder::Reviews);
    walk(root, limits, &mut reviews)
        .map_err(|source| SourceError::Unreadable { path: REVIEWS.to_owned(), source })?;
    Ok(reviews)
}

fn walk(root: BorrowedFd<'_>, limits: &TreeLimits, reviews: &mut ListFiles) -> io::Result<()> {
    let Some(top) = folder(root, REVIEWS.as_bytes(), REVIEWS, limits, reviews)? else { return Ok(()) };
    let Some(entries) = names(top.as_fd(), limits.folders)? else {
        note(reviews, REVIEWS.to_owned(), Oddity::Crowded { most: limits.folders });
        return Ok(());
    };
    for name in &entries {
        let path = format!("{REVIEWS}/{}", shown(name));
        match (review_folder(name), look(top.as_fd(), name, limits.large_bytes)?) {
            (InListFolder::PassedOver, _) | (_, FoundName::Nothing) => {}
            (InListFolder::Odd(what), _) => {
                note_name(top.as_fd(), name, (path, what), limits, reviews)?;
            }
            (InListFolder::Belongs(_), FoundName::Odd(what)) => note(reviews, path, what),
            (InListFolder::Belongs(_), FoundName::Plain((FileType::Directory, _))) => {
                if let Some(trust) = folder(top.as_fd(), name, &path, limits, reviews)? {
                    read_trust_folder(trust.as_fd(), &path, limits, reviews)?;
                }
            }
            (InListFolder::Belongs(_), FoundName::Plain(_)) => {
                if list_file(name) != InListFolder::PassedOver {
                    note_name(top.as_fd(), name, (path, Oddity::Misplaced), limits, reviews)?;
                }
            }
        }
    }
    Ok(())
}

/// Reads the files of one trust's folder.
fn read_trust_folder(
    folder: BorrowedFd<'_>,
    path: &str,
    limits: &TreeLimits,
    reviews: &mut ListFiles,
) -> io::Result<()> {
    let Some(entries) = names(folder, limits.folders)? else {
        note(reviews, path.to_owned(), Oddity::Crowded { most: limits.folders });
        return Ok(());
    };
    for name in &entries {
        let path = format!("{path}/{}", shown(name));
        match list_file(name) {
            InListFolder::PassedOver => {}
            InListFolder::Odd(what) => note_name(folder, name, (path, what), limits, reviews)?,
            InListFolder::Belongs(_) => take_list(folder, name, path, limits, reviews)?,
        }
    }
    Ok(())
}
