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

use portvakt_core::model::FilePath;
use portvakt_core::system::said;
use portvakt_core::tree::{
    ATTRIBUTES, BESIDE, BESIDE_THE_STATE, ListFiles, ListFolder, Odd, Oddity, REGISTER, SettingsFiles,
    attributes_in, is_litter, is_text, misspelt_at_root, passed_over, replaced_folder, shown, visible_name,
};
use rustix::fs::{CWD, FileType};

use super::error::{SourceError, WantedKind};
use super::lanes::in_lanes;
use super::limits::TreeLimits;
use super::open::{FoundName, ident, look, names, open_folder, open_top, read};
use super::{policies, requests, reviews};

mod difference;
mod folder;
mod nested;
mod pieces;
mod unrest;

pub(super) use unrest::Unrest;

use folder::ScannedFolder;
use nested::read_nested;
use pieces::{Piece, PieceFile};

/// The files that a scan reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The scan reads files whose stamp differs from the last take, and files stamped within two seconds of it.
    Changed,
    /// The scan reads every file, because the same size and stamp do not prove the same bytes.
    All,
}

/// The result of one scan.
#[derive(Debug)]
pub(super) struct Scan {
    /// Device and inode of the root, `desired-state` and `policies`.
    pub tops: [(u64, u64); 3],
    pub settings: SettingsFiles,
    pub policies: BTreeMap<FilePath, Arc<[u8]>>,
    pub folders: BTreeMap<Box<str>, Arc<ScannedFolder>>,
    pub odd: Vec<Odd>,
    pub reviews: ListFiles,
    pub requests: ListFiles,
    /// The bytes of person files that the scan before did not have, or had with other bytes. The bytes of the files
    /// beside them are here too, because a file and its signatures are judged together.
    pub fresh: BTreeMap<FilePath, Arc<[u8]>>,
    /// The number of person files that were opened.
    pub opened: usize,
}

impl Default for Scan {
    /// Returns the scan of an empty tree.
    fn default() -> Self {
        Self {
            tops: [(0, 0); 3],
            settings: SettingsFiles::default(),
            policies: BTreeMap::new(),
            folders: BTreeMap::new(),
            odd: Vec::new(),
            reviews: ListFiles::of(ListFolder::Reviews),
            requests: ListFiles::of(ListFolder::Requests),
            fresh: BTreeMap::new(),
            opened: 0,
        }
    }
}

