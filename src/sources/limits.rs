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
    /// The largest number of names that are read in the directories inside one trust's folder.
    pub nested_names: usize,
    /// The largest number of bytes that are read there.
    pub nested_bytes: usize,
    /// The largest number of directories that may stand in each other there.
    pub nested_depth: usize,
}

/// What may still be read in the directories inside one trust's folder. Beyond it they count as folders that cannot be
/// read.
pub(super) struct NestedLimits {
    names: usize,
    bytes: usize,
}

impl NestedLimits {
    /// Takes this many names. It is false if they are too many.
    pub(super) fn take_names(&mut self, count: usize) -> bool {
        let left = self.names.checked_sub(count);
        self.names = left.unwrap_or_default();
        left.is_some()
    }

    /// Takes this many bytes. It is false if they are too many.
    pub(super) fn take_bytes(&mut self, count: usize) -> bool {
        let left = self.bytes.checked_sub(count);
        self.bytes = left.unwrap_or_default();
        left.is_some()
    }
}

impl TreeLimits {
    /// What may be read in the directories inside one trust's folder.
    pub(super) fn nested(&self) -> NestedLimits {
        NestedLimits { names: self.nested_names, bytes: self.nested_bytes }
    }
}

impl Default for TreeLimits {
    fn default() -> Self {
        Self {
            file_bytes: 64 * 1024,
            large_bytes: 1024 * 1024,
            folder_files: 200_000,
            folders: 500,
            nested_names: 1000,
            nested_bytes: 4 * 1024 * 1024,
            nested_depth: 8,
        }
    }
}
