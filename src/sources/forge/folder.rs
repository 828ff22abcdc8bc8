//! One folder of a commit and its entries, as both kinds of forge give them.

/// The kind of an entry in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FolderItemKind {
    Folder,
    File,
    /// The entry is a link or a submodule. It is never a file of the tree, so a review of it is not evidence.
    Odd,
}

/// Converts git's file mode to a kind.
pub(super) fn kind(mode: &str) -> FolderItemKind {
    match mode {
        "040000" => FolderItemKind::Folder,
        "100644" | "100755" => FolderItemKind::File,
        _ => FolderItemKind::Odd,
    }
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FolderItem {
    pub kind: FolderItemKind,
    pub id: String,
}

/// A folder of one commit.
#[derive(Debug, Clone)]
pub(super) struct Folder<'a> {
    pub commit: &'a str,
    /// The path from the top of the repository. It is empty for the top.
    pub path: String,
    /// The id of the folder's tree. It is `None` for the top.
    pub tree: Option<String>,
}
