//! What is asked of the world beyond the tree: which approvals the forge knows of, and what stood on the target
//! branch before its tip. Asked only for files that are looked at.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::Finding;
use crate::model::{Digest, FilePath, PersonId, RequestId, Reviewed};

/// A change of one file that was reviewed: who approved exactly this step from bytes to bytes.
#[derive(Debug, Clone)]
pub struct ReviewedChange {
    /// Who, and where it is to be seen.
    pub review: Reviewed,
    /// What stood there before; `None` where nothing did.
    pub old: Option<Arc<[u8]>>,
    /// What it was changed to; `None` where it was deleted.
    pub new: Option<Arc<[u8]>>,
}

/// What the forge knows of the changes that brought the files of a tree.
pub trait Reviews: std::fmt::Debug {
    /// The reviewed changes of one file, newest first; empty where there are none, or where the forge could not be
    /// asked.
    fn of(&self, path: &FilePath) -> Vec<ReviewedChange>;
}

/// Versions of files, with their bytes.
pub type Versions = Vec<(FilePath, Arc<[u8]>)>;

/// What stood on the target branch before its tip. A pass needs none: it remembers.
pub trait Past: std::fmt::Debug {
    /// The bytes a person's file has had, newest first.
    ///
    /// # Errors
    /// When the branch cannot be read.
    fn versions(&self, path: &FilePath) -> Result<Vec<Arc<[u8]>>, Finding>;

    /// The versions of people's files, at any place of the tree, that name one of these requests, or say that one of these
    /// ids was somebody's before.
    ///
    /// # Errors
    /// When the branch cannot be read.
    fn naming(&self, requests: &BTreeSet<RequestId>, ids: &BTreeSet<PersonId>) -> Result<Versions, Finding>;

    /// Statements over the settings that have served: those signed beside earlier settings of the branch.
    ///
    /// # Errors
    /// When the branch cannot be read.
    fn settings_statements(&self, register: &str) -> Result<BTreeSet<Digest>, Finding>;
}

/// Where the forge is not asked, and nothing is known of the time before.
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

    fn naming(&self, _: &BTreeSet<RequestId>, _: &BTreeSet<PersonId>) -> Result<Versions, Finding> {
        Ok(Vec::new())
    }

    fn settings_statements(&self, _: &str) -> Result<BTreeSet<Digest>, Finding> {
        Ok(BTreeSet::new())
    }
}
