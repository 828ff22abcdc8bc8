//! This module makes one scan of a directory. It reads every name and stamp, and the bytes of the files that need
//! reading.
//!
//! One scan alone proves nothing, because the tree may have changed during it. Two scans that agree make a snapshot.
//! Three folders may be links: the root, `desired-state` and `policies`. Each is resolved once and used for the whole
//! scan.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use portvakt_core::model::{Digest, FilePath};
use portvakt_core::tree::{
    BESIDE, Entry, Folder, Named, Odd, Oddity, REGISTER, SettingsFiles, Stamp, is_litter, judge_name,
    passed_over, path_of, plain, shown, whole,
};
use rustix::fs::{CWD, FileType};

use super::error::SourceError;
use super::lanes::in_lanes;
use super::limits::Limits;
use super::open::{Found, ident, look, names, open_folder, open_top, read};
use super::policies;

/// This says which files a scan reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The scan reads files whose stamp differs from the last take, and files stamped within two seconds of it.
    Changed,
    /// The scan reads every file, because the same size and stamp do not prove the same bytes.
    All,
}

/// The result of one scan.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Device and inode of the root, `desired-state` and `policies`.
    pub tops: [(u64, u64); 3],
    pub settings: SettingsFiles,
    pub policies: BTreeMap<FilePath, Arc<[u8]>>,
    pub folders: BTreeMap<Box<str>, Arc<Folder>>,
    pub odd: Vec<Odd>,
    /// The bytes of person files that the scan before did not have, or had with other bytes.
    pub fresh: BTreeMap<FilePath, Arc<[u8]>>,
    /// The number of person files that were opened.
    pub opened: usize,
}

impl Scan {
    /// Scans the whole tree. `before` is the result of an earlier scan. `now_ns` is the time at which this scan
    /// begins, in nanoseconds since 1970.
    pub fn make(
        root: &Path,
        limits: &Limits,
        before: &Self,
        depth: Depth,
        now_ns: i64,
    ) -> Result<Self, SourceError> {
        let root_fd = top(CWD, root, &root.display().to_string())?;
        let desired = top(root_fd.as_fd(), Path::new("desired-state"), "desired-state")?;
        let policies_fd = top(root_fd.as_fd(), Path::new("policies"), "policies")?;
        let identity = |fd: &OwnedFd, path: &str| ident(fd.as_fd()).map_err(|error| unreadable(path, error));
        let mut scan = Self {
            tops: [
                identity(&root_fd, "the root")?,
                identity(&desired, "desired-state")?,
                identity(&policies_fd, "policies")?,
            ],
            settings: SettingsFiles {
                register: policies::whole_file(desired.as_fd(), "register.yaml", REGISTER, limits)?,
                ..SettingsFiles::default()
            },
            policies: policies::all(policies_fd.as_fd(), limits)?,
            ..Self::default()
        };
        scan.beside(desired.as_fd(), limits)?;
        let found = scan.list(desired.as_fd(), limits)?;
        scan.visit(&found, before, &Look { limits, depth, now_ns })?;
        scan.odd.sort();
        Ok(scan)
    }

    /// Reads the files beside the register. An odd file counts as missing: this takes keys away and gives none.
    fn beside(&mut self, desired: BorrowedFd<'_>, limits: &Limits) -> Result<(), SourceError> {
        for name in BESIDE {
            let path = format!("desired-state/{name}");
            match policies::whole_file_if_any(desired, name, limits).map_err(|e| unreadable(&path, e))? {
                Ok(bytes) => {
                    self.settings.put(name, bytes);
                }
                Err(what) => self.odd.push(Odd::unread(path, None, what)),
            }
        }
        Ok(())
    }

