//! Litter is passed over. An odd path holds its folder and hides no other.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use portvakt_core::model::FilePath;
use portvakt_core::tree::{Oddity, REGISTER, Snapshot};
use portvakt_sources::{Directory, SourceError, TreeLimits, from_git};
use portvakt_test_bench::git;

use super::{ALL, OLA, PER, Tree, commit, fifo, oddities, path, read, take};

/// Files that systems, editors and merges leave behind by themselves.
const LITTER: [&str; 11] = [
    "Thumbs.db",
    "DESKTOP.INI",
    ".DS_Store",
    "ola.nordmann.yaml.swp",
    "ola.nordmann.yaml.swo",
    "#ola.nordmann.yaml#",
    ".#ola.nordmann.yaml",
    "4913",
    "ola.nordmann.yaml.orig",
    "ola.nordmann.yaml.rej",
    "~$ola.nordmann.yaml.docx",
];

#[test]
fn litter_is_passed_over_in_a_directory_a_commit_and_memory_and_is_part_of_no_digest() {
    let tree = Tree::new();
    let clean = take(&mut tree.open()).unwrap();
    let mut files: BTreeMap<FilePath, Vec<u8>> =
        clean.read().iter().map(|(path, bytes)| (path.clone(), bytes.to_vec())).collect();
    for (path, bytes) in clean.settings().files() {
        files.insert(path, bytes.to_vec());
    }
    files.extend(clean.policies().iter().map(|(path, bytes)| (path.clone(), bytes.to_vec())));
    for folder in ["desired-state", "desired-state/helse-nord", "policies"] {
        for litter in LITTER {
            let path = format!("{folder}/{litter}");
            tree.put(&path, "person: ola.nordmann\n");
            files.insert(FilePath::new(&path), b"person: ola.nordmann\n".to_vec());
        }
    }
    git(tree.root(), &["init", "-q", "-b", "main"]);
    git(tree.root(), &["add", "-A", "-f"]);
    commit(tree.root());
    let in_folder = take(&mut tree.open()).unwrap();
    let in_git = from_git(tree.root(), "HEAD").unwrap().snapshot;
    for snapshot in [in_folder, in_git, Snapshot::of(files)] {
        assert_eq!(oddities(&snapshot), []);
        assert_eq!(snapshot.digest(), clean.digest());
    }
    // Only a plain file is litter. A folder or a link is never ignored because of its name.
    tree.put("desired-state/helse-nord/old.orig/ola.nordmann.yaml", "person: ola.nordmann\n");
    symlink("ola.nordmann.yaml", tree.at("desired-state/helse-nord/x.rej")).unwrap();
    tree.put("desired-state/helse.orig/ola.nordmann.yaml", "person: ola.nordmann\n");
    commit(tree.root());
    for snapshot in [take(&mut tree.open()).unwrap(), from_git(tree.root(), "HEAD").unwrap().snapshot] {
        let odd: Vec<Oddity> = oddities(&snapshot).into_iter().map(|(_, _, what)| what).collect();
        assert_eq!(odd, [Oddity::Nested, Oddity::Within, Oddity::Link]);
        assert!(snapshot.file(&path("desired-state/helse.orig/ola.nordmann.yaml")).is_some());
    }
}