impl Scan {
    /// Scans the whole tree. `before` is the result of an earlier scan. `now_ns` is the time at which this scan
    /// begins, in nanoseconds since 1970.
    ///
    /// # Errors
    /// When the tree cannot be read as a whole.
    pub fn make(
        root: &Path,
        limits: &TreeLimits,
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
                register: read_register_file(desired.as_fd(), limits)?,
                ..SettingsFiles::default()
            },
            reviews: reviews::all(root_fd.as_fd(), limits)?,
            requests: requests::all(root_fd.as_fd(), limits)?,
            ..Self::default()
        };
        (scan.policies, scan.odd) = policies::policy_files(policies_fd.as_fd(), limits)?;
        scan.attributes(root_fd.as_fd(), "", limits)?;
        scan.misspelt(root_fd.as_fd(), limits)?;
        scan.attributes(desired.as_fd(), "desired-state", limits)?;
        for top in BESIDE_THE_STATE {
            scan.attributes_beside(root_fd.as_fd(), top, limits)?;
        }
        scan.read_settings(desired.as_fd(), limits)?;
        let found = scan.list(desired.as_fd(), limits)?;
        scan.visit(&found, before, &LookSettings { limits, depth, now_ns })?;
        scan.odd.sort();
        Ok(scan)
    }

    /// Reads the files beside the register. An odd file counts as missing: this takes keys away and gives none.
    fn read_settings(&mut self, desired: BorrowedFd<'_>, limits: &TreeLimits) -> Result<(), SourceError> {
        for name in BESIDE {
            let path = format!("desired-state/{name}");
            match policies::whole_file_if_any(desired, name, limits).map_err(|e| unreadable(&path, e))? {
                Ok(bytes) => {
                    self.settings.put(name, bytes);
                }
                Err(what) => self.odd.push(Odd::in_place_of_a_file(path, what)),
            }
        }
        Ok(())
    }

    /// Reads the `.gitattributes` of a folder. An odd one is reported, and the settings of the tree are then refused.
    fn attributes(
        &mut self,
        folder: BorrowedFd<'_>,
        path: &str,
        limits: &TreeLimits,
    ) -> Result<(), SourceError> {
        let file = attributes_in(path);
        match policies::whole_file_if_any(folder, ATTRIBUTES, limits).map_err(|e| unreadable(&file, e))? {
            Ok(bytes) => self.settings.put_attributes(path, bytes),
            Err(what) => self.odd.push(Odd::in_place_of_a_file(file, what)),
        }
        Ok(())
    }

    /// Reports the names at the root that another system reads as one of the names with a meaning.
    fn misspelt(&mut self, root: BorrowedFd<'_>, limits: &TreeLimits) -> Result<(), SourceError> {
        let most = limits.folder_files;
        let Some(found) = names(root, most).map_err(|error| unreadable("the root", error))? else {
            self.odd.push(Odd::unread(".".to_owned(), None, Oddity::Crowded { most }));
            return Ok(());
        };
        for name in &found {
            if let Some(right) = misspelt_at_root(name) {
                self.odd.push(Odd::unread(shown(name), None, Oddity::Case(right)));
            }
        }
        Ok(())
    }

    /// Reads the `.gitattributes` of a folder of lists and of the folders in it. A tree without such a folder has none.
    /// Odd files there are reported by the reader of the lists.
    fn attributes_beside(
        &mut self,
        root: BorrowedFd<'_>,
        top: &str,
        limits: &TreeLimits,
    ) -> Result<(), SourceError> {
        let failed = |error| unreadable(top, error);
        let Some(folder) = real_folder(root, top.as_bytes()).map_err(failed)? else { return Ok(()) };
        self.attributes(folder.as_fd(), top, limits)?;
        let found = names(folder.as_fd(), limits.folders).map_err(failed)?.unwrap_or_default();
        for name in found.iter().filter(|name| !passed_over(name) && visible_name(name).is_some()) {
            let path = format!("{top}/{}", shown(name));
            let inner = real_folder(folder.as_fd(), name).map_err(|error| unreadable(&path, error))?;
            if let Some(inner) = inner {
                self.attributes(inner.as_fd(), &path, limits)?;
            }
        }
        Ok(())
    }

    /// Lists the folders directly in `desired-state`, each with its names.
    fn list(&mut self, desired: BorrowedFd<'_>, limits: &TreeLimits) -> Result<Vec<OpenFolder>, SourceError> {
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
                FoundName::Nothing => {}
                FoundName::Plain(listed) => {
                    let path = format!("desired-state/{}", listed.name);
                    self.attributes(listed.folder.as_fd(), &path, limits)?;
                    found.push(listed);
                }
                FoundName::Odd(Oddity::Misplaced) if is_litter(name) => {}
                FoundName::Odd(what) => {
                    let name_shown = shown(name);
                    let path = format!("desired-state/{name_shown}");
                    let odd = Odd::unread(path, replaced_folder(&name_shown, &what), what);
                    let failed = |error| unreadable(&format!("desired-state/{name_shown}"), error);
                    self.odd.push(with_person(odd, desired, name, limits).map_err(failed)?);
                }
            }
        }
        Ok(found)
    }

    /// Looks at every file of the folders that were found.
    fn visit(
        &mut self,
        found: &[OpenFolder],
        before: &Self,
        how: &LookSettings<'_>,
    ) -> Result<(), SourceError> {
        // The names are split into pieces, so that all cores share the work of one large folder.
        let pieces: Vec<Piece<'_>> = found
            .iter()
            .flat_map(|listed| {
                let was = before.folders.get(&listed.name).filter(|was| was.ident.0 == listed.ident.0);
                listed.names.chunks(512).map(move |names| Piece { listed, names, was: was.map(|was| &**was) })
            })
            .collect();
        let mut seen = in_lanes(&pieces, |piece| piece.seen_names(how)).into_iter().zip(&pieces).peekable();
        let mut beside = Vec::new();
        for listed in found {
            let mut lines = Vec::with_capacity(listed.names.len());
            let mut left = how.limits.nested();
            let failed = |error| unreadable(&format!("desired-state/{}", listed.name), error);
            while let Some((result, _)) = seen.next_if(|(_, piece)| std::ptr::eq(piece.listed, listed)) {
                let mut part = result.map_err(failed)?;
                lines.append(&mut part.lines);
                self.odd.append(&mut part.odd);
                for name in part.nested {
                    self.odd.extend(read_nested(listed, name, how.limits, &mut left).map_err(failed)?);
                }
                self.fresh.extend(part.fresh);
                beside.extend(part.beside);
                self.opened += part.opened;
            }
            let was = before.folders.get(&listed.name).filter(|was| {
                was.ident == listed.ident
                    && was.count() == lines.len()
                    && was.files().zip(&lines).all(|(was, is)| is.agrees(was))
            });
            let files = || lines.into_iter().map(PieceFile::into_file);
            let folder = was.map_or_else(|| Arc::new(ScannedFolder::new(listed.ident, files())), Arc::clone);
            self.folders.insert(listed.name.clone(), folder);
        }
        for (path, bytes) in beside {
            self.fresh.entry(path).or_insert(bytes);
        }
        Ok(())
    }
}

