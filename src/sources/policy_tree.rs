//! The files of `policies`, as both sources gather them. The files of `policies/tests` decide nothing, so they are counted
//! apart: however many there are, the policies are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use portvakt_core::model::FilePath;
use portvakt_core::tree::{ATTRIBUTES, Odd, Oddity};

use super::error::SourceError;
use super::limits::TreeLimits;

/// The folder of the policies.
pub(super) const POLICIES: &str = "policies";

/// The folder of the cases.
pub(super) const CASES: &str = "policies/tests";

/// Folders in `policies` may be nested this deep.
pub(super) const DEPTH: usize = 8;

/// The files that were read, and the odd paths.
pub(super) type FilesAndOdd = (BTreeMap<FilePath, Arc<[u8]>>, Vec<Odd>);

/// The files of `policies` and of `policies/tests`, while they are read.
#[derive(Debug, Default)]
pub(super) struct PolicyTree {
    own: CountedFiles,
    cases: CountedFiles,
}

/// Files that are counted together.
#[derive(Debug, Default)]
struct CountedFiles {
    files: BTreeMap<FilePath, Arc<[u8]>>,
    odd: Vec<Odd>,
    is_crowded: bool,
}

impl PolicyTree {
    /// Keeps a file, unless there are too many.
    pub fn put(&mut self, path: &str, bytes: Arc<[u8]>, limits: &TreeLimits) {
        let part = self.part(path);
        if part.files.len() < limits.folders {
            part.files.insert(FilePath::new(path), bytes);
        } else {
            part.is_crowded = true;
        }
    }

    /// Notes an odd path.
    pub fn note(&mut self, path: String, what: Oddity) {
        self.part(&path).odd.push(Odd::unread(path, None, what));
    }

    /// Notes that a folder has too many entries.
    pub fn crowd(&mut self, path: &str) {
        self.part(path).is_crowded = true;
    }

    /// Returns whether nothing more of this folder is kept, so that it need not be read. `policies` itself is read to
    /// its end, because the cases below it are counted apart.
    pub fn needs_no_more_of(&mut self, path: &str) -> bool {
        path != POLICIES && self.part(path).is_crowded
    }

    /// Returns the files and the odd paths. Where there were too many, there are no files.
    ///
    /// # Errors
    /// Fails if there is no file, and nothing odd in the place of a policy.
    pub fn finish(self, limits: &TreeLimits) -> Result<FilesAndOdd, SourceError> {
        let (mut files, mut odd) = (BTreeMap::new(), Vec::new());
        for (top, part) in [(POLICIES, self.own), (CASES, self.cases)] {
            if part.is_crowded {
                odd.push(Odd::unread(top.to_owned(), None, Oddity::Crowded { most: limits.folders }));
                // Git obeys these files, however many others there are.
                let is_of_git = |path: &FilePath| path.as_str().rsplit('/').next() == Some(ATTRIBUTES);
                files.extend(part.files.into_iter().filter(|(path, _)| is_of_git(path)));
            } else {
                files.extend(part.files);
                odd.extend(part.odd);
            }
        }
        if files.is_empty() && !odd.iter().any(Odd::hides_a_policy) {
            return Err(SourceError::Empty { path: POLICIES.to_owned() });
        }
        Ok((files, odd))
    }

    fn part(&mut self, path: &str) -> &mut CountedFiles {
        match path.strip_prefix(CASES) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => &mut self.cases,
            _ => &mut self.own,
        }
    }
}
