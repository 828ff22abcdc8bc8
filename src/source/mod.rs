//! Where the tree comes from: a directory, or one commit of a git repository.
//!
//! Both give a [`Snapshot`], one immutable value with one digest, or an error. A tree that is missing, empty or
//! unreadable is an error and never an empty snapshot.

mod directory;
mod error;
mod git;
mod lanes;
mod odd;
mod open;
mod policies;
mod scan;
mod settings;
mod snapshot;

pub use directory::{Directory, Pace, RealPace, Settle};
pub use error::SourceError;
pub use git::{Commit, from_git, from_git_at};
pub(crate) use odd::passed_over;
pub use odd::{Odd, Oddity};
pub use scan::{Depth, Limits};
pub use settings::{ALLOWED_SIGNERS, REGISTER, REVOKED_KEYS, SETTINGS_SIGNATURES, Settings};
pub use snapshot::Snapshot;