/// Reads `register.yaml`. If it is missing, the error names a file that may be meant for it.
fn read_register_file(desired: BorrowedFd<'_>, limits: &TreeLimits) -> Result<Arc<[u8]>, SourceError> {
    match policies::whole_file(desired, "register.yaml", REGISTER, limits) {
        Err(SourceError::Missing { path }) => {
            let beside = names(desired, limits.folders).ok().flatten().unwrap_or_default();
            Err(SourceError::without_register(path, beside.iter().map(Vec::as_slice)))
        }
        read => read,
    }
}

/// Adds the person that a misnamed or misplaced plain file is about, or whether `revoked` is in one that is too large. A
/// file that cannot be read adds nothing.
fn with_person(odd: Odd, folder: BorrowedFd<'_>, name: &[u8], limits: &TreeLimits) -> io::Result<Odd> {
    if matches!(odd.what, Oddity::TooLarge { .. }) {
        return Ok(match read(folder, name, limits.large_bytes)? {
            FoundName::Plain((_, bytes)) => odd.looking_for_revoked(&bytes),
            FoundName::Nothing | FoundName::Odd(_) => odd,
        });
    }
    if !odd.what.is_of_the_name() {
        return Ok(odd);
    }
    Ok(match read(folder, name, limits.file_bytes)? {
        FoundName::Plain((_, bytes)) => odd.reading(&bytes),
        FoundName::Odd(found) if found.may_hide_files() => odd.hiding_files(),
        FoundName::Nothing | FoundName::Odd(_) => odd,
    })
}

fn unreadable(path: &str, source: io::Error) -> SourceError {
    SourceError::Unreadable { path: path.to_owned(), source }
}

/// Opens a folder. It is `None` if there is nothing of this name, or something that is not a folder.
fn real_folder(at: BorrowedFd<'_>, name: &[u8]) -> io::Result<Option<OwnedFd>> {
    Ok(match look(at, name, u64::MAX)? {
        FoundName::Plain((FileType::Directory, _)) => match open_folder(at, name)? {
            FoundName::Plain(folder) => Some(folder),
            FoundName::Nothing | FoundName::Odd(_) => None,
        },
        FoundName::Plain(_) | FoundName::Nothing | FoundName::Odd(_) => None,
    })
}

fn top(at: BorrowedFd<'_>, path: &Path, name: &str) -> Result<OwnedFd, SourceError> {
    open_top(at, path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => SourceError::Missing { path: name.to_owned() },
        io::ErrorKind::NotADirectory => {
            SourceError::Kind { path: name.to_owned(), wanted: WantedKind::Folder }
        }
        _ => unreadable(name, error),
    })
}

/// The open folder of a trust, with the names in it.
struct OpenFolder {
    name: Box<str>,
    ident: (u64, u64),
    folder: OwnedFd,
    names: Vec<Vec<u8>>,
}

fn list_one(desired: BorrowedFd<'_>, name: &[u8], limits: &TreeLimits) -> io::Result<FoundName<OpenFolder>> {
    let folder = match look(desired, name, u64::MAX)? {
        FoundName::Nothing => return Ok(FoundName::Nothing),
        // A file in the place of a folder is always misplaced, even if it also has another fault.
        FoundName::Plain((FileType::RegularFile, _)) | FoundName::Odd(Oddity::TooLarge { .. }) => {
            return Ok(FoundName::Odd(Oddity::Misplaced));
        }
        FoundName::Odd(what) => return Ok(FoundName::Odd(what)),
        FoundName::Plain(_) => match open_folder(desired, name)? {
            FoundName::Plain(folder) => folder,
            FoundName::Nothing => return Ok(FoundName::Nothing),
            FoundName::Odd(what) => return Ok(FoundName::Odd(what)),
        },
    };
    if !is_text(name) {
        return Ok(FoundName::Odd(Oddity::Name));
    }
    // If the list of names breaks off, the folder as a whole is unreadable.
    Ok(match names(folder.as_fd(), limits.folder_files) {
        Err(error) => FoundName::Odd(Oddity::Unreadable(said(&error))),
        Ok(None) => FoundName::Odd(Oddity::Crowded { most: limits.folder_files }),
        Ok(Some(names)) => FoundName::Plain(OpenFolder {
            name: shown(name).into(),
            ident: ident(folder.as_fd())?,
            folder,
            names,
        }),
    })
}

/// The settings for looking at files.
struct LookSettings<'a> {
    limits: &'a TreeLimits,
    depth: Depth,
    now_ns: i64,
}
