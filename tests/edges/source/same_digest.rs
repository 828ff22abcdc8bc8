//! A directory, memory and a commit of the same files are the same tree, whatever their line ends are.

use std::fs;

use portvakt_core::tree::{Oddity, Snapshot};
use portvakt_sources::{Repository, from_git};
use portvakt_test_bench::git;

use super::{ALL, OLA, Tree, commit, oddities, path, read, take};

#[test]
fn a_directory_memory_and_a_commit_agree_on_the_digest() {
    let tree = Tree::new();
    let from_directory = take(&mut tree.open()).unwrap();
    let files = tree.files(&ALL);
    let from_memory = Snapshot::of(files.clone());
    assert_eq!(from_memory.digest(), from_directory.digest());
    assert_eq!(from_memory.policies_digest(), from_directory.policies_digest());
    assert_eq!(from_directory.count(), 3);
    assert_eq!(&**from_directory.register(), b"id: test\n");
    assert_eq!(from_directory.read()[&path(OLA)][..], b"name: Ola Nordmann\n"[..]);

    let from_commit = tree.committed();
    assert_eq!(from_commit.digest(), from_directory.digest());
    assert_eq!(from_commit.read(), from_directory.read());

    // The core does not know the machine. Whoever reads a tree says how many threads may parse it.
    let cores = std::thread::available_parallelism().unwrap();
    assert_eq!([from_directory.threads(), from_commit.threads()], [cores; 2]);
    assert_eq!(from_memory.threads().get(), 1);

    for name in [OLA, "policies/base.cedar", "desired-state/register.yaml"] {
        let mut other = files.clone();
        other.get_mut(&path(name)).unwrap().push(b'#');
        assert_ne!(Snapshot::of(other).digest(), from_memory.digest(), "{name}");
    }
}

/// With `core.autocrlf`, or an attribute `eol=crlf`, the files on disk have CRLF and the committed ones have LF.
#[test]
fn a_checkout_with_crlf_is_the_same_as_its_commit() {
    let tree = Tree::new();
    let committed = tree.committed();
    for name in ALL {
        let text = fs::read_to_string(tree.at(name)).unwrap();
        fs::write(tree.at(name), text.replace('\n', "\r\n")).unwrap();
    }
    let mut directory = tree.open();
    let there = take(&mut directory).unwrap();
    assert_eq!(there.digest(), committed.digest());
    assert_eq!((there.read(), there.settings()), (committed.read(), committed.settings()));
    assert_eq!(there.policies(), committed.policies());
    // A file that is written again with other line ends has not changed.
    let text = fs::read_to_string(tree.at(OLA)).unwrap();
    fs::write(tree.at(OLA), text.replace("\r\n", "\n")).unwrap();
    let again = take(&mut directory).unwrap();
    assert_eq!((again.digest(), read(&again).len()), (there.digest(), 0));
    // A file that was committed with CRLF is the same as one that is checked out with LF.
    git(tree.root(), &["config", "core.autocrlf", "false"]);
    commit(tree.root());
    assert_eq!(from_git(tree.root(), "HEAD").unwrap().snapshot.digest(), committed.digest());
    fs::write(tree.at(OLA), text.replace("\r\n", "\r")).unwrap();
    assert_ne!(take(&mut directory).unwrap().digest(), there.digest(), "a lone carriage return is content");
}

#[test]
fn gitattributes_are_read_from_a_directory_and_a_commit_alike() {
    let tree = Tree::new();
    let without = take(&mut tree.open()).unwrap().digest();
    let places = [
        "",
        "desired-state/",
        "desired-state/helse-nord/",
        "policies/",
        "policies/more/",
        "reviews/",
        "reviews/helse-nord/",
    ];
    for (at, place) in places.iter().enumerate() {
        tree.put(&format!("{place}.gitattributes"), format!("# {at}\r\n*.yaml -diff\r\n"));
    }
    tree.put("docs/.gitattributes", "* -diff\n");
    tree.put("reviews/helse-nord/.hidden/.gitattributes", "* -diff\n");
    let mut directory = tree.open();
    let there = take(&mut directory).unwrap();
    assert_eq!(there.settings().attributes.len(), places.len());
    assert_ne!(there.digest(), without);
    assert_eq!((there.count(), there.policies().len(), oddities(&there)), (3, 1, Vec::new()));
    let committed = tree.committed();
    assert_eq!((committed.digest(), committed.settings()), (there.digest(), there.settings()));
    let mut files = tree.files(&ALL);
    for place in places {
        let name = format!("{place}.gitattributes");
        files.insert(path(&name), fs::read(tree.at(&name)).unwrap());
    }
    assert_eq!(Snapshot::of(files).digest(), there.digest());
    let (alone, _) = Repository::open(tree.root(), "").unwrap().settings("HEAD").unwrap();
    assert_eq!(&alone, there.settings());
    // A change of one is a change of the tree, and one that is odd is told.
    tree.put("desired-state/helse-nord/.gitattributes", "*.yaml diff\n");
    assert_ne!(take(&mut directory).unwrap().digest(), there.digest());
    fs::remove_file(tree.at(".gitattributes")).unwrap();
    std::os::unix::fs::symlink("elsewhere", tree.at(".gitattributes")).unwrap();
    let odd = take(&mut directory).unwrap();
    assert_eq!(oddities(&odd), [(".gitattributes".to_owned(), None, Oddity::Link)]);
}