#[test]
fn odd_paths_hold_their_folder_and_hide_no_other() {
    let tree = Tree::new();
    let mut directory = tree.open();
    take(&mut directory).unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("eve.yaml"), "name: Eve Eksempel\n").unwrap();

    fifo(&tree.at("desired-state/helse-nord/fifo.yaml"));
    symlink(outside.path().join("eve.yaml"), tree.at("desired-state/helse-nord/eve.yaml")).unwrap();
    symlink("ola.nordmann.yaml", tree.at("desired-state/helse-nord/inside.yaml")).unwrap();
    fs::create_dir(tree.at("desired-state/helse-nord/deep.yaml")).unwrap();
    tree.put("desired-state/helse-nord/large.yaml", vec![b'#'; 64 * 1024 + 1]);
    tree.put("desired-state/helse-nord/fits.yaml", vec![b'#'; 64 * 1024]);
    tree.put("desired-state/helse-nord/notes.txt", "");
    tree.put("desired-state/helse-nord/ola.nordmann.yaml.bak", "");
    for litter in LITTER {
        tree.put(&format!("desired-state/helse-nord/{litter}"), "person: ola.nordmann\n");
    }
    tree.put("desired-state/helse-nord/.ola.nordmann.yaml.swp", "");
    tree.put("desired-state/helse-nord/ola.nordmann.yaml~", "");
    fs::write(tree.at("desired-state/helse-nord").join(OsStr::from_bytes(b"\xff.yaml")), "").unwrap();
    fs::write(tree.at("desired-state/helse-nord/a\nb.yaml"), "").unwrap();
    fs::write(tree.at("desired-state/helse-nord/bjørn\u{202e}\u{3164}.yaml"), "").unwrap();
    symlink(outside.path(), tree.at("desired-state/helse-out")).unwrap();
    tree.put("desired-state/README.md", "");
    tree.put("desired-state/.git/HEAD", "");

    let snapshot = take(&mut directory).unwrap();
    let nord =
        |name: &str, what| (format!("desired-state/helse-nord/{name}"), Some("helse-nord".to_owned()), what);
    assert_eq!(
        oddities(&snapshot),
        [
            ("desired-state/README.md".to_owned(), Some("README.md".to_owned()), Oddity::Misplaced),
            nord("\\xff.yaml", Oddity::Name),
            nord("a\\nb.yaml", Oddity::Name),
            nord("bjørn\\u{202e}\\u{3164}.yaml", Oddity::Name),
            nord("deep.yaml", Oddity::Nested),
            nord("eve.yaml", Oddity::Link),
            nord("fifo.yaml", Oddity::Special),
            nord("inside.yaml", Oddity::Link),
            nord("large.yaml", Oddity::TooLarge { most: 64 * 1024 }),
            nord("notes.txt", Oddity::NotYaml),
            nord("ola.nordmann.yaml.bak", Oddity::NotYaml),
            ("desired-state/helse-out".to_owned(), Some("helse-out".to_owned()), Oddity::Link),
        ]
    );
    assert_eq!(read(&snapshot), ["desired-state/helse-nord/fits.yaml"]);
    // A plain file has no folder to hold, unless a trust's folder should stand there.
    assert!(snapshot.odd().iter().filter(|odd| odd.is_whole_folder()).count() == 2);
    assert!(snapshot.odd().iter().all(|odd| !odd.what.way_out().is_empty()));
}

#[test]
fn revoked_in_a_persons_file_that_is_too_large_is_told_first_and_takes_nothing() {
    let settings = fs::read(Path::new(crate::ROOT).join(REGISTER)).unwrap();
    let register = portvakt_core::parse::register(&path(REGISTER), &settings).unwrap();
    for (mark, says) in [("    revoked: {on: 2026-11-23}\n", true), ("", false)] {
        let tree = Tree::new();
        tree.put(OLA, format!("access:\n{mark}{}", "#\n".repeat(40 * 1024)));
        for snapshot in [take(&mut tree.open()).unwrap(), tree.committed()] {
            let [odd] = snapshot.odd() else { panic!("{:?}", snapshot.odd()) };
            assert_eq!((odd.path.as_str(), &odd.what), (OLA, &Oddity::TooLarge { most: 64 * 1024 }));
            let findings = portvakt_core::decide::head(&[], &snapshot, &register).findings;
            let [found] = findings.as_slice() else { panic!("{findings:?}") };
            let told = found.message.en();
            assert_eq!(told.starts_with("The access of `ola.nordmann` STANDS"), says, "{told}");
            assert!(told.contains("more than 65536 bytes"), "{told}");
        }
    }
}

