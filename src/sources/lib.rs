//! This crate reads the tree from a directory, or from one commit of a git repository.
//!
//! Both sources give a [`Snapshot`](portvakt_core::tree::Snapshot) or an error. A snapshot is one immutable value
//! with one digest. A tree that is missing, empty or unreadable is an error. It is never an empty snapshot.
//!
//! The files in reading order:
//!
//! ```text
//!  directory   a directory as a source: two scans that agree make a snapshot
//!  scan        one scan of a directory
//!  open        opens and reads entries below a folder, and never blocks
//!  policies    reads `register.yaml`, the files beside it, and `policies`
//!  policy_tree the files of `policies`, as both sources gather them
//!  requests    reads the applications that were rejected
//!  reviews     reads the reviews of the user lists
//!  lists       the steps that reading reviews and reading requests have in common
//!  limits      how much a tree may hold
//!  lanes       the same work on many jobs in parallel
//!  objects     reads one object of a repository, and compares its content with its id
//!  repository  opens a git repository, and knows the folder of the tree in it
//!  git         the tree of one commit
//!  history     how one path changed, commit by commit
//!  follow      follows a branch, commit by commit
//!  fetch       fetches a branch from a remote
//!  telling     the line of git's output that says why it failed
//!  merge       the tree that a change would give its target
//!  stranded    files that a merge would leave behind
//!  forge       asks the forge who approved what
//!  error       why there is no snapshot
//! ```

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
mod objects;
mod open;
mod policies;
mod policy_tree;
mod repository;
mod requests;
mod reviews;
mod scan;
mod stranded;
mod telling;

pub use directory::{Directory, Pace, RealPace, Settle};
pub use error::{SourceError, WantedKind};
pub use fetch::{FetchError, GitRemote};
pub use follow::{Branch, BranchLook, Follow, RefusedBranch, Stride, commits_since_accepted};
pub use git::{Commit, OWNER_PLACES, OwnerFiles, PolicyFiles};
pub use history::{
    ChangesBelow, PathChange, Version, all_states, changes_below, changes_of, earlier_versions, files_ever,
    last_change, newest_before_change,
};
pub use limits::TreeLimits;
pub use merge::{Forked, Made, MergeError, MergeProposal, forked, is_stale, propose};
pub use repository::{CommitMark, Repository, from_git, from_git_at};
pub use scan::Depth;
pub use telling::telling_line;
