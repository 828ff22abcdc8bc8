//! Something odd among the policies is told, and the rest of the tree is read.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use portvakt_core::model::{FilePath, PersonId};
use portvakt_core::tree::{Odd, Oddity, Snapshot};
use portvakt_sources::{Repository, SourceError, from_git};
use portvakt_test_bench::git;

use super::{KARI, Tree, commit, fifo, oddities, path, take};

const LARGE: u64 = 1024 * 1024;

/// How something odd is made, its path, what it is, and whether it may hide a policy.
type OddPolicy = (fn(&Tree), &'static str, Oddity, bool);

fn large(tree: &Tree, path: &str) {
    tree.put(path, vec![b' '; 1024 * 1024 + 1]);
}

fn odd_in_a_commit() -> [OddPolicy; 17] {
    let too_large = Oddity::TooLarge { most: LARGE };
    let attributes = too_large.clone();
    let (crowded, deep) = (Oddity::Crowded { most: 500 }, Oddity::Deep { most: 8 });
    [
        (
            |tree| symlink("/etc/passwd", tree.at("policies/README.md")).unwrap(),
            "policies/README.md",
            Oddity::Link,
            false,
        ),
        (|tree| large(tree, "policies/README.md"), "policies/README.md", too_large.clone(), false),
        (|tree| symlink("..", tree.at("policies/tests")).unwrap(), "policies/tests", Oddity::Link, false),
        (|tree| large(tree, "policies/tests/a.yaml"), "policies/tests/a.yaml", too_large.clone(), false),
        (
            |tree| {
                fs::create_dir(tree.at("policies/tests")).unwrap();
                fs::write(tree.at("policies/tests").join(OsStr::from_bytes(b"\xff.cedar")), "").unwrap();
            },
            "policies/tests/\\xff.cedar",
            Oddity::Name,
            false,
        ),
        (
            |tree| (0..501).for_each(|n| tree.put(&format!("policies/tests/{n}.yaml"), "")),
            "policies/tests",
            crowded.clone(),
            false,
        ),
        (
            |tree| tree.put("policies/1/2/3/4/5/6/7/8/9/x.cedar", ""),
            "policies/1/2/3/4/5/6/7/8/9",
            deep,
            false,
        ),
        (
            |tree| symlink("base.cedar", tree.at("policies/b.cedar")).unwrap(),
            "policies/b.cedar",
            Oddity::Link,
            true,
        ),
        (|tree| large(tree, "policies/b.cedarschema"), "policies/b.cedarschema", too_large, true),
        (
            |tree| fs::write(tree.at("policies").join(OsStr::from_bytes(b"\xff.cedar")), "").unwrap(),
            "policies/\\xff.cedar",
            Oddity::Name,
            true,
        ),
        (|tree| (0..501).for_each(|n| tree.put(&format!("policies/{n}.txt"), "")), "policies", crowded, true),
        // A `.gitattributes` is one of the settings in every folder that has files of the tree.
        (|tree| large(tree, "policies/.gitattributes"), "policies/.gitattributes", attributes.clone(), true),
        (|tree| large(tree, ".gitattributes"), ".gitattributes", attributes.clone(), true),
        (
            |tree| large(tree, "desired-state/.gitattributes"),
            "desired-state/.gitattributes",
            attributes.clone(),
            true,
        ),
        (
            |tree| large(tree, "desired-state/helse-nord/.gitattributes"),
            "desired-state/helse-nord/.gitattributes",
            attributes.clone(),
            true,
        ),
        (|tree| large(tree, "reviews/.gitattributes"), "reviews/.gitattributes", attributes.clone(), true),
        (
            |tree| large(tree, "reviews/helse-nord/.gitattributes"),
            "reviews/helse-nord/.gitattributes",
            attributes,
            true,
        ),
    ]
}

#[track_caller]
fn tells(snapshot: &Snapshot, (odd, what, hides): (&str, &Oddity, bool)) {
    assert_eq!(oddities(snapshot), [(odd.to_owned(), None, what.clone())]);
    assert_eq!(snapshot.odd()[0].hides_a_policy(), hides, "{odd}");
    let is_read = snapshot.policies().contains_key(&path("policies/base.cedar"));
    assert_eq!(is_read, odd != "policies");
    // Everybody's file is there, and one that is missing counts as missing.
    assert_eq!(snapshot.count(), 3);
    assert!(snapshot.shows_absent(&path("desired-state/helse-nord/eve.eksempel.yaml")));
}

#[test]
fn something_odd_among_the_policies_is_the_same_in_a_directory_and_a_commit() {
    for (make, odd, what, hides) in odd_in_a_commit() {
        let tree = Tree::new();
        let clean = take(&mut tree.open()).unwrap();
        make(&tree);
        git(tree.root(), &["init", "-q"]);
        commit(tree.root());
        let in_folder = take(&mut tree.open()).unwrap();
        let in_git = from_git(tree.root(), "HEAD").unwrap().snapshot;
        for snapshot in [&in_folder, &in_git] {
            tells(snapshot, (odd, &what, hides));
        }
        assert_eq!(in_git.digest(), in_folder.digest(), "{odd}");
        // The rules are kept by this digest, so it must tell a tree that hides a policy from one that does not.
        assert_eq!(in_git.policies_digest() != clean.policies_digest(), hides, "{odd}");
        // Nobody asks for the settings of a commit that may hide a policy.
        let settings = Repository::open(tree.root(), "").unwrap().settings("HEAD");
        assert_eq!(matches!(settings, Err(SourceError::Policy { .. })), hides, "{odd}");
    }
}

#[test]
fn a_pipe_among_the_policies_is_told_and_never_opened() {
    for (odd, hides) in [
        ("policies/README.md", false),
        ("policies/x.txt", false),
        ("policies/tests", false),
        ("policies/b.cedar", true),
    ] {
        let tree = Tree::new();
        fifo(&tree.at(odd));
        tells(&take(&mut tree.open()).unwrap(), (odd, &Oddity::Special, hides));
    }
}

/// The cases are counted apart, so as many of them as are allowed leave room for as many policies.
#[test]
fn cases_take_no_room_from_the_policies() {
    let tree = Tree::new();
    (0..500).for_each(|n| tree.put(&format!("policies/tests/{n}.yaml"), ""));
    tree.put("policies/deep/er/c.cedar", "x");
    let snapshot = take(&mut tree.open()).unwrap();
    assert_eq!(oddities(&snapshot), []);
    assert_eq!(snapshot.policies().len(), 502);
    let own = snapshot.policies().keys().filter(|file| !file.as_str().starts_with("policies/tests/"));
    assert_eq!(
        own.map(FilePath::as_str).collect::<Vec<_>>(),
        ["policies/base.cedar", "policies/deep/er/c.cedar"]
    );
}

/// A file among the cases is nobody's file, so it does not look like the file of somebody whose own is gone.
#[test]
fn something_odd_among_the_cases_holds_only_whom_it_is_named_after() {
    let tree = Tree::new();
    fs::create_dir(tree.at("policies/tests")).unwrap();
    fifo(&tree.at("policies/tests/kari.nordmann.yaml"));
    fs::remove_file(tree.at(KARI)).unwrap();
    let snapshot = take(&mut tree.open()).unwrap();
    assert!(snapshot.shows_absent(&path(KARI)));
    let named = snapshot.odd().iter().filter_map(Odd::person_by_name);
    assert_eq!(named.collect::<Vec<_>>(), [PersonId::new("kari.nordmann").unwrap()]);
}
