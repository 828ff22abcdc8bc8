//! Opens the past of the branch that a tree was read from, for what the tree alone does not show.

use portvakt_core::decide::{Nothing, Past};
use portvakt_engine::reconcile::past::BranchPast;
use portvakt_sources::Repository;

use crate::config::Global;

/// The past of the commit that the options name, or of the one that is checked out at the root.
pub(super) struct TreePast(Option<(Repository, String)>);

impl TreePast {
    /// Opens it. Outside of a repository nothing is known of the past.
    pub(super) fn of(global: &Global) -> Self {
        let branch = global.git_branch();
        Self(branch.open().ok().map(|repository| (repository, branch.rev().to_owned())))
    }

    /// Returns the answer to a question that needs the past.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&dyn Past) -> T) -> T {
        match &self.0 {
            Some((repository, tip)) => question(&BranchPast::new(repository, tip)),
            None => question(&Nothing),
        }
    }
}
