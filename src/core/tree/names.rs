//! The names with a meaning at the root of a tree.

/// The folders that are read at the root. Code that looks for a change of the tree looks below these.
pub const TREES: [&str; 4] = [DESIRED_STATE, "policies", REQUESTS, REVIEWS];

/// The folder of the people's files, which lie in a folder for each trust.
pub const DESIRED_STATE: &str = "desired-state";

/// The folder of the reviews.
pub const REVIEWS: &str = "reviews";

/// The folder of the rejected applications.
pub const REQUESTS: &str = "requests";

/// The name of the files that tell git how to check files out, how to merge them, and whether to show their changes.
/// They may be at the root, in `desired-state` and its folders, in `policies`, and in the folders of
/// [`BESIDE_THE_STATE`].
pub const ATTRIBUTES: &str = ".gitattributes";

/// The folders of lists beside `desired-state` and `policies`. In each of them, and in a folder directly in it, a
/// [`ATTRIBUTES`] is about files of the tree.
pub const BESIDE_THE_STATE: [&str; 2] = [REVIEWS, REQUESTS];
