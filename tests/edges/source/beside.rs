//! The folders beside the desired state: access reviews and rejected applications. They hold nobody's access.

use std::fs;
use std::os::unix::fs::symlink;

use portvakt_core::model::PersonId;
use portvakt_core::tree::{Oddity, REGISTER, Snapshot};

use super::{ALL, Tree, fifo, odd_among, path, take};

#[test]
fn reviews_are_read_alike_everywhere_and_leave_a_tree_without_them_as_it_is() {
    let tree = Tree::new();
    let before = take(&mut tree.open()).unwrap();
    assert!(before.reviews().is_empty());
    // A folder that is empty, or that only has files left by programs, does not count as a folder.
    fs::create_dir_all(tree.at("reviews/helse-nord")).unwrap();
    tree.put("reviews/helse-nord/.hidden", "x");
    tree.put("reviews/Thumbs.db", "x");
    assert_eq!(take(&mut tree.open()).unwrap().digest(), before.digest());

    let list = "reviews/helse-nord/2026-Q4.yaml";
    tree.put(list, "trust: helse-nord\n");
    tree.put("reviews/helse-nord/2026-Q4.yaml.sig", "seal\n");
    let from_directory = take(&mut tree.open()).unwrap();
    assert_ne!(from_directory.digest(), before.digest());
    assert_eq!(from_directory.policies_digest(), before.policies_digest());
    // The folder holds nobody's access, and it does not hold the folder of any trust.
    assert_eq!(from_directory.count(), before.count());
    assert_eq!(from_directory.odd(), before.odd());
    assert!(from_directory.differs_from(&before).is_empty());
    let lists: Vec<&str> = from_directory.reviews().lists().map(|(path, _)| path.as_str()).collect();
    assert_eq!(lists, [list]);
    assert_eq!(from_directory.reviews().signatures(&path(list)), b"seal\n");

    let mut files = tree.files(&[&ALL[..], &[list, "reviews/helse-nord/2026-Q4.yaml.sig"]].concat());
    assert_eq!(Snapshot::of(files.clone()).digest(), from_directory.digest());
    let from_commit = tree.committed();
    assert_eq!(from_commit.digest(), from_directory.digest());
    assert_eq!(from_commit.reviews(), from_directory.reviews());
    // A checkout that writes CRLF has the same list.
    tree.put(list, "trust: helse-nord\r\n");
    assert_eq!(take(&mut tree.open()).unwrap().reviews(), from_directory.reviews());
    files.get_mut(&path(list)).unwrap().push(b'#');
    assert_ne!(Snapshot::of(files).digest(), from_directory.digest());
}

/// Takes a tree in which a folder of lists is a link. Nothing is followed, and everybody's access is read as before.
fn with_a_link_at(folder: &str) -> Snapshot {
    let linked = Tree::new();
    fs::create_dir(linked.at("elsewhere")).unwrap();
    symlink("elsewhere", linked.at(folder)).unwrap();
    take(&mut linked.open()).unwrap()
}

#[test]
fn what_is_odd_among_the_reviews_is_noted_and_holds_no_folder() {
    let tree = Tree::new();
    let plain = take(&mut tree.open()).unwrap();
    tree.put("reviews/helse-nord/2026-Q4.yaml.bak", "x");
    tree.put("reviews/helse-nord/deep/2026-Q4.yaml", "x");
    tree.put("reviews/2026-Q4.yaml", "x");
    symlink("2026-Q4.yaml", tree.at("reviews/helse-nord/2026-Q3.yaml")).unwrap();
    symlink("helse-nord", tree.at("reviews/helse-vest")).unwrap();
    let snapshot = take(&mut tree.open()).unwrap();
    let expected = [
        ("reviews/2026-Q4.yaml", Oddity::Misplaced),
        ("reviews/helse-nord/2026-Q3.yaml", Oddity::Link),
        ("reviews/helse-nord/2026-Q4.yaml.bak", Oddity::NotYaml),
        ("reviews/helse-nord/deep", Oddity::NotYaml),
        ("reviews/helse-vest", Oddity::Link),
    ];
    assert_eq!(odd_among(snapshot.reviews()), expected.map(|(path, what)| (path.to_owned(), what)));
    assert!(snapshot.reviews().files.is_empty());
    assert_eq!(snapshot.odd(), plain.odd());
    let hiding: Vec<String> = snapshot.strays().into_iter().map(|odd| odd.path).collect();
    assert_eq!(hiding, ["reviews/helse-nord/deep", "reviews/helse-vest"]);
    assert!(snapshot.reviews().odd.iter().all(|odd| odd.folder.is_none() && odd.person.is_none()));
    assert_ne!(snapshot.digest(), plain.digest());
    let from_commit = tree.committed();
    assert_eq!(from_commit.reviews(), snapshot.reviews());

    let linked = with_a_link_at("reviews");
    assert_eq!(odd_among(linked.reviews()), [("reviews".to_owned(), Oddity::Link)]);
    assert_eq!(linked.count(), 3);
}

