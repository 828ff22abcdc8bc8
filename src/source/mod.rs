//! Where the tree comes from: a directory, or one commit of a git repository.
//!
//! Both give a [`Snapshot`], one immutable value with one digest, or an error. A tree that is missing, empty or
//! unreadable is an error and never an empty snapshot.

mod directory;
mod error;
mod fetch;
mod follow;
mod git;
mod history;
mod lanes;
mod merge;
mod odd;
mod open;
mod policies;
mod repository;
mod scan;
mod settings;
mod snapshot;

pub use directory::{Directory, Pace, RealPace, Settle};
pub use error::SourceError;
pub use fetch::{FetchError, Remote};
pub use follow::{Branch, Follow, Look, Refused, Stride, standing};
pub use git::{Commit, OWNER_PLACES, OwnerFiles, PolicyFiles, from_git, from_git_at};
pub use history::{PathChange, Version, changes_of, earlier_versions, last_change};
pub use merge::{Made, MergeError, Proposal, is_stale, propose};
pub(crate) use odd::passed_over;
pub use odd::{Odd, Oddity, person_line};
pub use repository::{CommitMark, Repository};
pub use scan::{Depth, Limits};
pub use settings::{ALLOWED_SIGNERS, REGISTER, REVOKED_KEYS, SETTINGS_SIGNATURES, Settings};
pub use snapshot::Snapshot;
