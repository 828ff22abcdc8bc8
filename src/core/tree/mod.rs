//! What the tree is made of: which paths mean something, and what stands in it that means nothing.
//!
//! These are values. Where the bytes come from, a directory or a commit, is the sources' business.

mod odd;
mod settings;
mod snapshot;

pub use odd::{Odd, Oddity, is_litter, passed_over, person_line, plain, shown, whole};
pub use settings::{ALLOWED_SIGNERS, BESIDE, Place, REGISTER, REVOKED_KEYS, SETTINGS_SIGNATURES, Settings};
pub use snapshot::{
    Entry, Folder, Gathered, Named, SIGNATURES, Snapshot, Stamp, changes, hides, judge_name, parts_of,
    path_of,
};