    /// Lists the folders directly in `desired-state`, each with its names.
    fn list(&mut self, desired: BorrowedFd<'_>, limits: &Limits) -> Result<Vec<Listed>, SourceError> {
        let failed = |error| unreadable("desired-state", error);
        let Some(mut entries) = names(desired, limits.folders).map_err(failed)? else {
            return Err(SourceError::Crowded { path: "desired-state".to_owned(), most: limits.folders });
        };
        entries.retain(|name| !passed_over(name) && name != b"register.yaml");
        entries.retain(|name| !BESIDE.iter().any(|beside| beside.as_bytes() == name));
        let listed = in_lanes(&entries, |name| list_one(desired, name, limits));
        let mut found = Vec::new();
        for (name, listed) in entries.iter().zip(listed) {
            match listed.map_err(|error| unreadable(&format!("desired-state/{}", shown(name)), error))? {
                Found::Nothing => {}
                Found::Plain(listed) => found.push(listed),
                Found::Odd(Oddity::Misplaced) if is_litter(name) => {}
                Found::Odd(what) => {
                    let name_shown = shown(name);
                    let path = format!("desired-state/{name_shown}");
                    let odd = Odd::unread(path, whole(&name_shown, &what), what);
                    let failed = |error| unreadable(&format!("desired-state/{name_shown}"), error);
                    self.odd.push(with_person(odd, desired, name, limits).map_err(failed)?);
                }
            }
        }
        Ok(found)
    }

    /// Looks at every file of the folders that were found.
    fn visit(&mut self, found: &[Listed], before: &Self, how: &Look<'_>) -> Result<(), SourceError> {
        // The names are split into pieces, so that all cores share the work of one large folder.
        let pieces: Vec<Piece<'_>> = found
            .iter()
            .flat_map(|listed| {
                let was = before.folders.get(&listed.name).filter(|was| was.ident.0 == listed.ident.0);
                listed.names.chunks(512).map(move |names| Piece { listed, names, was: was.map(|was| &**was) })
            })
            .collect();
        let mut seen = in_lanes(&pieces, |piece| piece.look(how)).into_iter().zip(&pieces).peekable();
        for listed in found {
            let mut lines = Vec::with_capacity(listed.names.len());
            while let Some((result, _)) = seen.next_if(|(_, piece)| std::ptr::eq(piece.listed, listed)) {
                let mut part =
                    result.map_err(|error| unreadable(&format!("desired-state/{}", listed.name), error))?;
                lines.append(&mut part.lines);
                self.odd.append(&mut part.odd);
                self.fresh.extend(part.fresh);
                self.opened += part.opened;
            }
            let was = before.folders.get(&listed.name).filter(|was| {
                was.ident == listed.ident
                    && was.files.len() == lines.len()
                    && was.files.iter().zip(&lines).all(|(was, is)| is.agrees(was))
            });
            let files = || lines.into_iter().map(Line::into_entry).collect();
            let folder = was.map_or_else(|| Arc::new(Folder::new(listed.ident, files())), Arc::clone);
            self.folders.insert(listed.name.clone(), folder);
        }
        Ok(())
    }

    /// Returns the first path at which two scans differ.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let tops = ["the root", "desired-state", "policies"];
        if let Some((path, _)) =
            tops.iter().zip(self.tops.iter().zip(&other.tops)).find(|(_, (ours, theirs))| ours != theirs)
        {
            return Some((*path).to_owned());
        }
        let differ = self.settings.files().zip(other.settings.files());
        if let Some(((path, _), _)) = differ.into_iter().find(|((_, ours), (_, theirs))| ours != theirs) {
            return Some(path.to_string());
        }
        if self.policies != other.policies {
            let ours = self.policies.iter().find(|(path, bytes)| other.policies.get(*path) != Some(bytes));
            return Some(ours.map_or_else(|| "policies".to_owned(), |(path, _)| path.to_string()));
        }
        if self.odd != other.odd {
            let one = self.odd.iter().find(|odd| !other.odd.contains(odd));
            let odd = one.or_else(|| other.odd.iter().find(|odd| !self.odd.contains(odd)));
            return odd.map(|odd| odd.path.clone());
        }
        for name in self.folders.keys().chain(other.folders.keys()) {
            let (Some(ours), Some(theirs)) = (self.folders.get(name), other.folders.get(name)) else {
                return Some(format!("desired-state/{name}"));
            };
            if Arc::ptr_eq(ours, theirs) {
                continue;
            }
            if ours.ident != theirs.ident {
                return Some(format!("desired-state/{name}"));
            }
            let lone = |one: &Folder, two: &Folder| {
                one.files
                    .iter()
                    .find(|entry| !two.find(&entry.name).is_some_and(|same| entry.agrees(same)))
                    .map(|entry| format!("desired-state/{name}/{}", entry.name))
            };
            if let Some(path) = lone(ours, theirs).or_else(|| lone(theirs, ours)) {
                return Some(path);
            }
        }
        None
    }
}

