//! The contents of the tree: the paths that have a meaning, and the odd paths that have none.
//!
//! These are values. The code in `src/sources` reads the bytes from a directory or a commit.

mod odd;
mod settings;
mod snapshot;

pub use odd::{Odd, Oddity, is_litter, passed_over, person_line, plain, shown, whole};
pub use settings::{
    ALLOWED_SIGNERS, BESIDE, REGISTER, REVOKED_KEYS, SETTINGS_SIGNATURES, SettingsFiles, SettingsPlace,
};
pub use snapshot::{
    Entry, Folder, Gathered, Named, SIGNATURES, Snapshot, Stamp, changes, hides, judge_name, parts_of,
    path_of,
};
