//! This crate reads the tree from a directory, or from one commit of a git repository.
//!
//! Both sources give a [`Snapshot`](portvakt_core::tree::Snapshot) (one immutable value with one digest) or an error. A tree that is missing, empty
//! or unreadable is an error. It is never an empty snapshot.

mod directory;
mod error;
mod fetch;
mod follow;
pub mod forge;
mod git;
mod history;
mod lanes;
mod limits;
mod lists;
mod merge;
mod open;
mod policies;
mod repository;
mod requests;
mod reviews;
mod scan;
mod stranded;
mod telling;

pub use directory::{Directory, Pace, RealPace, Settle};
pub use error::{SourceError, WantedKind};
pub use fetch::{FetchError, GitRemote};
pub use follow::{Branch, Follow, Look, RefusedBranch, Stride, standing};
pub use git::{Commit, OWNER_PLACES, OwnerFiles, PolicyFiles};
pub use history::{PathChange, Version, changes_of, earlier_versions, files_ever, last_change};
pub use limits::Limits;
pub use merge::{Forked, Made, MergeError, Proposal, forked, is_stale, propose};
pub use repository::{CommitMark, Repository, from_git, from_git_at};
pub use scan::Depth;
pub use telling::telling_line;
