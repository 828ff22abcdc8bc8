//! Holds the files that a wish changes, as they would be. A draft is a value, so it is judged and shown before anything
//! is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portvakt_core::model::{FilePath, PersonId, Register, TrustId};
use portvakt_core::tree::Snapshot;

use super::desk::AuthorDesk;
use super::edit::{EditError, WantedFile, new_file, rewritten};
use super::ends::LineEnds;

/// One file that is written or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writing {
    /// The path of the file, from the root of the tree.
    pub path: FilePath,
    /// The bytes of the file now. `None` means that there is no file.
    pub before: Option<Arc<[u8]>>,
    /// The bytes that the file gets. `None` removes the file.
    pub after: Option<Arc<[u8]>>,
}

impl Writing {
    /// Returns the bytes to write if the file has the bytes `there`. Lists are read with LF, so the line ends of the
    /// lines that stay are taken from the file itself.
    #[must_use]
    pub fn over(&self, there: &[u8]) -> Option<Arc<[u8]>> {
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).map(str::to_owned).ok();
        let after = self.after.clone()?;
        let Some((there, before, now)) =
            self.before.as_ref().and_then(|before| Some((text(there)?, text(before)?, text(&after)?)))
        else {
            return Some(after);
        };
        if there == before || LineEnds::plain(&there) != before {
            return Some(after);
        }
        let mut ends = LineEnds::of(&there);
        ends.follow(&before, &now);
        Some(ends.put_back(&now).into_bytes().into())
    }
}

/// The change that a wish gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeDraft {
    /// The files, in order of their paths.
    pub files: Vec<Writing>,
    /// The people whom the change names as approvers. They sign it.
    pub approvers: BTreeSet<PersonId>,
    /// The files in which an entry is taken back that stands in the wrong folder. Such a file cannot be signed, and the
    /// revocation acts without it.
    pub unsignable: BTreeSet<FilePath>,
}

impl ChangeDraft {
    /// Returns the tree as it is after the change.
    #[must_use]
    pub fn tree(&self, tree: &Snapshot) -> Snapshot {
        let changes: BTreeMap<_, _> =
            self.files.iter().map(|file| (file.path.clone(), file.after.clone())).collect();
        tree.with(&changes)
    }

    /// Returns whether the draft changes no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.iter().all(|file| file.before == file.after)
    }

    /// Adds the new content of one of the person's files.
    pub(super) fn write(
        &mut self,
        desk: &AuthorDesk,
        trust: &TrustId,
        person: &PersonId,
        wanted: &WantedFile,
    ) -> Result<(), EditError> {
        self.write_by(desk, &desk.rules.register, FilePath::of_person(trust, person), wanted)
    }

    /// Does the same with a file that is read by this register.
    pub(super) fn write_by(
        &mut self,
        desk: &AuthorDesk,
        register: &Register,
        path: FilePath,
        wanted: &WantedFile,
    ) -> Result<(), EditError> {
        let before = desk.tree.read().get(&path).cloned();
        let after = match &before {
            None => new_file(&path, register, wanted)?,
            Some(bytes) => rewritten(&path, bytes, register, wanted)?,
        };
        self.files.push(Writing { path, before, after: Some(after.into()) });
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(())
    }

    /// Removes a file of a person, with its signatures.
    pub(super) fn remove(&mut self, desk: &AuthorDesk, path: &FilePath) {
        for path in [path.clone(), path.signatures()] {
            if let Some(before) = desk.tree.read().get(&path).cloned() {
                self.files.push(Writing { path, before: Some(before), after: None });
            }
        }
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
    }
}
