//! The folders that are watched for a tree or a repository, and the meaning of an event in them. Links are followed
//! and noted one by one. So a change of a link that replaces the tree is noticed.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use notify::event::{AccessKind, AccessMode, Event, EventKind, ModifyKind};
use portvakt_core::tree::{TREES, passed_over};
use portvakt_sources::Repository;

/// The meaning of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    /// The event does not matter here.
    Nothing,
    /// The tree may have changed.
    Look,
    /// The tree, and also the folders to watch, may have changed.
    Rearm,
}

/// How much of the tree comes with a folder or a link that was made or moved in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// All of it: the top of a tree, or a link or a folder on the way there.
    Everything,
    /// One folder below the top.
    Folder,
}

/// The folders that are watched: those that hold the root, `desired-state`, `policies`, `requests`, `reviews` and every
/// link on the way to them, and everything below these trees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) single: BTreeSet<PathBuf>,
    pub(super) whole: BTreeSet<PathBuf>,
    names: BTreeSet<PathBuf>,
}

impl Places {
    pub(super) fn of(root: &Path) -> Self {
        let mut places = Self::default();
        if let Some(root) = places.resolve(root) {
            for tree in TREES {
                if let Some(tree) = places.resolve(&root.join(tree)).filter(|tree| tree.is_dir()) {
                    places.whole.insert(tree);
                }
            }
        }
        places.pruned()
    }

    /// Returns the folders on the way to the repository, and the folders that hold its references.
    pub(super) fn of_repository(root: &Path) -> Self {
        let mut places = Self::default();
        let found = places.resolve(root).and_then(|_| Repository::open(root, "").ok());
        for folder in found.iter().flat_map(Repository::directories) {
            let Ok(folder) = std::path::absolute(folder) else { continue };
            let Some(folder) = places.resolve(&folder) else { continue };
            places.names.extend(["HEAD", "packed-refs", "refs"].map(|name| folder.join(name)));
            let refs = folder.join("refs");
            places.single.insert(folder);
            places.whole.extend(Some(refs).filter(|refs| refs.is_dir()));
        }
        places.pruned()
    }

    /// Removes single folders inside watched trees. The system has one watch per folder, and the watch of the tree
    /// reports more.
    fn pruned(mut self) -> Self {
        let whole = &self.whole;
        self.single.retain(|folder| !whole.iter().any(|tree| folder.starts_with(tree)));
        self
    }

    /// Follows a path link by link and notes each link. Returns the end of the path, if it exists.
    fn resolve(&mut self, path: &Path) -> Option<PathBuf> {
        let parts = |path: &Path| path.components().map(|part| part.as_os_str().to_owned()).collect();
        let mut rest: VecDeque<OsString> = parts(path);
        let (mut at, mut links) = (PathBuf::from("/"), 0);
        while let Some(part) = rest.pop_front() {
            match Path::new(&part).components().next() {
                Some(Component::Normal(_)) => {}
                Some(Component::RootDir) => {
                    at = PathBuf::from("/");
                    continue;
                }
                Some(Component::ParentDir) => {
                    at.pop();
                    continue;
                }
                _ => continue,
            }
            let spot = at.join(&part);
            let seen = spot.symlink_metadata();
            let is_link = seen.as_ref().is_ok_and(std::fs::Metadata::is_symlink);
            if is_link || seen.is_err() || rest.is_empty() {
                self.single.insert(at.clone());
                self.names.insert(spot.clone());
            }
            if is_link {
                links += 1;
                let target = spot.read_link().ok().filter(|_| links <= 40)?;
                let mut onwards: VecDeque<OsString> = parts(&target);
                onwards.append(&mut rest);
                rest = onwards;
            } else if seen.is_err() {
                return None;
            } else {
                at = spot;
            }
        }
        Some(at)
    }

    pub(super) fn meaning(&self, told: &notify::Result<Event>) -> Meaning {
        let Ok(event) = told else { return Meaning::Rearm };
        if event.need_rescan() {
            return Meaning::Rearm;
        }
        match event.kind {
            // This program's own reading opens files and folders. That must not start a pass.
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => {}
            EventKind::Access(_) => return Meaning::Nothing,
            _ => {}
        }
        let moved = matches!(
            event.kind,
            EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
        );
        if event.paths.is_empty() {
            return Meaning::Look;
        }
        event.paths.iter().map(|path| self.meaning_of(path, moved)).max().unwrap_or(Meaning::Look)
    }

    /// Returns what comes with this path, if it is that of a folder or a link. It is `None` for a path further down, which
    /// is a file's.
    pub(super) fn reach(&self, path: &Path) -> Option<Reach> {
        if self.names.contains(path) || self.whole.contains(path) {
            return Some(Reach::Everything);
        }
        let inside = self.whole.iter().find_map(|tree| path.strip_prefix(tree).ok())?;
        (inside.components().count() == 1).then_some(Reach::Folder)
    }

    fn meaning_of(&self, path: &Path, moved: bool) -> Meaning {
        if self.names.contains(path) || (moved && self.single.contains(path)) {
            return if moved { Meaning::Rearm } else { Meaning::Look };
        }
        let inside = self.whole.iter().find_map(|tree| path.strip_prefix(tree).ok());
        match inside {
            Some(inside) if !inside.iter().any(|part| passed_over(part.as_bytes())) => Meaning::Look,
            _ => Meaning::Nothing,
        }
    }
}
