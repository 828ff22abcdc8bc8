//! Knows the remote of a clone that changes are meant for, and its main branch. No remote is guessed among several.

use super::Repository;

/// The name that git gives the remote of a clone.
const USUAL: &str = "origin";

impl Repository {
    /// Returns the names of the remotes of this clone. A name with a slash is left out, because the references of its
    /// branches do not tell where the name ends.
    #[must_use]
    pub fn remotes(&self) -> Vec<String> {
        let names = self.git.remote_names().into_iter().map(|name| name.to_string());
        names.filter(|name| !name.contains('/') && !name.starts_with('-')).collect()
    }

    /// Returns the remote that changes are meant for. It is `origin`, or else the one that the checked-out branch
    /// follows, or else the only one.
    #[must_use]
    pub fn main_remote(&self) -> Option<String> {
        let mut names = self.remotes();
        if names.iter().any(|name| name == USUAL) {
            return Some(USUAL.to_owned());
        }
        let followed = self.followed_remote().filter(|followed| names.contains(followed));
        followed.or_else(|| names.pop().filter(|_| names.is_empty()))
    }

    /// Returns the remote that the checked-out branch follows.
    fn followed_remote(&self) -> Option<String> {
        let branch = self.git.head_name().ok().flatten()?;
        let key = format!("branch.{}.remote", branch.shorten());
        Some(self.git.config_snapshot().string(key.as_str())?.to_string())
    }

    /// Returns the branch of a remote that changes are meant for, if this clone knows it.
    #[must_use]
    pub fn target_at(&self, remote: &str) -> Option<String> {
        let names = ["HEAD", "main", "master"].map(|branch| format!("refs/remotes/{remote}/{branch}"));
        names.into_iter().find(|name| self.id_of(name).is_ok())
    }

    /// Returns the branch that changes are meant for, if this clone knows it. It is a branch of `origin` where there is
    /// one, and otherwise one of the remote that changes are meant for.
    #[must_use]
    pub fn default_target(&self) -> Option<String> {
        self.target_at(USUAL).or_else(|| self.target_at(&self.main_remote()?))
    }
}
