//! Tells whether a branch was taken in. Its commits need not be in the target: a forge that squashes makes one commit
//! of its own, and keys from several branches are gathered into one change. So what counts is whether the target has
//! had the content of the branch. What was changed there since makes no difference.

use std::collections::BTreeSet;
use std::path::Path;

use portvakt_core::evidence::SIGNATURE_END;
use portvakt_core::tree::{ALLOWED_SIGNERS, SETTINGS_SIGNATURES};

use super::git::{answer_of_git, git};

/// The number of commits of the target that are looked at, starting with the newest.
const MOST: &str = "--max-count=1000";

/// Returns whether the target has the commits of this branch. It is also true if the target has had every file as the
/// branch leaves it, at some time since the two parted.
pub(in crate::cli) fn is_taken_in(top: &Path, target: &str, branch: &str) -> bool {
    git(top, &["merge-base", "--is-ancestor", branch, target]).is_ok()
        || has_stood(top, target, branch).unwrap_or(false)
        || is_gathered(top, target, branch)
}

/// Whether a branch only adds keys to the list of keys, and the target has them all: they were gathered into another change.
pub(in crate::cli) fn is_gathered(top: &Path, target: &str, branch: &str) -> bool {
    has_its_keys(top, target, branch).unwrap_or(false)
}

/// The same. It is `None` where git does not know, or the branch does anything else.
fn has_its_keys(top: &Path, target: &str, branch: &str) -> Option<bool> {
    let (list, added) = keys_of(top, target, branch)?;
    let there = file_lines(top, target, &list);
    Some(added.iter().all(|line| there.contains(line)))
}

/// The lines that a branch adds to the list of keys. It is `None` where git does not know, or the branch does anything else.
pub(in crate::cli) fn added_keys(top: &Path, target: &str, branch: &str) -> Option<BTreeSet<String>> {
    keys_of(top, target, branch).map(|(_, added)| added)
}

/// The same, with the path of the list of keys from the top of the clone.
fn keys_of(top: &Path, target: &str, branch: &str) -> Option<(String, BTreeSet<String>)> {
    let base = answer_of_git(top, &["merge-base", target, branch])?;
    let changed = git(top, &["diff", "--name-only", "-z", "--no-renames", &base, branch]).ok()?;
    let paths: Vec<&str> = changed.out.split('\0').filter(|path| !path.is_empty()).collect();
    let is = |path: &str, wanted: &str| {
        path.strip_suffix(wanted).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
    };
    let list = paths.iter().find(|path| is(path, ALLOWED_SIGNERS))?;
    if !paths.iter().all(|path| path == list || is(path, SETTINGS_SIGNATURES)) {
        return None;
    }
    let (before, here) = (file_lines(top, &base, list), file_lines(top, branch, list));
    let added: BTreeSet<String> = here.difference(&before).cloned().collect();
    (before.is_subset(&here) && !added.is_empty()).then(|| ((*list).to_owned(), added))
}

/// The lines of a file of a commit. A file that is missing has none.
fn file_lines(top: &Path, rev: &str, path: &str) -> BTreeSet<String> {
    let text = answer_of_git(top, &["cat-file", "blob", &format!("{rev}:{path}")]).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Returns whether one of the target's commits since had all changes of the branch. It is `None` if git does not know.
fn has_stood(top: &Path, target: &str, branch: &str) -> Option<bool> {
    let base = answer_of_git(top, &["merge-base", target, branch])?;
    let changed = git(top, &["diff", "--name-only", "-z", "--no-renames", &base, branch]).ok()?;
    let paths: Vec<&str> = changed.out.split('\0').filter(|path| !path.is_empty()).collect();
    let since = format!("{base}..{target}");
    let mut list = vec!["--literal-pathspecs", "rev-list", "--first-parent", MOST, &since, "--"];
    list.extend(&paths);
    let commits = git(top, &list).ok()?;
    Some(commits.out.lines().any(|commit| paths.iter().all(|path| is_there(top, commit, branch, path))))
}

/// Returns whether a commit has a file as the branch has it. The commit may have more signatures in it than the branch.
pub(super) fn is_there(top: &Path, commit: &str, branch: &str, path: &str) -> bool {
    let file =
        |rev: &str| answer_of_git(top, &["rev-parse", "--verify", "--quiet", &format!("{rev}:{path}")]);
    let (there, here) = (file(commit), file(branch));
    if there == here {
        return true;
    }
    let (Some(there), Some(here)) = (there, here) else { return false };
    let signatures = |blob: &str| -> Option<BTreeSet<String>> {
        let text = git(top, &["cat-file", "blob", blob]).ok()?.out;
        let parts = text.split_inclusive(SIGNATURE_END);
        Some(parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
    };
    path.ends_with(".sig")
        && signatures(&here)
            .zip(signatures(&there))
            .is_some_and(|(here, there)| !here.is_empty() && here.is_subset(&there))
}