#[test]
fn a_name_that_another_system_reads_otherwise_is_told_alike_and_stops_nothing() {
    let tree = Tree::new();
    let clean = take(&mut tree.open()).unwrap();
    let mut files: BTreeMap<FilePath, Vec<u8>> =
        clean.read().iter().map(|(path, bytes)| (path.clone(), bytes.to_vec())).collect();
    files.extend(clean.settings().files().map(|(path, bytes)| (path, bytes.to_vec())));
    files.extend(clean.policies().iter().map(|(path, bytes)| (path.clone(), bytes.to_vec())));
    for path in [
        ".GITATTRIBUTES",
        "Policies/base.cedar",
        "Policies/more.cedar",
        "Desired-State/helse-nord/eve.eksempel.yaml",
        "REVIEWS/helse-nord/2026-Q4.yaml",
        "policies/.GitAttributes",
        "policies/tests/.GITATTRIBUTES",
        "desired-state/.GITATTRIBUTES",
        "desired-state/helse-nord/.GITATTRIBUTES",
    ] {
        tree.put(path, "* -diff\n");
        files.insert(FilePath::new(path), b"* -diff\n".to_vec());
    }
    git(tree.root(), &["init", "-q", "-b", "main"]);
    git(tree.root(), &["add", "-A", "-f"]);
    commit(tree.root());
    let in_folder = take(&mut tree.open()).unwrap();
    let in_git = from_git(tree.root(), "HEAD").unwrap().snapshot;
    let digest = in_folder.digest();
    assert_ne!(digest, clean.digest());
    let of = |path: &str, folder: Option<&str>, what| (path.to_owned(), folder.map(str::to_owned), what);
    for snapshot in [in_folder, in_git, Snapshot::of(files)] {
        assert_eq!(
            oddities(&snapshot),
            [
                of(".GITATTRIBUTES", None, Oddity::Case(".gitattributes")),
                of("Desired-State", None, Oddity::Case("desired-state")),
                of("Policies", None, Oddity::Case("policies")),
                of("REVIEWS", None, Oddity::Case("reviews")),
                of("desired-state/.GITATTRIBUTES", Some(".GITATTRIBUTES"), Oddity::Misplaced),
                of(
                    "desired-state/helse-nord/.GITATTRIBUTES",
                    Some("helse-nord"),
                    Oddity::Case(".gitattributes")
                ),
                of("policies/.GitAttributes", None, Oddity::Case(".gitattributes")),
                of("policies/tests/.GITATTRIBUTES", None, Oddity::Case(".gitattributes")),
            ]
        );
        assert_eq!((snapshot.digest(), snapshot.count()), (digest, clean.count()));
        assert_eq!((snapshot.policies(), snapshot.settings()), (clean.policies(), clean.settings()));
    }
}

#[test]
fn what_is_behind_something_odd_is_not_gone() {
    let tree = Tree::new();
    let mut directory = tree.open();
    take(&mut directory).unwrap();
    // A folder behind a link, and a directory where a file should be.
    fs::rename(tree.at("desired-state/helse-vest"), tree.at("elsewhere")).unwrap();
    symlink("../elsewhere", tree.at("desired-state/helse-vest")).unwrap();
    fs::remove_file(tree.at(OLA)).unwrap();
    fs::create_dir(tree.at(OLA)).unwrap();
    let odd = take(&mut directory).unwrap();
    assert_eq!(odd.odd().len(), 2);
    assert!(!odd.shows_absent(&path(OLA)) && !odd.shows_absent(&path(PER)));
    assert!(odd.shows_absent(&path("desired-state/helse-vest-2/per.eksempel.yaml")));

    // The odd things are taken away: now one is gone, the other is back.
    fs::remove_dir(tree.at(OLA)).unwrap();
    fs::remove_file(tree.at("desired-state/helse-vest")).unwrap();
    fs::rename(tree.at("elsewhere"), tree.at("desired-state/helse-vest")).unwrap();
    let mended = take(&mut directory).unwrap();
    assert!(mended.shows_absent(&path(OLA)) && !mended.shows_absent(&path(PER)));
    assert_eq!(read(&mended), [PER]);
}

