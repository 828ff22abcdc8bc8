//! How much a pass looks at. The schedule orders it, and the engine and its source obey.

/// How much a pass looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassReach {
    /// The names and time stamps of the tree, the changed files, and the accounts of the people in these files.
    Changes,
    /// Every byte of the tree, and the whole store.
    Everything,
}
