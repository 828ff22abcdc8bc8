//! The contents of the tree: the paths that have a meaning, and the odd paths that have none.
//!
//! These are values. The code in `src/sources` reads the bytes from a directory or a commit. What it needs for its next
//! reading (stamps, inodes, which files were read too soon after they were written) stays there.

mod file_name;
mod folder;
mod line_ends;
mod lists;
mod names;
mod odd;
mod requests;
mod reviews;
mod settings;
mod snapshot;

pub use file_name::{
    is_attributes_elsewhere, is_litter, is_text, misspelt_at_root, passed_over, plain, shown,
};
pub use folder::{Folder, FolderFile, NameInFolder, SIGNATURES, changes, judge_name, parts_of, path_of};
pub use line_ends::with_lf;
pub use lists::{InListFolder, ListFiles, ListFolder, list_file};
pub use names::{ATTRIBUTES, BESIDE_THE_STATE, REQUESTS, REVIEWS, TREES};
pub use odd::{Odd, Oddity, person_line, whole};
pub use requests::{rejections_of, rejections_trust};
pub use reviews::{review_folder, review_parts};
pub use settings::{
    ALLOWED_SIGNERS, BESIDE, REGISTER, REVOKED_KEYS, SETTINGS_SIGNATURES, SettingsFiles, SettingsPlace,
    attributes_in,
};
pub use snapshot::{Gathered, Snapshot};
