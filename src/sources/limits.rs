//! How much a tree may hold.

/// How much a tree may hold.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a person's file.
    pub file_bytes: u64,
    /// Bytes of `register.yaml` and of a policy.
    pub large_bytes: u64,
    /// Files in one folder.
    pub folder_files: usize,
    /// Entries directly in `desired-state`, and files in `policies`.
    pub folders: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 64 * 1024, large_bytes: 1024 * 1024, folder_files: 200_000, folders: 500 }
    }
}
