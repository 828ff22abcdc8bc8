//! What is asked of the world beyond the tree: which approvals the forge knows of, and what stood on the target
//! branch before its tip. Asked only for files that are looked at.

use std::sync::Arc;

use crate::model::{Digest, FilePath, Reviewed};

/// The approvals of exactly the bytes that a file of the tree has now.
pub trait Reviews: std::fmt::Debug {
    /// Those of one file; empty where there is none, or where the forge could not be asked.
    fn of(&self, path: &FilePath) -> Vec<Reviewed>;
}

/// Where the forge is not the evidence.
#[derive(Debug, Clone, Copy)]
pub struct NoReviews;

impl Reviews for NoReviews {
    fn of(&self, _: &FilePath) -> Vec<Reviewed> {
        Vec::new()
    }
}

/// What stood on the target branch before its tip, where that can be known. A pass needs none: it remembers.
pub trait Past: std::fmt::Debug {
    /// The bytes a person's file had before, newest first, without those it has at the tip.
    fn versions(&self, path: &FilePath) -> Vec<Arc<[u8]>>;

    /// Statements over the settings that have served: those that stood under earlier settings of the branch.
    fn settings_statements(&self) -> Vec<Digest>;
}

/// Where nothing is known of the time before.
#[derive(Debug, Clone, Copy)]
pub struct NoPast;

impl Past for NoPast {
    fn versions(&self, _: &FilePath) -> Vec<Arc<[u8]>> {
        Vec::new()
    }

    fn settings_statements(&self) -> Vec<Digest> {
        Vec::new()
    }
}
