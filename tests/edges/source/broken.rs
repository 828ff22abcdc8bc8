//! A tree that lacks a pillar, or has the wrong thing in its place, is an error.

use std::fs;

use portvakt_sources::{SourceError, WantedKind};

use super::{Tree, fifo, take};

#[test]
fn a_tree_that_is_missing_or_empty_is_an_error() {
    let missing = |tree: &Tree, expected: &str| match take(&mut tree.open()).unwrap_err() {
        SourceError::Missing { path } => assert_eq!(path, expected),
        other => panic!("{other:?}"),
    };
    let empty = |tree: &Tree, expected: &str| match take(&mut tree.open()).unwrap_err() {
        SourceError::Empty { path } => assert_eq!(path, expected),
        other => panic!("{other:?}"),
    };
    let tree = Tree::new();
    fs::remove_dir_all(tree.root()).unwrap();
    assert!(matches!(take(&mut tree.open()).unwrap_err(), SourceError::Missing { .. }));
    fs::create_dir(tree.root()).unwrap();
    missing(&tree, "desired-state");
    fs::create_dir(tree.at("desired-state")).unwrap();
    missing(&tree, "policies");
    fs::create_dir(tree.at("policies")).unwrap();
    missing(&tree, "desired-state/register.yaml");
    tree.put("desired-state/register.yaml", "");
    empty(&tree, "desired-state/register.yaml");
    tree.put("desired-state/register.yaml", "id: test\n");
    empty(&tree, "policies");
    tree.put("policies/.keep", "");
    empty(&tree, "policies");
    tree.put("policies/a.cedar", "x");
    assert_eq!(take(&mut tree.open()).unwrap().count(), 0);
}

#[test]
fn the_wrong_thing_in_the_place_of_a_pillar_is_an_error() {
    for (place, wanted) in [
        ("desired-state", WantedKind::Folder),
        ("policies", WantedKind::Folder),
        ("desired-state/register.yaml", WantedKind::File),
    ] {
        let tree = Tree::new();
        if wanted == WantedKind::Folder {
            fs::remove_dir_all(tree.at(place)).unwrap();
            fs::write(tree.at(place), "x").unwrap();
        } else {
            fs::remove_file(tree.at(place)).unwrap();
            fs::create_dir(tree.at(place)).unwrap();
        }
        match take(&mut tree.open()).unwrap_err() {
            SourceError::Kind { path, wanted: kind } => assert_eq!((path.as_str(), kind), (place, wanted)),
            other => panic!("{other:?}"),
        }
    }
    // A FIFO in the register's place must not stop the scan for ever.
    let tree = Tree::new();
    fs::remove_file(tree.at("desired-state/register.yaml")).unwrap();
    fifo(&tree.at("desired-state/register.yaml"));
    assert!(matches!(
        take(&mut tree.open()).unwrap_err(),
        SourceError::Kind { wanted: WantedKind::File, .. }
    ));
}

#[test]
fn a_register_that_is_too_large_is_told_by_the_limit_and_not_by_the_disk() {
    let tree = Tree::new();
    tree.put("desired-state/register.yaml", vec![b'#'; 1024 * 1024 + 1]);
    let error = take(&mut tree.open()).unwrap_err();
    assert!(matches!(error, SourceError::Large { most: 0x10_0000, .. }), "{error:?}");
    assert!(error.words().en().contains("more than 1048576 bytes"), "{error}");
    assert!(error.is_of_the_tree() && !error.way_out().en().contains("disk"), "{:?}", error.way_out());
}
