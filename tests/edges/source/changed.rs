//! What a take reads again and tells: files that changed, files that are young, and files that belong together.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use portvakt_core::tree::Oddity;
use portvakt_sources::Depth;

use super::{KARI, OLA, PER, SETTLE, Stage, Tree, odd_among, oddities, path, read, take, take_while};

#[test]
fn only_what_changed_is_read_and_told() {
    let tree = Tree::new();
    let mut directory = tree.open();
    let first = take(&mut directory).unwrap();
    assert_eq!(read(&first), [KARI, OLA, PER]);
    assert_eq!(directory.opened(), 3);

    let second = take(&mut directory).unwrap();
    assert_eq!(directory.opened(), 0);
    assert_eq!((second.digest(), read(&second).len()), (first.digest(), 0));

    tree.put(OLA, "name: Ola N.\n");
    fs::remove_file(tree.at(KARI)).unwrap();
    let third = take(&mut directory).unwrap();
    assert_eq!(directory.opened(), 1);
    assert_eq!(read(&third), [OLA]);
    assert_eq!(third.differs_from(&first), BTreeSet::from([path(KARI), path(OLA)]));
    assert!(third.shows_absent(&path(KARI)) && !third.shows_absent(&path(OLA)));
    assert!(take(&mut directory).unwrap().differs_from(&third).is_empty());
}

/// Stamps and inodes tell the next scan what to read. They are no part of what is decided by.
#[test]
fn a_file_written_again_with_the_same_bytes_gives_the_very_same_snapshot() {
    let tree = Tree::new();
    let mut directory = tree.open();
    take(&mut directory).unwrap();
    let before = take(&mut directory).unwrap();
    fs::copy(tree.at(OLA), tree.at("copy")).unwrap();
    fs::rename(tree.at("copy"), tree.at(OLA)).unwrap();
    let after = take(&mut directory).unwrap();
    assert_eq!(directory.opened(), 1);
    assert_eq!(format!("{after:?}"), format!("{before:?}"));
}

#[test]
fn young_files_are_read_again_until_they_have_aged() {
    let tree = Tree::new();
    let mut directory = tree.open();
    let young = || Stage { ahead: Duration::ZERO, turn: 0, meanwhile: Box::leak(Box::new(|_| {})) };
    directory.take(Depth::Changed, SETTLE, &mut young()).unwrap();
    assert_eq!(directory.opened(), 6, "three files, in both scans");
    take(&mut directory).unwrap();
    assert_eq!(directory.opened(), 3, "read while young, so once more");
    take(&mut directory).unwrap();
    assert_eq!(directory.opened(), 0);
}

#[test]
fn a_file_replaced_with_same_size_and_time_is_found() {
    let tree = Tree::new();
    let mut directory = tree.open();
    take(&mut directory).unwrap();
    let was = fs::metadata(tree.at(OLA)).unwrap().modified().unwrap();
    tree.put("new", "name: Ola Nordmanx\n");
    fs::File::open(tree.at("new")).unwrap().set_modified(was).unwrap();
    fs::rename(tree.at("new"), tree.at(OLA)).unwrap();
    assert_eq!(fs::metadata(tree.at(OLA)).unwrap().modified().unwrap(), was);
    assert_eq!(read(&take(&mut directory).unwrap()), [OLA]);

    // The file is written in place, so the inode is the same too.
    tree.put(OLA, "name: Ola Nordmany\n");
    fs::File::options().write(true).open(tree.at(OLA)).unwrap().set_modified(was).unwrap();
    assert_eq!(read(&take(&mut directory).unwrap()), [OLA]);
}

#[test]
fn depth_all_reads_everything_and_tells_only_news() {
    let tree = Tree::new();
    let mut directory = tree.open();
    take(&mut directory).unwrap();
    let again = take_while(&mut directory, Depth::All, &mut |_| {}).unwrap();
    assert_eq!((directory.opened(), read(&again).len()), (3, 0));
}

