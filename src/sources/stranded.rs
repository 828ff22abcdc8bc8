//! This module finds the files that a merge would leave behind: one side moved a folder, and the other side put a file
//! under its old name. Git stops there and asks which folder is meant. A merge that guesses would judge the file in a
//! place where git may never put it.

use std::collections::BTreeSet;

use gix::ObjectId;
use gix::object::tree::diff::ChangeDetached;

use super::error::Cause;
use super::objects::read_tree;

/// Returns the files that one of the two sides put into a folder that the other side moved, sorted. `ancestor` and
/// `sides` are trees.
///
/// # Errors
/// Fails when a tree or a file cannot be read.
pub(super) fn stranded(
    git: &gix::Repository,
    ancestor: ObjectId,
    sides: [ObjectId; 2],
) -> Result<BTreeSet<String>, Cause> {
    let [one, other] = sides;
    let (first, second) = (BranchSide::of(git, ancestor, one)?, BranchSide::of(git, ancestor, other)?);
    let mut left = first.left_behind_by(&second);
    left.extend(second.left_behind_by(&first));
    Ok(left)
}

/// What one side did since the ancestor.
struct BranchSide {
    /// The folders that are gone and of which at least one file has another folder now.
    moved: BTreeSet<String>,
    /// The files that the ancestor did not have under this name.
    arrived: Vec<String>,
}

impl BranchSide {
    fn of(git: &gix::Repository, ancestor: ObjectId, side: ObjectId) -> Result<Self, Cause> {
        let (before, after) = (read_tree(git, ancestor)?, read_tree(git, side)?);
        let options = gix::diff::Options::default().with_rewrites(Some(gix::diff::Rewrites::default()));
        let (mut left, mut arrived) = (BTreeSet::new(), Vec::new());
        for change in git.diff_tree_to_tree(&before, &after, options)? {
            match change {
                ChangeDetached::Addition { location, entry_mode, .. } if entry_mode.is_no_tree() => {
                    arrived.push(location.to_string());
                }
                ChangeDetached::Rewrite { source_location, location, entry_mode, .. }
                    if entry_mode.is_no_tree() =>
                {
                    let (from, to) = (source_location.to_string(), location.to_string());
                    left.extend(folders_left(&from, &to));
                    arrived.push(to);
                }
                _ => {}
            }
        }
        let mut moved = BTreeSet::new();
        for folder in left {
            let still = after.lookup_entry_by_path(&folder)?.is_some_and(|entry| entry.mode().is_tree());
            if !still {
                moved.insert(folder);
            }
        }
        Ok(Self { moved, arrived })
    }

    /// Returns the files of `other` that are in a folder which this side moved.
    fn left_behind_by(&self, other: &Self) -> BTreeSet<String> {
        let is_left = |path: &&String| {
            path.match_indices('/').any(|(at, _)| path.get(..at).is_some_and(|up| self.moved.contains(up)))
        };
        other.arrived.iter().filter(is_left).cloned().collect()
    }
}

/// Returns the folders that a file left when it moved, as git counts them: the folder it was in, and the folders
/// above it, as long as the folders of both places have the same name.
fn folders_left(from: &str, to: &str) -> Vec<String> {
    let mut left = Vec::new();
    let mut places = (folder_and_name(from).0, folder_and_name(to).0);
    while let (Some(old), new) = places
        && Some(old) != new
    {
        left.push(old.to_owned());
        let ((above_old, old_name), Some((above_new, new_name))) =
            (folder_and_name(old), new.map(folder_and_name))
        else {
            break;
        };
        if old_name != new_name {
            break;
        }
        places = (above_old, above_new);
    }
    left
}

/// Returns the folder that a path is in, and its own name. The folder is `None` at the top.
fn folder_and_name(path: &str) -> (Option<&str>, &str) {
    path.rsplit_once('/').map_or((None, path), |(folder, name)| (Some(folder), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_above_moved_too_where_the_rest_of_the_place_is_the_same() {
        assert_eq!(folders_left("a/b/f", "a/c/f"), ["a/b"]);
        assert_eq!(folders_left("a/b/f", "x/b/f"), ["a/b", "a"]);
        assert_eq!(folders_left("a/b/f", "x/f"), ["a/b"]);
        assert_eq!(folders_left("a/f", "f"), ["a"]);
        assert!(folders_left("f", "a/f").is_empty() && folders_left("a/f", "a/g").is_empty());
    }
}
