//! A commit is read out of git, and never the work tree.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use portvakt_core::hex::unhex;
use portvakt_core::tree::Oddity;
use portvakt_sources::{SourceError, from_git, from_git_at};
use portvakt_test_bench::git;

use super::{KARI, OLA, Tree, commit, path, take};

#[test]
fn a_commit_is_read_and_never_the_work_tree() {
    let home = tempfile::tempdir().unwrap();
    let tree = Tree::new();
    fs::rename(tree.root(), home.path().join("access")).unwrap();
    let root = home.path().join("access");
    git(home.path(), &["init", "-q"]);
    let first = commit(home.path());
    fs::write(root.join(OLA), "name: not committed\n").unwrap();
    let read = from_git(&root, "HEAD").unwrap();
    assert_eq!(read.id, first);
    assert_eq!(read.snapshot.read()[&path(OLA)][..], b"name: Ola Nordmann\n"[..]);
    fs::remove_file(root.join(KARI)).unwrap();
    let second = commit(home.path());
    git(home.path(), &["repack", "-adq"]);
    let now = from_git(&root, "HEAD").unwrap();
    assert_eq!(now.id, second);
    assert!(now.snapshot.shows_absent(&path(KARI)));
    let before = from_git(&root, "HEAD~1").unwrap();
    assert_eq!(before.snapshot.digest(), read.snapshot.digest());
    assert_eq!(now.snapshot.differs_from(&before.snapshot).len(), 2);

    let bare = home.path().join("bare.git");
    git(home.path(), &["clone", "-q", "--bare", ".", "bare.git"]);
    assert_eq!(from_git_at(&bare, &second, "access").unwrap().snapshot.digest(), now.snapshot.digest());

    assert!(matches!(from_git(&root, "no-such").unwrap_err(), SourceError::NoCommit { .. }));
    assert!(matches!(from_git_at(&bare, "HEAD", "elsewhere").unwrap_err(), SourceError::Missing { .. }));
    let nowhere = tempfile::tempdir().unwrap();
    assert!(matches!(from_git(nowhere.path(), "HEAD").unwrap_err(), SourceError::NoRepository { .. }));
}

#[test]
fn what_is_odd_in_a_commit_is_odd_as_on_disk() {
    let tree = Tree::new();
    git(tree.root(), &["init", "-q"]);
    symlink("ola.nordmann.yaml", tree.at("desired-state/helse-nord/link.yaml")).unwrap();
    symlink("helse-nord", tree.at("desired-state/helse-link")).unwrap();
    tree.put("desired-state/helse-nord/large.yaml", vec![b'#'; 64 * 1024 + 1]);
    tree.put("desired-state/helse-nord/deep/x.yaml", "");
    tree.put("desired-state/helse-nord/notes.txt", "");
    tree.put("desired-state/README.md", "");
    fs::write(tree.at("desired-state/helse-nord").join(OsStr::from_bytes(b"\xff.yaml")), "").unwrap();
    let first = commit(tree.root());
    let on_disk = take(&mut tree.open()).unwrap();
    let in_git = from_git(tree.root(), "HEAD").unwrap().snapshot;
    assert_eq!(in_git.odd(), on_disk.odd());
    assert_eq!(in_git.odd().len(), 8);
    assert_eq!(in_git.digest(), on_disk.digest());

    let module = format!("160000,{first},desired-state/helse-modul");
    git(tree.root(), &["update-index", "--add", "--cacheinfo", &module]);
    git(tree.root(), &["commit", "-q", "-m", "a submodule"]);
    let odd = from_git(tree.root(), "HEAD").unwrap().snapshot;
    assert!(odd.odd().iter().any(|odd| odd.what == Oddity::Submodule && odd.is_whole_folder()));

    git(tree.root(), &["rm", "-rq", "--cached", "policies"]);
    git(tree.root(), &["commit", "-q", "-m", "no policies"]);
    match from_git(tree.root(), "HEAD").unwrap_err() {
        SourceError::Missing { path } => assert_eq!(path, "policies"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_tree_object_with_one_name_twice_is_refused() {
    let tree = Tree::new();
    git(tree.root(), &["init", "-q"]);
    commit(tree.root());
    let id = |rev: &str| git(tree.root(), &["rev-parse", rev]);
    let raw = |id: &str| unhex(id).unwrap();
    let write = |entries: &[(&str, &str)]| {
        let bytes: Vec<u8> =
            entries.iter().flat_map(|(name, id)| [name.as_bytes(), b"\0", &raw(id)].concat()).collect();
        fs::write(tree.at(".git/forged"), bytes).unwrap();
        git(tree.root(), &["hash-object", "-t", "tree", "--literally", "-w", ".git/forged"])
    };
    let (ola, kari) = (id(&format!("HEAD:{OLA}")), id(&format!("HEAD:{KARI}")));
    for name in ["100644 b.yaml", "100644 c/d.yaml"] {
        let folder = write(&[("100644 b.yaml", &ola), (name, &kari)]);
        let desired = write(&[("40000 helse-nord", &folder), ("100644 register.yaml", &ola)]);
        let root = write(&[("40000 desired-state", &desired), ("40000 policies", &id("HEAD:policies"))]);
        let forged = git(tree.root(), &["commit-tree", &root, "-m", "forged"]);
        match from_git(tree.root(), &forged).unwrap_err() {
            SourceError::Object { path, .. } => assert_eq!(path, "desired-state/helse-nord"),
            other => panic!("{other:?}"),
        }
    }
}
