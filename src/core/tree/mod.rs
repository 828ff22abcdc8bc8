//! The contents of the tree: the paths that have a meaning, and the odd paths that have none.
//!
//! These are values. The code in `src/sources` reads the bytes from a directory or a commit. What it needs for its next
//! reading (stamps, inodes, which files were read too soon after they were written) stays there.
//!
//! The files, in reading order:
//!
//! ```text
//!  names      the names with a meaning at the root of the tree
//!  file_name  how a name is shown, whether it is ignored, and what another system reads in it
//!  line_ends  the bytes of a file with LF at the end of each line
//!  lines      whom a file that is no YAML is about, and whether it takes something back
//!  odd        paths that are not a plain file in their place
//!  folder     the files of a trust's people: their names and digests
//!  settings   the register, the keys of the signers, and the signatures for both
//!  lists      the files of `reviews` and of `requests`, with their signatures
//!  reviews    the paths in `reviews`
//!  requests   the paths in `requests`
//!  snapshot   the whole tree as one value, which a pass works on
//! ```

mod file_name;
mod folder;
mod line_ends;
mod lines;
mod lists;
mod names;
mod odd;
mod requests;
mod reviews;
mod settings;
mod snapshot;

pub use file_name::{
    is_attributes_elsewhere, is_litter, is_text, misspelt_at_root, passed_over, shown, visible_name,
};
pub use folder::{Folder, FolderFile, NameInFolder, SIGNATURES, changes, judge_name, parts_of, path_of};
pub use line_ends::with_lf;
pub use lines::{person_line, revoked_in};
pub use lists::{InListFolder, ListFiles, ListFolder, list_file};
pub use names::{ATTRIBUTES, BESIDE_THE_STATE, DESIRED_STATE, REQUESTS, REVIEWS, TREES};
pub use odd::{Odd, Oddity, is_nested_file, replaced_folder};
pub use requests::{rejections_of, rejections_trust};
pub use reviews::{review_folder, review_parts};
pub use settings::{
    ALLOWED_SIGNERS, BESIDE, REGISTER, REVOKED_KEYS, SETTINGS_SIGNATURES, SettingsFiles, SettingsPlace,
    attributes_in,
};
pub use snapshot::{Gathered, Snapshot};
