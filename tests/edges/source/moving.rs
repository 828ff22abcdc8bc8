//! The tree changes while it is read: writers that go on, renamed folders, and swapped links.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use portvakt_core::tree::Oddity;
use portvakt_sources::{Depth, Directory, Settle, SourceError};

use super::{KARI, OLA, PER, SETTLE, Stage, Tree, oddities, path, read, take, take_while};

#[test]
fn a_writer_that_is_still_going_is_waited_for() {
    let tree = Tree::new();
    let mut directory = tree.open();
    let mut write = |turn: usize| {
        if turn < 3 {
            tree.put(OLA, "name: Ola\n".repeat(turn + 2));
        }
    };
    let snapshot = take_while(&mut directory, Depth::Changed, &mut write).unwrap();
    assert_eq!(snapshot.read()[&path(OLA)].len(), 40);

    // Never done: the folder is held, and nothing that was read on the way is lost.
    let mut write = |turn: usize| tree.put(KARI, "name: Kari\n".repeat(turn + 1));
    let snapshot = take_while(&mut directory, Depth::Changed, &mut write).unwrap();
    assert_eq!(oddities(&snapshot), [restless()]);
    assert_eq!((read(&snapshot), snapshot.read()[&path(KARI)].len()), (vec![KARI], 44));
    assert!(oddities(&take(&mut directory).unwrap()).is_empty());
}

/// The folder of Ola and Kari, after four scans of which no two agreed.
fn restless() -> (String, Option<String>, Oddity) {
    let folder = "helse-nord".to_owned();
    (format!("desired-state/{folder}"), Some(folder), Oddity::Restless { scans: 4 })
}

#[test]
fn a_folder_that_never_comes_to_rest_is_held_and_no_other() {
    const TOR: &str = "desired-state/helse-vest/tor.eksempel.yaml";
    let tree = Tree::new();
    tree.put(TOR, "name: Tor Eksempel\n");
    let mut directory = tree.open();
    take(&mut directory).unwrap();
    fs::remove_file(tree.at(KARI)).unwrap();
    fs::remove_file(tree.at(TOR)).unwrap();
    tree.put(PER, "name: Per Eksempel\n# a remark\n");
    let mut write = |turn: usize| tree.put(OLA, "name: Ola\n".repeat(turn + 1));
    let snapshot = take_while(&mut directory, Depth::Changed, &mut write).unwrap();
    assert_eq!(oddities(&snapshot), [restless()]);
    assert_eq!(read(&snapshot), [OLA, PER]);
    // A file of another folder may be on its way there. Only when the folder has come to rest are files missing.
    assert!(!snapshot.shows_absent(&path(KARI)) && !snapshot.shows_absent(&path(TOR)));
    let snapshot = take(&mut directory).unwrap();
    assert!(oddities(&snapshot).is_empty());
    assert!(snapshot.shows_absent(&path(KARI)) && snapshot.shows_absent(&path(TOR)));

    // A file that comes and goes, and a folder that does.
    let mut blink = |turn: usize| {
        if turn == 2 {
            tree.put(KARI, "name: Kari Nordmann\n");
            fs::rename(tree.at("away"), tree.at("desired-state/helse-vest")).unwrap();
        } else {
            fs::rename(tree.at("desired-state/helse-vest"), tree.at("away")).unwrap();
        }
        if turn == 3 {
            fs::remove_file(tree.at(KARI)).unwrap();
        }
    };
    let snapshot = take_while(&mut directory, Depth::Changed, &mut blink).unwrap();
    let held: Vec<String> = oddities(&snapshot).into_iter().map(|(path, ..)| path).collect();
    assert_eq!(held, ["desired-state/helse-nord", "desired-state/helse-vest"]);
    assert!(!snapshot.shows_absent(&path(KARI)) && !snapshot.shows_absent(&path(PER)));
}

