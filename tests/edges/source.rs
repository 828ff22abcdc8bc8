//! The tree as a source, on real file systems and in real git repositories.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use portvakt_core::model::FilePath;
use portvakt_core::tree::{Oddity, Snapshot};
use portvakt_sources::{
    Depth, Directory, Limits, Pace, Repository, Settle, SourceError, from_git, from_git_at,
};
use portvakt_test_bench::git;

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
}

const OLA: &str = "desired-state/helse-nord/ola.nordmann.yaml";
const KARI: &str = "desired-state/helse-nord/kari.nordmann.yaml";
const PER: &str = "desired-state/helse-vest/per.eksempel.yaml";

fn path(text: &str) -> FilePath {
    FilePath::new(text)
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

#[test]
fn a_directory_memory_and_a_commit_agree_on_the_digest() {
    let tree = Tree::new();
    let from_directory = take(&mut tree.open()).unwrap();
    let mut files = BTreeMap::new();
    for name in [OLA, KARI, PER, "desired-state/register.yaml", "policies/base.cedar"] {
        files.insert(path(name), fs::read(tree.at(name)).unwrap());
    }
    let from_memory = Snapshot::of(files.clone());
    assert_eq!(from_memory.digest(), from_directory.digest());
    assert_eq!(from_memory.policies_digest(), from_directory.policies_digest());
    assert_eq!(from_directory.count(), 3);
    assert_eq!(&**from_directory.register(), b"id: test\n");
    assert_eq!(from_directory.read()[&path(OLA)][..], b"name: Ola Nordmann\n"[..]);

    git(tree.root(), &["init", "-q"]);
    commit(tree.root());
    let from_commit = from_git(tree.root(), "HEAD").unwrap();
    assert_eq!(from_commit.snapshot.digest(), from_directory.digest());
    assert_eq!(from_commit.snapshot.read(), from_directory.read());

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
    git(tree.root(), &["init", "-q"]);
    commit(tree.root());
    let committed = from_git(tree.root(), "HEAD").unwrap().snapshot;
    for name in [OLA, KARI, PER, "desired-state/register.yaml", "policies/base.cedar"] {
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
    git(tree.root(), &["init", "-q"]);
    commit(tree.root());
    let committed = from_git(tree.root(), "HEAD").unwrap().snapshot;
    assert_eq!((committed.digest(), committed.settings()), (there.digest(), there.settings()));
    let mut files = BTreeMap::new();
    for name in [OLA, KARI, PER, "desired-state/register.yaml", "policies/base.cedar"] {
        files.insert(path(name), fs::read(tree.at(name)).unwrap());
    }
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

    let mut files = BTreeMap::new();
    let names = [OLA, KARI, PER, "desired-state/register.yaml", "policies/base.cedar", list];
    for name in names.into_iter().chain(["reviews/helse-nord/2026-Q4.yaml.sig"]) {
        files.insert(path(name), fs::read(tree.at(name)).unwrap());
    }
    assert_eq!(Snapshot::of(files.clone()).digest(), from_directory.digest());
    git(tree.root(), &["init", "-q"]);
    commit(tree.root());
    let from_commit = from_git(tree.root(), "HEAD").unwrap().snapshot;
    assert_eq!(from_commit.digest(), from_directory.digest());
    assert_eq!(from_commit.reviews(), from_directory.reviews());
    // A checkout that writes CRLF has the same list.
    tree.put(list, "trust: helse-nord\r\n");
    assert_eq!(take(&mut tree.open()).unwrap().reviews(), from_directory.reviews());
    files.get_mut(&path(list)).unwrap().push(b'#');
    assert_ne!(Snapshot::of(files).digest(), from_directory.digest());
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
    let odd = |snapshot: &Snapshot| -> Vec<(String, Oddity)> {
        snapshot.reviews().odd.iter().map(|odd| (odd.path.clone(), odd.what.clone())).collect()
    };
    let expected = [
        ("reviews/2026-Q4.yaml", Oddity::Misplaced),
        ("reviews/helse-nord/2026-Q3.yaml", Oddity::Link),
        ("reviews/helse-nord/2026-Q4.yaml.bak", Oddity::NotYaml),
        ("reviews/helse-nord/deep", Oddity::NotYaml),
        ("reviews/helse-vest", Oddity::Link),
    ];
    assert_eq!(odd(&snapshot), expected.map(|(path, what)| (path.to_owned(), what)));
    assert!(snapshot.reviews().files.is_empty());
    assert_eq!(snapshot.odd(), plain.odd());
    assert!(snapshot.reviews().odd.iter().all(|odd| odd.folder.is_none() && odd.person.is_none()));
    assert_ne!(snapshot.digest(), plain.digest());
    git(tree.root(), &["init", "-q"]);
    commit(tree.root());
    let from_commit = from_git(tree.root(), "HEAD").unwrap().snapshot;
    assert_eq!(from_commit.reviews(), snapshot.reviews());

    // The folder itself is a link: nothing is followed, and everybody's access is read as before.
    let linked = Tree::new();
    fs::create_dir(linked.at("elsewhere")).unwrap();
    symlink("elsewhere", linked.at("reviews")).unwrap();
    let snapshot = take(&mut linked.open()).unwrap();
    assert_eq!(odd(&snapshot), [("reviews".to_owned(), Oddity::Link)]);
    assert_eq!(snapshot.count(), 3);
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

    let mut files = BTreeMap::new();
    for name in [OLA, KARI, PER, "desired-state/register.yaml", "policies/base.cedar", list, seal] {
        files.insert(path(name), fs::read(tree.at(name)).unwrap());
    }
    assert_eq!(Snapshot::of(files.clone()).digest(), from_directory.digest());
    git(tree.root(), &["init", "-q"]);
    commit(tree.root());
    let from_commit = from_git(tree.root(), "HEAD").unwrap().snapshot;
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
    let odd = |snapshot: &Snapshot| -> Vec<(String, Oddity)> {
        snapshot.requests().odd.iter().map(|odd| (odd.path.clone(), odd.what.clone())).collect()
    };
    let expected = [
        ("requests/deep", Oddity::Nested),
        ("requests/helse-nord.yaml.bak", Oddity::NotYaml),
        ("requests/helse-vest.yaml", Oddity::Link),
    ];
    assert_eq!(odd(&snapshot), expected.map(|(path, what)| (path.to_owned(), what)));
    assert!(snapshot.requests().files.is_empty());
    assert_eq!(snapshot.odd(), plain.odd());
    assert_ne!(snapshot.digest(), plain.digest());
    git(tree.root(), &["init", "-q"]);
    commit(tree.root());
    let from_commit = from_git(tree.root(), "HEAD").unwrap().snapshot;
    assert_eq!(from_commit.requests(), snapshot.requests());

    // The folder itself is a link: nothing is followed, and everybody's access is read as before.
    let linked = Tree::new();
    fs::create_dir(linked.at("elsewhere")).unwrap();
    symlink("elsewhere", linked.at("requests")).unwrap();
    let snapshot = take(&mut linked.open()).unwrap();
    assert_eq!(odd(&snapshot), [("requests".to_owned(), Oddity::Link)]);
    assert_eq!(snapshot.count(), 3);
}

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
    assert_eq!(third.gone().iter().map(FilePath::as_str).collect::<Vec<_>>(), [KARI]);
    assert_eq!(third.differs_from(&first).len(), 2);
    assert!(third.shows_absent(&path(KARI)) && !third.shows_absent(&path(OLA)));
    assert!(take(&mut directory).unwrap().gone().is_empty());
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
    for (place, wanted) in
        [("desired-state", "folder"), ("policies", "folder"), ("desired-state/register.yaml", "file")]
    {
        let tree = Tree::new();
        if wanted == "folder" {
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
    assert!(matches!(take(&mut tree.open()).unwrap_err(), SourceError::Kind { wanted: "file", .. }));
}

#[test]
fn policies_are_whole_or_not_at_all() {
    let odd = |make: &dyn Fn(&Tree)| {
        let tree = Tree::new();
        make(&tree);
        match take(&mut tree.open()).unwrap_err() {
            SourceError::Policy { what, .. } => what,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(odd(&|tree| symlink("base.cedar", tree.at("policies/b.cedar")).unwrap()), Oddity::Link);
    assert_eq!(odd(&|tree| fifo(&tree.at("policies/b.cedar"))), Oddity::Special);
    assert_eq!(
        odd(&|tree| tree.put("policies/b.cedar", vec![b' '; 1024 * 1024 + 1])),
        Oddity::TooLarge { most: 1024 * 1024 }
    );
    let tree = Tree::new();
    tree.put("policies/deep/er/c.cedar", "x");
    let snapshot = take(&mut tree.open()).unwrap();
    assert_eq!(
        snapshot.policies().keys().map(FilePath::as_str).collect::<Vec<_>>(),
        ["policies/base.cedar", "policies/deep/er/c.cedar"]
    );
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

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
        assert_eq!(odd, [Oddity::Nested, Oddity::Link]);
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
    assert!(snapshot.gone().is_empty());
    // A plain file has no folder to hold, unless a trust's folder should stand there.
    assert!(snapshot.odd().iter().filter(|odd| odd.is_whole_folder()).count() == 2);
    assert!(snapshot.odd().iter().all(|odd| !odd.what.way_out().is_empty()));
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
    assert!(odd.gone().is_empty());
    assert!(!odd.shows_absent(&path(OLA)) && !odd.shows_absent(&path(PER)));
    assert!(odd.shows_absent(&path("desired-state/helse-vest-2/per.eksempel.yaml")));

    // The odd things are taken away: now one is gone, the other is back.
    fs::remove_dir(tree.at(OLA)).unwrap();
    fs::remove_file(tree.at("desired-state/helse-vest")).unwrap();
    fs::rename(tree.at("elsewhere"), tree.at("desired-state/helse-vest")).unwrap();
    let mended = take(&mut directory).unwrap();
    assert_eq!(mended.gone().iter().map(FilePath::as_str).collect::<Vec<_>>(), [OLA]);
    assert_eq!(read(&mended), [PER]);
}

#[test]
fn an_absurd_number_of_files_holds_one_folder_and_of_folders_stops() {
    let tree = Tree::new();
    let limits = Limits { folder_files: 5, folders: 4, ..Limits::default() };
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
    assert!(snapshot.gone().is_empty());
    let snapshot = take(&mut directory).unwrap();
    assert!(oddities(&snapshot).is_empty());
    assert!(snapshot.shows_absent(&path(KARI)) && snapshot.shows_absent(&path(TOR)));
    assert_eq!(snapshot.gone().iter().map(FilePath::as_str).collect::<Vec<_>>(), [KARI, TOR]);

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
    assert!(snapshot.gone().is_empty());
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
    assert!(snapshot.gone().is_empty() && snapshot.read().is_empty());
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
    assert_eq!(snapshot.gone().iter().map(FilePath::as_str).collect::<Vec<_>>(), [KARI]);
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
        assert!(snapshot.gone().is_empty());
    }
}

fn commit(at: &Path) -> String {
    git(at, &["add", "-A", "."]);
    git(at, &["commit", "-q", "--allow-empty", "-m", "state"]);
    git(at, &["rev-parse", "HEAD"])
}

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
    assert_eq!(in_git.odd().len(), 7);
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
    symlink("base.cedar", tree.at("policies/link.cedar")).unwrap();
    commit(tree.root());
    assert!(matches!(
        from_git(tree.root(), "HEAD").unwrap_err(),
        SourceError::Policy { what: Oddity::Link, .. }
    ));
}

#[test]
fn a_tree_object_with_one_name_twice_is_refused() {
    let tree = Tree::new();
    git(tree.root(), &["init", "-q"]);
    commit(tree.root());
    let id = |rev: &str| git(tree.root(), &["rev-parse", rev]);
    let raw = |id: &str| -> Vec<u8> {
        (0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap()).collect()
    };
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

#[test]
fn a_folder_without_files_is_no_difference() {
    let tree = Tree::new();
    let before = take(&mut tree.open()).unwrap();
    fs::create_dir(tree.at("desired-state/helse-midt")).unwrap();
    assert_eq!(take(&mut tree.open()).unwrap().digest(), before.digest());
}