/// Adds the person that a misnamed or misplaced plain file is about. A file that cannot be read adds nothing.
fn with_person(odd: Odd, folder: BorrowedFd<'_>, name: &[u8], limits: &Limits) -> io::Result<Odd> {
    if !odd.what.is_of_the_name() {
        return Ok(odd);
    }
    Ok(match read(folder, name, limits.file_bytes)? {
        Found::Plain((_, bytes)) => odd.reading(&bytes),
        Found::Nothing | Found::Odd(_) => odd,
    })
}

fn unreadable(path: &str, source: io::Error) -> SourceError {
    SourceError::Unreadable { path: path.to_owned(), source }
}

fn top(at: BorrowedFd<'_>, path: &Path, name: &str) -> Result<OwnedFd, SourceError> {
    open_top(at, path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => SourceError::Missing { path: name.to_owned() },
        io::ErrorKind::NotADirectory => SourceError::Kind { path: name.to_owned(), wanted: "folder" },
        _ => unreadable(name, error),
    })
}

/// The open folder of a trust, with the names in it.
struct Listed {
    name: Box<str>,
    ident: (u64, u64),
    folder: OwnedFd,
    names: Vec<Vec<u8>>,
}

fn list_one(desired: BorrowedFd<'_>, name: &[u8], limits: &Limits) -> io::Result<Found<Listed>> {
    let folder = match look(desired, name, u64::MAX)? {
        Found::Nothing => return Ok(Found::Nothing),
        // A file in the place of a folder is always misplaced, even if it also has another fault.
        Found::Plain((FileType::RegularFile, _)) | Found::Odd(Oddity::TooLarge { .. }) => {
            return Ok(Found::Odd(Oddity::Misplaced));
        }
        Found::Odd(what) => return Ok(Found::Odd(what)),
        Found::Plain(_) => match open_folder(desired, name)? {
            Found::Plain(folder) => folder,
            Found::Nothing => return Ok(Found::Nothing),
            Found::Odd(what) => return Ok(Found::Odd(what)),
        },
    };
    let Some(text) = plain(name) else { return Ok(Found::Odd(Oddity::Name)) };
    // If the list of names breaks off, the folder as a whole is unreadable.
    Ok(match names(folder.as_fd(), limits.folder_files) {
        Err(error) => Found::Odd(Oddity::Unreadable(error.to_string())),
        Ok(None) => Found::Odd(Oddity::Crowded { most: limits.folder_files }),
        Ok(Some(names)) => {
            Found::Plain(Listed { name: text.into(), ident: ident(folder.as_fd())?, folder, names })
        }
    })
}

/// The settings for looking at files.
struct Look<'a> {
    limits: &'a Limits,
    depth: Depth,
    now_ns: i64,
}

impl Look<'_> {
    /// Tells whether a later write could leave the same stamp. The clocks of file systems are coarse.
    fn is_recent(&self, stamp: &Stamp) -> bool {
        stamp.modified_ns.max(stamp.changed_ns) > self.now_ns.saturating_sub(2_000_000_000)
    }
}

