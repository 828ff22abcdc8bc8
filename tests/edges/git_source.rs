//! Repositories made by the `git` program: the history of a path, following a branch, and merges in memory.

use std::fs;
use std::path::PathBuf;

use portvakt_sources::{Branch, BranchLook, Follow, Repository};
use portvakt_test_bench::git;

mod altered;
mod branch;
mod followed;
mod history;
mod merged;

pub(crate) struct Repo {
    _home: tempfile::TempDir,
    pub(crate) root: PathBuf,
}

pub(crate) const OLA: &str = "desired-state/helse-nord/ola.nordmann.yaml";
pub(crate) const KARI: &str = "desired-state/helse-nord/kari.nordmann.yaml";

impl Repo {
    fn empty() -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("repo");
        fs::create_dir(&root).unwrap();
        git(&root, &["init", "-q"]);
        Self { _home: home, root }
    }

    /// Makes a repository with two people, one policy and one commit on `main`.
    pub(crate) fn new() -> Self {
        let repo = Self::empty();
        repo.put("desired-state/register.yaml", "id: test\n");
        repo.put("policies/base.cedar", "forbid(principal, action, resource);\n");
        repo.put(OLA, &lines("ola"));
        repo.put(KARI, &lines("kari"));
        repo.commit();
        repo
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self._home.path().join(name)
    }

    pub(crate) fn put(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        git(&self.root, args)
    }

    pub(crate) fn commit(&self) -> String {
        self.git(&["add", "-A", "."]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "state"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Writes a file and commits it.
    pub(crate) fn change(&self, path: &str, text: &str) -> String {
        self.put(path, text);
        self.commit()
    }

    fn remove(&self, path: &str) -> String {
        fs::remove_file(self.root.join(path)).unwrap();
        self.commit()
    }

    pub(crate) fn open(&self) -> Repository {
        Repository::open(&self.root, "").unwrap()
    }

    fn follow(&self) -> Follow {
        Follow::new(Branch { root: self.root.clone(), inside: String::new(), reference: None })
    }

    fn blob(&self, commit: &str, path: &str) -> String {
        self.git(&["rev-parse", &format!("{commit}:{path}")])
    }
}

/// Enough lines for changes at both ends to be apart.
pub(crate) fn lines(name: &str) -> String {
    (0..20).map(|n| format!("{name} {n}\n")).collect()
}

pub(crate) fn with(name: &str, line: usize, text: &str) -> String {
    lines(name).replace(&format!("{name} {line}\n"), &format!("{text}\n"))
}

fn names(look: &BranchLook) -> Vec<String> {
    look.snapshot.as_ref().unwrap().files().map(|(path, _)| path.to_string()).collect()
}
