//! The tree as a source, on real file systems and in real git repositories.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use portvakt_core::model::FilePath;
use portvakt_core::tree::{ListFiles, Oddity, Snapshot};
use portvakt_sources::{Depth, Directory, Pace, Settle, SourceError, from_git};
use portvakt_test_bench::git;

mod beside;
mod broken;
mod changed;
mod commits;
mod moving;
mod odd;
mod odd_policies;
mod same_digest;

const SETTLE: Settle = Settle { pause: Duration::from_millis(1), scans: 4 };

/// A clock that runs ahead or not, and something that happens in each pause.
struct Stage<'a> {
    ahead: Duration,
    turn: usize,
    meanwhile: &'a mut dyn FnMut(usize),
}

impl Pace for Stage<'_> {
    fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead
    }
    fn pause(&mut self, _: Duration) {
        self.turn += 1;
        (self.meanwhile)(self.turn);
    }
}

/// Takes with the clock far ahead, so that nothing is young and only stamps count.
fn take(directory: &mut Directory) -> Result<Snapshot, SourceError> {
    take_while(directory, Depth::Changed, &mut |_| {})
}

fn take_while(
    directory: &mut Directory,
    depth: Depth,
    meanwhile: &mut dyn FnMut(usize),
) -> Result<Snapshot, SourceError> {
    directory.take(depth, SETTLE, &mut Stage { ahead: Duration::from_secs(60), turn: 0, meanwhile })
}

struct Tree(tempfile::TempDir);

impl Tree {
    /// Two trusts, three people, one policy.
    fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        tree.put("desired-state/register.yaml", "id: test\n");
        tree.put("desired-state/helse-nord/ola.nordmann.yaml", "name: Ola Nordmann\n");
        tree.put("desired-state/helse-nord/kari.nordmann.yaml", "name: Kari Nordmann\n");
        tree.put("desired-state/helse-vest/per.eksempel.yaml", "name: Per Eksempel\n");
        tree.put("policies/base.cedar", "forbid(principal, action, resource);\n");
        tree
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
    }

    fn open(&self) -> Directory {
        Directory::new(self.root())
    }

    /// The bytes of these files.
    fn files(&self, names: &[&str]) -> BTreeMap<FilePath, Vec<u8>> {
        names.iter().map(|name| (path(name), fs::read(self.at(name)).unwrap())).collect()
    }

    /// Makes the folder a repository, and reads its first commit.
    fn committed(&self) -> Snapshot {
        git(self.root(), &["init", "-q"]);
        commit(self.root());
        from_git(self.root(), "HEAD").unwrap().snapshot
    }
}

const OLA: &str = "desired-state/helse-nord/ola.nordmann.yaml";
const KARI: &str = "desired-state/helse-nord/kari.nordmann.yaml";
const PER: &str = "desired-state/helse-vest/per.eksempel.yaml";

/// The files of a new tree.
const ALL: [&str; 5] = [OLA, KARI, PER, "desired-state/register.yaml", "policies/base.cedar"];

fn path(text: &str) -> FilePath {
    FilePath::new(text)
}

/// The odd paths of a folder of lists.
fn odd_among(lists: &ListFiles) -> Vec<(String, Oddity)> {
    lists.odd.iter().map(|odd| (odd.path.clone(), odd.what.clone())).collect()
}

fn oddities(snapshot: &Snapshot) -> Vec<(String, Option<String>, Oddity)> {
    let one = |odd: &portvakt_core::tree::Odd| {
        (odd.path.clone(), odd.folder.as_deref().map(str::to_owned), odd.what.clone())
    };
    snapshot.odd().iter().map(one).collect()
}

fn read(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.read().keys().map(FilePath::as_str).collect()
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn commit(at: &Path) -> String {
    git(at, &["add", "-A", "."]);
    git(at, &["commit", "-q", "--allow-empty", "-m", "state"]);
    git(at, &["rev-parse", "HEAD"])
}