#[test]
fn peoples_files_beside_the_state_are_known_by_name_or_content_and_lists_are_none() {
    let tree = Tree::new();
    tree.put("reviews/helse-nord/2026-Q4.yaml", "trust: helse-nord\n");
    tree.put("requests/helse-nord.yaml", "rejected:\n");
    tree.put("policies/tests/approving.yaml", "- name: one\n");
    assert!(take(&mut tree.open()).unwrap().strays().is_empty());
    let astray = [
        "policies/tests/per.eksempel.yaml",
        "requests/kari.yaml",
        "reviews/helse-nord/notat.txt",
        "reviews/helse-nord/ola.nordmann.yaml",
    ];
    for path in [astray[0], astray[3]] {
        tree.put(path, "x: [\n");
    }
    for path in [astray[1], astray[2]] {
        tree.put(path, "person: kari.nordmann\n");
    }
    let of = |snapshot: &Snapshot| {
        let mut paths: Vec<String> = snapshot.strays().into_iter().map(|odd| odd.path).collect();
        paths.sort();
        paths
    };
    assert_eq!(of(&take(&mut tree.open()).unwrap()), astray);
    assert_eq!(of(&tree.committed()), astray);
}

/// The paths of what may be a person's file in a wrong place, or may hide one.
fn places_to_look_in(snapshot: &Snapshot) -> Vec<String> {
    let hiding = snapshot.odd().iter().filter(|odd| odd.may_hide_files()).cloned();
    snapshot.strays().into_iter().chain(hiding).map(|odd| odd.path).collect()
}

/// The settings files beside the register.
const SETTINGS: [&str; 6] = [
    "desired-state/allowed_signers",
    "desired-state/revoked_keys",
    "desired-state/settings.sig",
    "desired-state/.gitattributes",
    "desired-state/helse-nord/.gitattributes",
    ".gitattributes",
];

#[test]
fn a_persons_file_in_the_place_of_lists_or_settings_is_known_by_its_person() {
    let lists = ["reviews", "requests", "requests/helse-nord.yaml.sig"];
    for place in lists.into_iter().chain([REGISTER]).chain(SETTINGS) {
        let tree = Tree::new();
        tree.put(place, "person: kari.nordmann\n");
        let in_memory = Snapshot::of(tree.files(&[&ALL[..], &[place]].concat()));
        let in_folder = take(&mut tree.open()).unwrap();
        assert_eq!(in_memory.digest(), in_folder.digest(), "{place}");
        for snapshot in [in_folder, tree.committed(), in_memory] {
            let strays = snapshot.strays();
            let [stray] = &strays[..] else { panic!("{place}: {strays:?}") };
            assert_eq!(stray.path, place);
            assert_eq!(stray.person.as_ref().map(PersonId::as_str), Some("kari.nordmann"), "{place}");
            assert!(stray.bytes.is_some(), "a revocation in it acts: {place}");
        }
    }
}

#[test]
fn what_cannot_be_read_in_the_place_of_lists_may_hide_peoples_files() {
    for place in ["reviews", "requests"] {
        for bytes in [b"\x1f\x8b\x08\x00\xff".to_vec(), vec![b'#'; 64 * 1024 + 1]] {
            let tree = Tree::new();
            tree.put(place, bytes);
            for snapshot in [take(&mut tree.open()).unwrap(), tree.committed()] {
                assert_eq!(places_to_look_in(&snapshot), [place]);
            }
        }
        let tree = Tree::new();
        fifo(&tree.at(place));
        assert_eq!(places_to_look_in(&take(&mut tree.open()).unwrap()), [place]);
        // Text that names nobody is no file of anybody.
        let tree = Tree::new();
        tree.put(place, "Les dette først.\n");
        for snapshot in [take(&mut tree.open()).unwrap(), tree.committed()] {
            assert!(places_to_look_in(&snapshot).is_empty(), "{place}");
        }
    }
}

