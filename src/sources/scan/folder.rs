//! The folder of a trust as a scan found it. Its files are those of the snapshot. For each file it also keeps when
//! the file was read, so that the next scan knows which files to read again. The snapshot does not have these times.

use std::sync::Arc;

use portvakt_core::tree::{Folder, FolderFile};

use super::super::open::Stamp;

/// When a file was read, as its stamp shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LastRead {
    /// The stamp of the file when it was read.
    pub(super) stamp: Stamp,
    /// Whether the file was read within two seconds of its stamp. If so, it is read again next time, whatever its
    /// stamp is.
    pub(super) fresh: bool,
}

// A register with 100,000 files keeps 100,000 of these in memory.
const _: () = assert!(size_of::<LastRead>() <= 40);

/// One file of a folder, and when it was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScannedFile<'a> {
    pub(super) file: &'a FolderFile,
    pub(super) read: &'a LastRead,
}

impl ScannedFile<'_> {
    /// Returns whether another scan found the same file.
    pub(super) fn agrees(self, other: ScannedFile<'_>) -> bool {
        self.file == other.file && self.read.stamp == other.read.stamp
    }
}

/// A folder with its files, and when each of them was read.
#[derive(Debug)]
pub(in super::super) struct ScannedFolder {
    /// The device and inode of the folder.
    pub(super) ident: (u64, u64),
    /// The files, as a snapshot has them.
    pub(in super::super) folder: Arc<Folder>,
    /// When each of these files was read, in the same order.
    reads: Vec<LastRead>,
}

impl ScannedFolder {
    /// Makes a folder. `files` must be sorted by name.
    pub(super) fn new(ident: (u64, u64), files: impl Iterator<Item = (FolderFile, LastRead)>) -> Self {
        let (files, reads): (Vec<FolderFile>, Vec<LastRead>) = files.unzip();
        Self { ident, folder: Arc::new(Folder::new(files)), reads }
    }

    /// Returns the number of files.
    pub(super) fn count(&self) -> usize {
        self.reads.len()
    }

    /// Returns all files, sorted by name.
    pub(super) fn files(&self) -> impl Iterator<Item = ScannedFile<'_>> {
        self.folder.files.iter().zip(&self.reads).map(|(file, read)| ScannedFile { file, read })
    }

    /// Finds the file with this name.
    pub(super) fn find(&self, name: &str) -> Option<ScannedFile<'_>> {
        self.at(self.folder.position(name)?)
    }

    /// Finds a file when names are asked for in order. It tries `near` first, and then sets `near` to the place after
    /// the file it found.
    pub(super) fn find_near(&self, name: &str, near: &mut usize) -> Option<ScannedFile<'_>> {
        let there = self.folder.files.get(*near).is_some_and(|file| *file.name == *name);
        let at = if there { *near } else { self.folder.position(name)? };
        *near = at + 1;
        self.at(at)
    }

    /// Returns whether another scan saw the same folder with the same files in it.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
            || (self.ident == other.ident
                && self.count() == other.count()
                && self.files().zip(other.files()).all(|(ours, theirs)| ours.agrees(theirs)))
    }

    fn at(&self, at: usize) -> Option<ScannedFile<'_>> {
        Some(ScannedFile { file: self.folder.files.get(at)?, read: self.reads.get(at)? })
    }
}