#[test]
fn what_is_in_a_directory_inside_a_trusts_folder_is_read_to_learn_whom_it_names() {
    let tree = Tree::new();
    let inside = [
        "desired-state/helse-nord/gamle/dypt/notat.txt",
        "desired-state/helse-nord/gamle/ola.nordmann.yaml",
        "desired-state/helse-nord/gamle/ola.nordmann.yaml.sig",
        "desired-state/helse-nord/gamle/Thumbs.db",
    ];
    for path in inside {
        tree.put(path, "person: per.eksempel\n");
    }
    let on_disk = take(&mut tree.open()).unwrap();
    let odd: Vec<(&str, &Oddity)> = on_disk.odd().iter().map(|odd| (odd.path.as_str(), &odd.what)).collect();
    let directory = "desired-state/helse-nord/gamle";
    assert_eq!(
        odd,
        [(directory, &Oddity::Nested), (inside[0], &Oddity::Within), (inside[1], &Oddity::Within)]
    );
    assert!(on_disk.odd()[1..].iter().all(|odd| odd.person.is_some() && odd.bytes.is_some()));
    assert!(on_disk.odd().iter().all(|odd| !odd.hides_files));
    let files = tree.files(&[&ALL[..], &inside[..]].concat());
    assert_eq!(Snapshot::of(files).digest(), on_disk.digest());
    let committed = tree.committed();
    assert_eq!((committed.odd(), committed.digest()), (on_disk.odd(), on_disk.digest()));

    // Beyond the limits it counts as a folder that cannot be read.
    let hidden = |snapshot: &Snapshot| {
        snapshot
            .odd()
            .iter()
            .any(|odd| odd.what == Oddity::Nested && odd.path == directory && odd.hides_files)
    };
    let few_names = TreeLimits { nested_names: 3, ..TreeLimits::default() };
    let few_bytes = TreeLimits { nested_bytes: 30, ..TreeLimits::default() };
    let flat = TreeLimits { nested_depth: 1, ..TreeLimits::default() };
    for limits in [few_names, few_bytes, flat] {
        let snapshot = take(&mut Directory::with_limits(tree.root(), limits)).unwrap();
        assert!(hidden(&snapshot), "{:?}", snapshot.odd());
    }
    tree.put("desired-state/helse-nord/gamle/b/c/d/e/f/g/h/i/x.yaml", "");
    let on_disk = take(&mut tree.open()).unwrap();
    commit(tree.root());
    let committed = from_git(tree.root(), "HEAD").unwrap().snapshot;
    assert!(hidden(&on_disk) && on_disk.odd() == committed.odd());
}

#[test]
fn an_absurd_number_of_files_holds_one_folder_and_of_folders_stops() {
    let tree = Tree::new();
    let limits = TreeLimits { folder_files: 5, folders: 4, ..TreeLimits::default() };
    for n in 0..5 {
        tree.put(&format!("desired-state/helse-nord/p{n}.yaml"), "");
    }
    let mut directory = Directory::with_limits(tree.root(), limits);
    let snapshot = take(&mut directory).unwrap();
    assert_eq!(
        oddities(&snapshot),
        [("desired-state/helse-nord".to_owned(), Some("helse-nord".to_owned()), Oddity::Crowded { most: 5 })]
    );
    assert_eq!(read(&snapshot), [PER]);
    assert!(!snapshot.shows_absent(&path(OLA)));
    for n in 0..3 {
        fs::create_dir(tree.at(&format!("desired-state/f{n}"))).unwrap();
    }
    assert!(matches!(take(&mut directory).unwrap_err(), SourceError::Crowded { .. }));
}

#[test]
fn a_folder_without_files_is_no_difference() {
    let tree = Tree::new();
    let before = take(&mut tree.open()).unwrap();
    fs::create_dir(tree.at("desired-state/helse-midt")).unwrap();
    assert_eq!(take(&mut tree.open()).unwrap().digest(), before.digest());
}
