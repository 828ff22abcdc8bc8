//! Reads the whole tree that the options name. It is a directory as it stands, or the tip of a branch.

use portvakt_core::diag::Finding;
use portvakt_core::tree::Snapshot;
use portvakt_sources::{Depth, Directory, RealPace, Settle, SourceError};

use super::finding;
use crate::config::Global;

/// The whole tree, and its commit if a branch is followed.
pub(super) struct Tree {
    pub snapshot: Snapshot,
    pub commit: Option<String>,
}

/// Reads the whole tree from the directory, or from the tip of the branch.
pub(super) fn read_tree(global: &Global) -> Result<Tree, Finding> {
    let read = match global.branch() {
        None => Directory::new(&global.root)
            .take(Depth::All, Settle::default(), &mut RealPace)
            .map(|snapshot| Tree { snapshot, commit: None }),
        Some(branch) => branch
            .open()
            .and_then(|repository| repository.commit(branch.rev()))
            .map(|commit| Tree { snapshot: commit.snapshot, commit: Some(commit.id) }),
    };
    read.map_err(|error| finding::of_source(global, &error))
}

/// Refuses a root that does not exist. The program makes its own folder below the root. If the path is mistyped, it
/// must not make the root as well.
pub(super) fn there_is_a_root(global: &Global) -> Result<(), Finding> {
    if global.root.exists() {
        return Ok(());
    }
    let missing = SourceError::Missing { path: global.root.display().to_string() };
    Err(finding::of_source(global, &missing))
}
