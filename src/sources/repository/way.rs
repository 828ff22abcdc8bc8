//! The way through the tree objects to one path.

use gix::ObjectId;

use super::Repository;
use crate::error::{Cause, SourceError};

/// Looks up one path in the trees of many commits. It keeps the last answer for each level of the path, because most
/// folders are the same in two neighbouring commits.
pub(crate) struct PathWay<'a> {
    repository: &'a Repository,
    parts: Vec<String>,
    seen: Vec<Option<(ObjectId, Option<ObjectId>)>>,
    buffer: Vec<u8>,
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
        Self { repository, seen: vec![None; parts.len()], parts, buffer: Vec::new() }
    }

    /// Returns the id of the object at the path below `top`, the tree of a commit. The result is `None` when the path
    /// does not exist.
    ///
    /// # Errors
    /// When an object on the way cannot be read.
    pub fn end(&mut self, top: ObjectId) -> Result<Option<ObjectId>, SourceError> {
        let mut at = top;
        for (part, seen) in self.parts.iter().zip(&mut self.seen) {
            let next = match seen {
                Some((tree, next)) if *tree == at => *next,
                _ => {
                    let next = tree_entry(self.repository, at, part, &mut self.buffer)?;
                    *seen = Some((at, next));
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

/// Returns the id that one tree has under a name. The result is `None` if the object is not a tree.
fn tree_entry(
    repository: &Repository,
    tree: ObjectId,
    name: &str,
    buffer: &mut Vec<u8>,
) -> Result<Option<ObjectId>, SourceError> {
    let broken = |source: Cause| SourceError::Object { path: format!("`{name}`"), source };
    let found = gix::objs::Find::try_find(&repository.git.objects, &tree, buffer)
        .map_err(|error| broken(error.into()))?;
    // A submodule names a commit that is not in this repository.
    let Some(found) = found.filter(|found| found.kind == gix::objs::Kind::Tree) else { return Ok(None) };
    for item in gix::objs::TreeRefIter::from_bytes(found.data, tree.kind()) {
        let item = item.map_err(|error| broken(error.into()))?;
        if item.filename == name.as_bytes() {
            return Ok(Some(item.oid.to_owned()));
        }
    }
    Ok(None)
}
