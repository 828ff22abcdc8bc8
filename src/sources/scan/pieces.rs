//! A piece of the files of one folder. Each name in it is judged. A file is read if its stamp differs from the last
//! take, or if the stamp is so recent that a later write could leave the same one.

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;

use portvakt_core::model::FilePath;
use portvakt_core::tree::{
    FolderFile, NameInFolder, Odd, Oddity, is_litter, judge_name, parts_of, path_of, shown,
};
use rustix::fs::FileType;

use super::super::open::{FoundName, look, read};
use super::folder::{LastRead, ScannedFile, ScannedFolder};
use super::{Depth, LookSettings, OpenFolder, with_person};

/// A part of the files of one folder.
pub(super) struct Piece<'a> {
    pub(super) listed: &'a OpenFolder,
    pub(super) names: &'a [Vec<u8>],
    pub(super) was: Option<&'a ScannedFolder>,
}

/// One file of the scan. Nearly all files are unchanged. Those are referenced, not copied.
pub(super) enum PieceFile<'a> {
    Same(ScannedFile<'a>),
    New(Box<(FolderFile, LastRead)>),
}

impl PieceFile<'_> {
    pub(super) fn agrees(&self, was: ScannedFile<'_>) -> bool {
        match self {
            Self::Same(same) => std::ptr::eq(same.file, was.file),
            Self::New(new) => new.0 == *was.file && new.1 == *was.read,
        }
    }

    pub(super) fn into_file(self) -> (FolderFile, LastRead) {
        match self {
            Self::Same(same) => (same.file.clone(), *same.read),
            Self::New(new) => *new,
        }
    }
}

/// The things that were found under the names of a piece.
#[derive(Default)]
pub(super) struct SeenNames<'a> {
    pub(super) lines: Vec<PieceFile<'a>>,
    pub(super) odd: Vec<Odd>,
    /// The directories among the names.
    pub(super) nested: Vec<&'a [u8]>,
    pub(super) fresh: Vec<(FilePath, Arc<[u8]>)>,
    /// The files beside those in `fresh`: their signatures, or the files that the signatures belong to.
    pub(super) beside: Vec<(FilePath, Arc<[u8]>)>,
    pub(super) opened: usize,
    /// The position where the earlier scan probably has the next name.
    next: usize,
}

impl<'a> Piece<'a> {
    pub(super) fn seen_names(&self, how: &LookSettings<'_>) -> io::Result<SeenNames<'a>> {
        let mut seen = SeenNames::default();
        for name in self.names {
            let outcome = match judge_name(name) {
                NameInFolder::PassedOver => continue,
                // A FIFO with a wrong name is reported as a FIFO, not as a wrong name.
                NameInFolder::Odd(what) => match look(self.listed.folder.as_fd(), name, u64::from(u32::MAX))?
                {
                    FoundName::Nothing => None,
                    FoundName::Plain((FileType::Directory, _)) => Some(Oddity::Nested),
                    FoundName::Odd(kind @ (Oddity::Link | Oddity::Special)) => Some(kind),
                    FoundName::Plain(_) | FoundName::Odd(_) => (!is_litter(name)).then_some(what),
                },
                NameInFolder::Person(text) | NameInFolder::Signatures(text) => {
                    self.person(text, how, &mut seen)?
                }
            };
            if outcome == Some(Oddity::Nested) {
                seen.nested.push(name);
            } else if let Some(what) = outcome {
                let folder = &self.listed.name;
                let path = format!("desired-state/{folder}/{}", shown(name));
                let odd = Odd::unread(path, Some(folder), what);
                seen.odd.push(with_person(odd, self.listed.folder.as_fd(), name, how.limits)?);
            }
        }
        self.read_paired(how, &mut seen)?;
        Ok(seen)
    }

    /// Reads the file beside each new or changed file. A file is judged with its signatures, even if only one of the
    /// two has changed.
    fn read_paired(&self, how: &LookSettings<'_>, seen: &mut SeenNames<'a>) -> io::Result<()> {
        if self.was.is_none() {
            // All files of the folder are new, so each is read by itself.
            return Ok(());
        }
        let SeenNames { fresh, beside, opened, .. } = seen;
        for (path, _) in fresh.iter() {
            let other = path.paired();
            let Some((_, name)) = parts_of(&other) else { continue };
            let found = read(self.listed.folder.as_fd(), name.as_bytes(), how.limits.file_bytes)?;
            if let FoundName::Plain((_, bytes)) = found {
                *opened += 1;
                let (_, bytes) = FolderFile::read(name, bytes.into());
                beside.push((other, bytes));
            }
        }
        Ok(())
    }

    /// Looks at one person's file. Returns the oddity, if there is one.
    fn person(
        &self,
        name: &str,
        how: &LookSettings<'_>,
        seen: &mut SeenNames<'a>,
    ) -> io::Result<Option<Oddity>> {
        let (folder, most) = (self.listed.folder.as_fd(), how.limits.file_bytes);
        let stamp = match look(folder, name.as_bytes(), most)? {
            FoundName::Nothing => return Ok(None),
            FoundName::Odd(what) => return Ok(Some(what)),
            FoundName::Plain((FileType::RegularFile, stamp)) => stamp,
            FoundName::Plain(_) => return Ok(Some(Oddity::Nested)),
        };
        let was = self.was.and_then(|was| was.find_near(name, &mut seen.next));
        if how.depth == Depth::Changed
            && let Some(was) = was
            && was.read.stamp == stamp
            && !was.read.fresh
            && !stamp.is_recent(how.now_ns)
        {
            seen.lines.push(PieceFile::Same(was));
            return Ok(None);
        }
        seen.opened += 1;
        match read(folder, name.as_bytes(), most)? {
            FoundName::Nothing => Ok(None),
            FoundName::Odd(what) => Ok(Some(what)),
            FoundName::Plain((stamp, bytes)) => {
                let (file, bytes) = FolderFile::read(name, bytes.into());
                if was.is_none_or(|was| was.file.digest != file.digest) {
                    seen.fresh.push((path_of(&self.listed.name, name), bytes));
                }
                let last_read = LastRead { stamp, fresh: stamp.is_recent(how.now_ns) };
                seen.lines.push(PieceFile::New(Box::new((file, last_read))));
                Ok(None)
            }
        }
    }
}
