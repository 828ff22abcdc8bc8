//! Tells whether a branch has nothing left to change, because others have done the same meanwhile. Such a branch needs
//! nobody any more. Git may not even be able to merge it, for example if both took back one access with other words.

use std::path::{Path, PathBuf};

use portvakt_author::{FileVersions, is_taken_back_already};
use portvakt_core::model::{FilePath, Register};
use portvakt_core::parse;
use portvakt_core::tree::REGISTER;

use super::git::{answer_of_git, git};
use super::place::root_in_clone;
use super::taken::is_there;

/// Returns whether the target has everything that the branch would change. Each file of the branch is the same there,
/// or the branch only takes back accesses in it that the target has taken back. `root` is the folder of the tree in the
/// clone `top`.
pub(in crate::cli) fn is_overtaken((root, top): (&Path, &Path), target: &str, branch: &str) -> bool {
    Parting::find(root, top, target, branch).is_some_and(|parting| parting.has_nothing_left())
}

/// A branch and its target, from the commit where they parted.
struct Parting<'a> {
    top: &'a Path,
    inside: PathBuf,
    base: String,
    target: &'a str,
    branch: &'a str,
    register: Register,
    /// The paths that the branch changes, from the top of the clone.
    changed: Vec<String>,
}

impl<'a> Parting<'a> {
    /// Finds out what the branch changes. It is `None` if git does not know.
    fn find(root: &Path, top: &'a Path, target: &'a str, branch: &'a str) -> Option<Self> {
        let inside = root_in_clone(root, top);
        let base = answer_of_git(top, &["merge-base", target, branch])?;
        let changed = git(top, &["diff", "--name-only", "-z", "--no-renames", &base, branch]).ok()?;
        let changed: Vec<String> =
            changed.out.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
        let register = text_of(top, target, inside.join(REGISTER).to_str()?)?;
        let register = parse::register(&FilePath::new(REGISTER), register.as_bytes()).ok()?;
        Some(Self { top, inside, base, target, branch, register, changed })
    }

    fn has_nothing_left(&self) -> bool {
        let is_done = |path: &String| {
            is_there(self.top, self.target, self.branch, path)
                || self.is_taken_back(path)
                // The statement of a revocation leaves the reason out, so a signature under other words may be the only one
                // that shows it. It is needed no more only if the target has got a signature of its own.
                || path.strip_suffix(".sig").is_some_and(|signed| {
                    self.changed.iter().any(|path| path == signed)
                        && self.is_taken_back(signed)
                        && text_of(self.top, self.target, path) != text_of(self.top, &self.base, path)
                })
        };
        !self.changed.is_empty() && self.changed.iter().all(is_done)
    }

    /// Returns whether the branch only takes back accesses of this file that the target has taken back.
    fn is_taken_back(&self, path: &str) -> bool {
        let below = Path::new(path).strip_prefix(&self.inside).ok().and_then(Path::to_str);
        let texts = [self.base.as_str(), self.branch, self.target].map(|rev| text_of(self.top, rev, path));
        let (Some(below), [Some(before), Some(change), Some(newest)]) = (below, &texts) else {
            return false;
        };
        let versions = FileVersions { before: Some(before), change, newest };
        is_taken_back_already(&FilePath::new(below), versions, &self.register)
    }
}

/// Returns the text of a file of a commit. It is `None` if the commit does not have the file.
fn text_of(top: &Path, rev: &str, path: &str) -> Option<String> {
    let said = git(top, &["cat-file", "blob", &format!("{rev}:{path}")]).ok()?;
    // A file that is not text is not read.
    (!said.out.contains(char::REPLACEMENT_CHARACTER)).then_some(said.out)
}