/// A list gives nobody access, so whoever writes into one without a pause stops what hangs on that list.
#[test]
fn a_list_that_never_comes_to_rest_is_held_and_nothing_else() {
    const REJECTED: &str = "requests/helse-nord.yaml";
    const OTHER: &str = "requests/helse-vest.yaml";
    const REVIEW: &str = "reviews/helse-nord/2026-Q4.yaml";
    let restless = |list: &str| (list.to_owned(), Oddity::Restless { scans: 4 });
    let tree = Tree::new();
    let seal = format!("{REJECTED}.sig");
    tree.put(REJECTED, "REQ-1\n");
    tree.put(&seal, "seal\n");
    tree.put(OTHER, "REQ-2\n");
    tree.put(REVIEW, "trust: helse-nord\n");
    let mut directory = tree.open();
    let before = take(&mut directory).unwrap();
    tree.put(OTHER, "REQ-3\n");
    tree.put(PER, "name: Per Eksempel\n# a remark\n");
    fs::remove_file(tree.at(KARI)).unwrap();
    let mut write = |turn: usize| {
        tree.put(REJECTED, format!("REQ-{}\n", turn + 10));
        tree.put(REVIEW, "# a remark\n".repeat(turn));
    };
    let snapshot = take_while(&mut directory, Depth::Changed, &mut write).unwrap();
    // All else acts.
    assert!(oddities(&snapshot).is_empty());
    assert_eq!(read(&snapshot), [PER]);
    assert!(snapshot.shows_absent(&path(KARI)));
    assert_eq!(snapshot.requests().files[&path(OTHER)][..], b"REQ-3\n"[..]);
    // The lists stand as they were, and what was seen in them is known.
    assert_eq!(odd_among(snapshot.requests()), [restless(REJECTED)]);
    for name in [REJECTED, &seal] {
        let name = path(name);
        assert_eq!(snapshot.requests().files[&name], before.requests().files[&name], "{name}");
    }
    let seen = &snapshot.requests().restless[&path(REJECTED)];
    assert_eq!(String::from_utf8_lossy(seen), "\nREQ-1\nREQ-11\nREQ-12\nREQ-13");
    assert_eq!(odd_among(snapshot.reviews()), [restless(REVIEW)]);
    assert_eq!(snapshot.reviews().files, before.reviews().files);

    let rested = take(&mut directory).unwrap();
    assert!(odd_among(rested.requests()).is_empty() && rested.requests().restless.is_empty());
    assert_eq!(rested.requests().files[&path(REJECTED)][..], b"REQ-13\n"[..]);

    // Signatures belong to their list. A list that was never read at rest counts for nothing, but its numbers are known.
    let mut sign = |turn: usize| tree.put(&seal, format!("seal {turn}\n"));
    let snapshot = take_while(&mut tree.open(), Depth::Changed, &mut sign).unwrap();
    assert_eq!(odd_among(snapshot.requests()), [restless(REJECTED)]);
    assert_eq!(snapshot.requests().files.keys().collect::<Vec<_>>(), [&path(OTHER)]);
    assert_eq!(snapshot.requests().restless[&path(REJECTED)][..], b"\nREQ-13"[..]);

    // A folder that is a link in every second scan.
    let folder = tree.at("reviews/helse-nord");
    let mut blink = |turn: usize| {
        if turn % 2 == 1 {
            fs::rename(&folder, tree.at("away")).unwrap();
            symlink("../away", &folder).unwrap();
        } else {
            fs::remove_file(&folder).unwrap();
            fs::rename(tree.at("away"), &folder).unwrap();
        }
    };
    let snapshot = take_while(&mut directory, Depth::Changed, &mut blink).unwrap();
    let link = ("reviews/helse-nord".to_owned(), Oddity::Link);
    assert_eq!(odd_among(snapshot.reviews()), [link, restless(REVIEW)]);
    assert_eq!(snapshot.reviews().files, rested.reviews().files);
}

/// A file is judged with its signatures, so a change of one of the two brings both, and nobody else's.
#[test]
fn a_file_and_its_signatures_are_read_together() {
    let tree = Tree::new();
    let signatures = format!("{OLA}.sig");
    tree.put(&signatures, "signed\n");
    tree.put(&format!("{KARI}.sig"), "signed\n");
    let mut directory = tree.open();
    take(&mut directory).unwrap();
    tree.put(OLA, "name: Ola Nordmann\n# a remark\n");
    let snapshot = take(&mut directory).unwrap();
    assert_eq!(read(&snapshot), [OLA, &signatures]);
    assert_eq!(snapshot.read()[&path(&signatures)][..], b"signed\n"[..]);
    tree.put(&signatures, "signed by two\n");
    let snapshot = take(&mut directory).unwrap();
    assert_eq!(read(&snapshot), [OLA, &signatures]);
    assert_eq!(snapshot.read()[&path(&signatures)][..], b"signed by two\n"[..]);
    assert!(read(&take(&mut directory).unwrap()).is_empty());
    // The signatures are those of the tree that was taken, also where they change while it is read.
    tree.put(OLA, "name: Ola Nordmann\n");
    let mut sign = |turn: usize| {
        if turn == 1 {
            tree.put(&signatures, "signed by three people\n");
        }
    };
    let snapshot = take_while(&mut directory, Depth::Changed, &mut sign).unwrap();
    assert_eq!(read(&snapshot), [OLA, &signatures]);
    assert_eq!(snapshot.read()[&path(&signatures)][..], b"signed by three people\n"[..]);
}
