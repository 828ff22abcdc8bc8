//! The way through the tree objects to one path.

use gix::ObjectId;
use gix::objs::tree::EntryKind;

use super::Repository;
use crate::error::{Cause, SourceError};
use crate::objects::read_tree;

/// The object at the end of a path, with the kind that the folder around it gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PathEnd {
    pub id: ObjectId,
    pub kind: EntryKind,
}

impl PathEnd {
    /// Returns the id if it is a folder. A submodule is none: it names a commit that is not in this repository.
    pub fn folder(self) -> Option<ObjectId> {
        (self.kind == EntryKind::Tree).then_some(self.id)
    }

    /// Returns the id if it is a file or a link.
    pub fn blob(self) -> Option<ObjectId> {
        matches!(self.kind, EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link).then_some(self.id)
    }
}

/// Looks up one path in the trees of many commits. It keeps the last answer for each level of the path, because most
/// folders are the same in two neighbouring commits.
pub(crate) struct PathWay<'a> {
    repository: &'a Repository,
    parts: Vec<String>,
    seen: Vec<Option<(ObjectId, Option<PathEnd>)>>,
}

impl<'a> PathWay<'a> {
    /// Prepares the lookup of a path. `path` is a path of the tree, so it is looked up below the folder of the tree.
    pub fn new(repository: &'a Repository, path: &str) -> Self {
        let parts: Vec<String> = repository
            .inside
            .split('/')
            .chain(path.split('/'))
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        Self { repository, seen: vec![None; parts.len()], parts }
    }

    /// Returns the id of the object at the path below `top`, the tree of a commit. The result is `None` when the path
    /// does not exist.
    ///
    /// # Errors
    /// When an object on the way is missing or cannot be read.
    pub fn end(&mut self, top: ObjectId) -> Result<Option<ObjectId>, SourceError> {
        Ok(self.whole_end(top)?.map(|end| end.id))
    }

    /// Returns the object at the path below `top`, with its kind. The result is `None` when the path does not exist.
    ///
    /// # Errors
    /// When an object on the way is missing or cannot be read: a folder that cannot be read is never an empty one.
    pub fn whole_end(&mut self, top: ObjectId) -> Result<Option<PathEnd>, SourceError> {
        let mut at = PathEnd { id: top, kind: EntryKind::Tree };
        for (level, (part, seen)) in self.parts.iter().zip(&mut self.seen).enumerate() {
            let Some(tree) = at.folder() else { return Ok(None) };
            let next = match seen {
                Some((known, next)) if *known == tree => *next,
                _ => {
                    let next = named_entry(self.repository, tree, part).map_err(|source| {
                        folder_error(self.parts.get(..level).unwrap_or_default(), source)
                    })?;
                    *seen = Some((tree, next));
                    next
                }
            };
            match next {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }
}

/// Returns the entry that one tree has under a name. The result is `None` if it has none.
fn named_entry(repository: &Repository, tree: ObjectId, name: &str) -> Result<Option<PathEnd>, Cause> {
    for item in read_tree(&repository.git, tree)?.iter() {
        let item = item?;
        if item.filename() == name.as_bytes() {
            return Ok(Some(PathEnd { id: item.object_id(), kind: item.kind() }));
        }
    }
    Ok(None)
}

/// Returns the error of a folder that cannot be read. It is the top of the commit if the path has no parts.
fn folder_error(folder: &[String], source: Cause) -> SourceError {
    if folder.is_empty() {
        SourceError::of_top(source)
    } else {
        SourceError::Object { path: folder.join("/"), source }
    }
}
