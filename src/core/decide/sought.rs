//! The questions to the world beyond the tree: the approvals in the forge, and the earlier state of the target
//! branch. They are asked only for files that are looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diag::Finding;
use crate::model::{Digest, FilePath, PersonId, RequestId, ReviewedChange};
use crate::tree::ListFolder;

/// Reviewed changes by their file.
pub type FileReviews = BTreeMap<FilePath, Vec<ReviewedChange>>;

/// A version that a branch has had of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListVersion {
    /// The commit that brought it.
    pub commit: String,
    /// The bytes of the list. It is `None` if the commit took the list away.
    pub bytes: Option<Arc<[u8]>>,
}

/// The versions of lists, newest first.
pub type ListVersions = BTreeMap<FilePath, Vec<ListVersion>>;

/// What a branch has had in a folder of lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListHistory {
    /// The commit up to which the branch was read. It is `None` if no branch is followed.
    pub tip: Option<String>,
    /// Whether only the versions after the commit that was known are here. Otherwise all of them are.
    pub goes_on: bool,
    /// Whether a version is left out because its bytes could not be read. Nothing shows that it took anything out.
    pub has_gaps: bool,
    /// The versions.
    pub lists: ListVersions,
}

/// The forge's knowledge of the changes that brought the files of a tree.
pub trait Reviews: std::fmt::Debug {
    /// Returns the reviewed changes of one file, newest first. The list is empty if there are none, or if the forge
    /// could not be asked.
    fn of(&self, path: &FilePath) -> Vec<ReviewedChange>;

    /// Returns the versions that the followed branch has had of the lists in a folder: those after the commit `known`, if
    /// the branch has it, and otherwise all of them. The result is `None` if the branch cannot be read.
    fn list_history(&self, _: ListFolder, _: Option<&str>) -> Option<ListHistory> {
        Some(ListHistory::default())
    }

    /// Returns what went wrong when the forge was asked so far. Each problem is listed once.
    fn troubles(&self) -> Vec<Finding> {
        Vec::new()
    }
}

/// Returns what the forge knows of the changes of these files. It is asked about each of them once.
pub fn reviews_of_each(reviews: &dyn Reviews, files: impl IntoIterator<Item = FilePath>) -> FileReviews {
    files
        .into_iter()
        .map(|path| {
            let known = reviews.of(&path);
            (path, known)
        })
        .collect()
}

/// Versions of files, with their bytes.
pub type EarlierVersions = Vec<(FilePath, Arc<[u8]>)>;

/// The earlier state of the target branch, before its tip. A pass does not need it, because it has a memory.
pub trait Past: std::fmt::Debug {
    /// Returns the earlier bytes of a person's file, newest first.
    ///
    /// # Errors
    /// It fails when the branch cannot be read.
    fn versions(&self, path: &FilePath) -> Result<Vec<Arc<[u8]>>, Finding>;

    /// Returns the bytes of a file after each change of it, newest first. Bytes that came back are there once more.
    ///
    /// # Errors
    /// It fails when the branch cannot be read.
    fn states(&self, path: &FilePath) -> Result<Vec<Arc<[u8]>>, Finding> {
        self.versions(path)
    }

    /// Returns the versions of people's files, anywhere in the tree, that name one of these requests, or that name
    /// one of these ids as somebody's earlier id.
    ///
    /// # Errors
    /// It fails when the branch cannot be read.
    fn naming(
        &self,
        requests: &BTreeSet<RequestId>,
        ids: &BTreeSet<PersonId>,
    ) -> Result<EarlierVersions, Finding>;

    /// Returns the statements about the settings that are used up. They were signed beside earlier settings of the
    /// branch.
    ///
    /// # Errors
    /// It fails when the branch cannot be read.
    fn settings_statements(&self, register: &str) -> Result<BTreeSet<Digest>, Finding>;
}

/// The empty source: the forge is not asked, and nothing is known of the earlier state.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Reviews for Nothing {
    fn of(&self, _: &FilePath) -> Vec<ReviewedChange> {
        Vec::new()
    }
}

impl Past for Nothing {
    fn versions(&self, _: &FilePath) -> Result<Vec<Arc<[u8]>>, Finding> {
        Ok(Vec::new())
    }

    fn naming(&self, _: &BTreeSet<RequestId>, _: &BTreeSet<PersonId>) -> Result<EarlierVersions, Finding> {
        Ok(Vec::new())
    }

    fn settings_statements(&self, _: &str) -> Result<BTreeSet<Digest>, Finding> {
        Ok(BTreeSet::new())
    }
}
