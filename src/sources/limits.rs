//! These limits say how much a tree may hold.

/// These limits say how much a tree may hold.
#[derive(Debug, Clone)]
pub struct TreeLimits {
    /// The largest size of a person's file, in bytes.
    pub file_bytes: u64,
    /// The largest size of `register.yaml` and of a policy, in bytes.
    pub large_bytes: u64,
    /// The largest number of files in one folder.
    pub folder_files: usize,
    /// The largest number of entries directly in `desired-state`, of files in `policies`, and of files in
    /// `policies/tests`, which are counted apart.
    pub folders: usize,
}

impl Default for TreeLimits {
    fn default() -> Self {
        Self { file_bytes: 64 * 1024, large_bytes: 1024 * 1024, folder_files: 200_000, folders: 500 }
    }
}