/// A part of the files of one folder.
struct Piece<'a> {
    listed: &'a Listed,
    names: &'a [Vec<u8>],
    was: Option<&'a Folder>,
}

/// One file of the scan. Nearly all files are unchanged. Those are referenced, not copied.
enum Line<'a> {
    Same(&'a Entry),
    New(Box<Entry>),
}

impl Line<'_> {
    fn agrees(&self, was: &Entry) -> bool {
        match self {
            Self::Same(entry) => std::ptr::eq(*entry, was),
            Self::New(entry) => was.agrees(entry) && was.fresh == entry.fresh,
        }
    }

    fn into_entry(self) -> Entry {
        match self {
            Self::Same(entry) => entry.clone(),
            Self::New(entry) => *entry,
        }
    }
}

#[derive(Default)]
struct Seen<'a> {
    lines: Vec<Line<'a>>,
    odd: Vec<Odd>,
    fresh: Vec<(FilePath, Arc<[u8]>)>,
    opened: usize,
    /// The position where the earlier scan probably has the next name.
    next: usize,
}

impl<'a> Piece<'a> {
    fn look(&self, how: &Look<'_>) -> io::Result<Seen<'a>> {
        let mut seen = Seen::default();
        for name in self.names {
            let outcome = match judge_name(name) {
                Named::PassedOver => continue,
                // A FIFO with a wrong name is reported as a FIFO, not as a wrong name.
                Named::Odd(what) => match look(self.listed.folder.as_fd(), name, u64::from(u32::MAX))? {
                    Found::Nothing => None,
                    Found::Plain((FileType::Directory, _)) => Some(Oddity::Nested),
                    Found::Odd(kind @ (Oddity::Link | Oddity::Special)) => Some(kind),
                    Found::Plain(_) | Found::Odd(_) => (!is_litter(name)).then_some(what),
                },
                Named::Person(text) | Named::Signatures(text) => self.person(text, how, &mut seen)?,
            };
            if let Some(what) = outcome {
                let folder = &self.listed.name;
                let path = format!("desired-state/{folder}/{}", shown(name));
                let odd = Odd::unread(path, Some(folder), what);
                seen.odd.push(with_person(odd, self.listed.folder.as_fd(), name, how.limits)?);
            }
        }
        Ok(seen)
    }

    /// Looks at one person's file. Returns the oddity, if there is one.
    fn person(&self, name: &str, how: &Look<'_>, seen: &mut Seen<'a>) -> io::Result<Option<Oddity>> {
        let (folder, most) = (self.listed.folder.as_fd(), how.limits.file_bytes);
        let stamp = match look(folder, name.as_bytes(), most)? {
            Found::Nothing => return Ok(None),
            Found::Odd(what) => return Ok(Some(what)),
            Found::Plain((FileType::RegularFile, stamp)) => stamp,
            Found::Plain(_) => return Ok(Some(Oddity::Nested)),
        };
        let was = self.was.and_then(|was| was.find_near(name, &mut seen.next));
        if how.depth == Depth::Changed
            && let Some(was) = was
            && was.stamp == stamp
            && !was.fresh
            && !how.is_recent(&stamp)
        {
            seen.lines.push(Line::Same(was));
            return Ok(None);
        }
        seen.opened += 1;
        match read(folder, name.as_bytes(), most)? {
            Found::Nothing => Ok(None),
            Found::Odd(what) => Ok(Some(what)),
            Found::Plain((stamp, bytes)) => {
                let digest = *Digest::of(&bytes).as_bytes();
                if was.is_none_or(|was| was.digest != digest) {
                    seen.fresh.push((path_of(&self.listed.name, name), bytes.into()));
                }
                let fresh = how.is_recent(&stamp);
                seen.lines.push(Line::New(Box::new(Entry { name: name.into(), stamp, digest, fresh })));
                Ok(None)
            }
        }
    }
}