#[test]
fn a_folder_with_the_name_of_a_settings_file_may_hide_peoples_files() {
    for place in SETTINGS {
        let tree = Tree::new();
        tree.put(&format!("{place}/kari.nordmann.yaml"), "person: kari.nordmann\n");
        for snapshot in [take(&mut tree.open()).unwrap(), tree.committed()] {
            assert_eq!(places_to_look_in(&snapshot), [place]);
        }
    }
    let replaced = "desired-state/allowed_signers/kari.nordmann.yaml";
    let tree = Tree::new();
    tree.put(replaced, "person: kari.nordmann\n");
    let in_memory = Snapshot::of(tree.files(&[&ALL[..], &[replaced]].concat()));
    assert_eq!(in_memory.digest(), take(&mut tree.open()).unwrap().digest());
    assert_eq!(places_to_look_in(&in_memory), ["desired-state/allowed_signers"]);
}

#[test]
fn rejected_applications_are_read_alike_everywhere_and_leave_a_tree_without_them_as_it_is() {
    let tree = Tree::new();
    let before = take(&mut tree.open()).unwrap();
    assert!(before.requests().is_empty());
    // A folder that is empty, or that only has files left by programs, does not count as a folder.
    fs::create_dir_all(tree.at("requests")).unwrap();
    tree.put("requests/.hidden", "x");
    tree.put("requests/Thumbs.db", "x");
    assert_eq!(take(&mut tree.open()).unwrap().digest(), before.digest());

    let (list, seal) = ("requests/helse-nord.yaml", "requests/helse-nord.yaml.sig");
    tree.put(list, "rejected:\r\n");
    tree.put(seal, "seal\n");
    let from_directory = take(&mut tree.open()).unwrap();
    assert_ne!(from_directory.digest(), before.digest());
    assert_eq!(from_directory.policies_digest(), before.policies_digest());
    // The folder holds nobody's access, and it does not hold the folder of any trust.
    assert_eq!(from_directory.count(), before.count());
    assert_eq!(from_directory.odd(), before.odd());
    assert!(from_directory.differs_from(&before).is_empty());
    assert_eq!(from_directory.requests().signatures(&path(list)), b"seal\n");

    let mut files = tree.files(&[&ALL[..], &[list, seal]].concat());
    assert_eq!(Snapshot::of(files.clone()).digest(), from_directory.digest());
    let from_commit = tree.committed();
    assert_eq!(from_commit.digest(), from_directory.digest());
    assert_eq!(from_commit.requests(), from_directory.requests());
    files.get_mut(&path(list)).unwrap().push(b'#');
    assert_ne!(Snapshot::of(files).digest(), from_directory.digest());
}

#[test]
fn what_is_odd_among_the_rejected_applications_is_noted_and_holds_no_folder() {
    let tree = Tree::new();
    let plain = take(&mut tree.open()).unwrap();
    tree.put("requests/helse-nord.yaml.bak", "x");
    tree.put("requests/deep/helse-nord.yaml", "x");
    symlink("helse-nord.yaml.bak", tree.at("requests/helse-vest.yaml")).unwrap();
    let snapshot = take(&mut tree.open()).unwrap();
    let expected = [
        ("requests/deep", Oddity::Nested),
        ("requests/helse-nord.yaml.bak", Oddity::NotYaml),
        ("requests/helse-vest.yaml", Oddity::Link),
    ];
    assert_eq!(odd_among(snapshot.requests()), expected.map(|(path, what)| (path.to_owned(), what)));
    assert!(snapshot.requests().files.is_empty());
    assert_eq!(snapshot.odd(), plain.odd());
    assert_ne!(snapshot.digest(), plain.digest());
    let from_commit = tree.committed();
    assert_eq!(from_commit.requests(), snapshot.requests());

    let linked = with_a_link_at("requests");
    assert_eq!(odd_among(linked.requests()), [("requests".to_owned(), Oddity::Link)]);
    assert_eq!(linked.count(), 3);
}
