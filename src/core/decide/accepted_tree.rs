//! Reads a tree whose whole content counts as accepted, for commands that work with files and no register, and for a
//! check of a tree by itself.
//!
//! The settings of such a tree may still name a person by an earlier id, and they mean the same person. So a question
//! of authority goes to the rules that know the new ids (`knowing(rules, &base.renamed)`). The tip of a target branch
//! is read more strictly, because a line on a branch is not an approval (`tip.rs`).

use jiff::civil::Date;

use crate::change::{Base, Head};
use crate::model::Register;
use crate::tree::Snapshot;

use super::proposal::head_of_tree;
use super::tip::base_of;

/// The files of a tree, with the base that they make.
#[derive(Debug, Clone)]
pub struct AcceptedTree {
    /// The people's files as they are in the tree.
    pub head: Head,
    /// The same content as accepted, with each person under the current id.
    pub base: Base,
}

/// Reads a tree as if all of it were accepted.
#[must_use]
pub fn accepted_tree(tree: &Snapshot, register: &Register, today: Date) -> AcceptedTree {
    let head = head_of_tree(tree, register);
    let mut base = base_of(&head, today);
    for (from, to) in head.renamed() {
        // An id that still has a file is not an earlier id of somebody else.
        if !head.files.contains_key(from) && !base.renamed.contains_key(from) {
            base.rename(from, to);
        }
    }
    AcceptedTree { head, base }
}