/// These decide nothing, so whoever writes them without a pause stops nobody's revocation.
#[test]
fn cases_that_never_come_to_rest_stop_nothing() {
    for name in ["policies/tests/a.yaml", "policies/README.md"] {
        let tree = Tree::new();
        let mut directory = tree.open();
        take(&mut directory).unwrap();
        tree.put(PER, "name: Per Eksempel\n# a remark\n");
        fs::remove_file(tree.at(KARI)).unwrap();
        let mut write = |turn: usize| tree.put(name, "x\n".repeat(turn + 1));
        let snapshot = take_while(&mut directory, Depth::Changed, &mut write).unwrap();
        assert_eq!(oddities(&snapshot), [(name.to_owned(), None, Oddity::Restless { scans: 4 })]);
        assert_eq!(read(&snapshot), [PER]);
        assert!(snapshot.shows_absent(&path(KARI)) && !snapshot.odd()[0].hides_a_policy());
        assert!(oddities(&take(&mut directory).unwrap()).is_empty());
    }
}

#[test]
fn settings_that_never_come_to_rest_stop_the_take() {
    let tree = Tree::new();
    let mut directory = tree.open();
    take(&mut directory).unwrap();
    for name in ["desired-state/register.yaml", "policies/base.cedar"] {
        let mut write = |turn: usize| {
            tree.put(OLA, "name: Ola\n".repeat(turn + 1));
            tree.put(name, "# a remark\n".repeat(turn + 1));
        };
        match take_while(&mut directory, Depth::Changed, &mut write).unwrap_err() {
            SourceError::Restless { path, scans } => assert_eq!((path.as_str(), scans), (name, 4)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_file_unlinked_and_written_again_is_no_news() {
    let tree = Tree::new();
    let mut directory = tree.open();
    take(&mut directory).unwrap();
    fs::remove_file(tree.at(OLA)).unwrap();
    let mut back = |turn: usize| {
        if turn == 1 {
            tree.put(OLA, "name: Ola Nordmann\n");
        }
    };
    let snapshot = take_while(&mut directory, Depth::Changed, &mut back).unwrap();
    assert!(!snapshot.shows_absent(&path(OLA)) && snapshot.read().is_empty());
}

#[test]
fn a_folder_swapped_by_rename_is_read_anew() {
    let tree = Tree::new();
    let mut directory = tree.open();
    take(&mut directory).unwrap();
    tree.put("next/ola.nordmann.yaml", "name: Ola Nordmann\n");
    tree.put("next/ny.person.yaml", "name: Ny Person\n");
    let mut swap = |turn: usize| {
        if turn == 1 {
            fs::rename(tree.at("desired-state/helse-nord"), tree.at("old")).unwrap();
            fs::rename(tree.at("next"), tree.at("desired-state/helse-nord")).unwrap();
        }
    };
    let snapshot = take_while(&mut directory, Depth::Changed, &mut swap).unwrap();
    assert_eq!(read(&snapshot), ["desired-state/helse-nord/ny.person.yaml"]);
    assert!(snapshot.shows_absent(&path(KARI)) && !snapshot.shows_absent(&path(OLA)));
}

#[test]
fn a_root_or_folder_that_is_a_link_may_be_swapped_during_a_scan() {
    for link in ["current", "desired-state"] {
        let (one, two, home) = (Tree::new(), Tree::new(), tempfile::tempdir().unwrap());
        two.put(OLA, "name: Ola the second\n");
        let (root, link) = if link == "current" {
            (home.path().join("current"), home.path().join("current"))
        } else {
            symlink(one.at("policies"), home.path().join("policies")).unwrap();
            (home.path().to_owned(), home.path().join("desired-state"))
        };
        let target = |tree: &Tree| {
            if link.ends_with("current") { tree.root().to_owned() } else { tree.at("desired-state") }
        };
        symlink(target(&one), &link).unwrap();
        let mut directory = Directory::new(&root);
        assert_eq!(take(&mut directory).unwrap().count(), 3);
        let mut swap = |turn: usize| {
            // First the link is away for a moment, as when it is not renamed into place.
            match turn {
                1 => fs::remove_file(&link).unwrap(),
                2 => symlink(target(&two), &link).unwrap(),
                _ => {}
            }
        };
        let settle = Settle { scans: 5, ..SETTLE };
        let mut stage = Stage { ahead: Duration::from_secs(60), turn: 0, meanwhile: &mut swap };
        let snapshot = directory.take(Depth::Changed, settle, &mut stage).unwrap();
        assert_eq!(read(&snapshot), [OLA]);
        assert!([KARI, OLA, PER].iter().all(|file| !snapshot.shows_absent(&path(file))));
    }
}
