//! Hints about changes in real directories.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use portvakt_core::model::FilePath;
use portvakt_engine::reconcile::watch::{Hints, Mode, Rhythm, system};
use portvakt_sources::{Depth, Directory, RealPace, Settle};

const QUIET: Duration = Duration::from_millis(250);

struct Tree {
    home: tempfile::TempDir,
    root: PathBuf,
}

fn fill(root: &Path) {
    fs::create_dir_all(root.join("desired-state/helse-nord")).unwrap();
    fs::create_dir_all(root.join("policies")).unwrap();
    fs::create_dir_all(root.join("var")).unwrap();
    fs::write(root.join("desired-state/register.yaml"), "id: test\n").unwrap();
    fs::write(root.join("desired-state/helse-nord/ola.yaml"), "name: Ola\n").unwrap();
    fs::write(root.join("policies/base.cedar"), "x").unwrap();
}

impl Tree {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("tree");
        fill(&root);
        Self { home, root }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }
}

/// Watches, and is done when the watches stand and all is quiet.
async fn watch(root: &Path) -> Hints {
    let rhythm = Rhythm { poll: Duration::from_secs(60), rearm: Duration::from_secs(60) };
    let hints = Hints::watch(root, rhythm, system()).unwrap();
    assert!(wakes(&hints).await, "the first hint comes by itself");
    quieten(&hints).await;
    assert_eq!(*hints.mode().borrow(), Mode::Watching);
    hints
}

async fn wakes(hints: &Hints) -> bool {
    tokio::time::timeout(Duration::from_secs(1), hints.look_again()).await.is_ok()
}

async fn quieten(hints: &Hints) {
    for _ in 0..20 {
        if tokio::time::timeout(QUIET, hints.look_again()).await.is_err() {
            return;
        }
    }
    panic!("it never becomes quiet");
}

/// Checks that an act wakes the program. The watches must still work after it, so one more edit must wake it too.
async fn wakes_and_goes_on(hints: &Hints, edit: &Path, what: &str, act: impl FnOnce()) {
    act();
    assert!(wakes(hints).await, "{what}");
    quieten(hints).await;
    fs::write(edit, "name: once more\n").unwrap();
    assert!(wakes(hints).await, "an edit after {what}");
    quieten(hints).await;
    assert_eq!(*hints.mode().borrow(), Mode::Watching);
}

#[tokio::test]
async fn each_kind_of_change_wakes() {
    let tree = Tree::new();
    let hints = watch(&tree.root).await;
    let ola = tree.at("desired-state/helse-nord/ola.yaml");
    wakes_and_goes_on(&hints, &ola, "an edit", || fs::write(&ola, "name: Ola N.\n").unwrap()).await;
    wakes_and_goes_on(&hints, &ola, "a rename into place", || {
        fs::write(tree.home.path().join("new"), "name: Ola\n").unwrap();
        fs::rename(tree.home.path().join("new"), &ola).unwrap();
    })
    .await;
    wakes_and_goes_on(&hints, &ola, "a removal", || fs::remove_file(&ola).unwrap()).await;
    wakes_and_goes_on(&hints, &tree.at("policies/base.cedar"), "a policy", || {
        fs::write(tree.at("policies/base.cedar"), "y").unwrap();
    })
    .await;
    let new = tree.at("desired-state/helse-vest");
    wakes_and_goes_on(&hints, &new.join("per.yaml"), "a new folder", || fs::create_dir(&new).unwrap()).await;
    for swapped in ["desired-state/helse-nord", "desired-state", "policies"] {
        let edit = if swapped == "policies" { tree.at("policies/base.cedar") } else { ola.clone() };
        wakes_and_goes_on(&hints, &edit, swapped, || {
            let (new, old) = (tree.home.path().join("next"), tree.home.path().join("previous"));
            fill(&new);
            fs::rename(tree.at(swapped), &old).unwrap();
            fs::rename(new.join(swapped), tree.at(swapped)).unwrap();
            fs::remove_dir_all(&old).unwrap();
            fs::remove_dir_all(&new).unwrap();
        })
        .await;
    }
}

/// Nothing reports the files that come with a folder, so the folder is told as written: a file in it that is gone at the
/// next look was there in between.
#[tokio::test]
async fn a_folder_that_comes_back_is_told_as_written() {
    let tree = Tree::new();
    let (folder, away) = (tree.at("desired-state/helse-nord"), tree.home.path().join("away"));
    let told = |path: &str| BTreeSet::from([FilePath::new(path)]);
    let hints = watch(&tree.root).await;
    assert!(hints.written().take().is_empty());
    for (comes_back, written) in [
        ("the folder", told("desired-state/helse-nord")),
        ("the folder as a copy", told("desired-state/helse-nord")),
        ("everything", told("desired-state")),
    ] {
        let moved = if comes_back == "everything" { tree.at("desired-state") } else { folder.clone() };
        fs::rename(&moved, &away).unwrap();
        quieten(&hints).await;
        assert_eq!(hints.written().take(), BTreeSet::new(), "{comes_back} goes");
        if comes_back.ends_with("copy") {
            fs::create_dir(&moved).unwrap();
            fs::copy(away.join("ola.yaml"), moved.join("ola.yaml")).unwrap();
            fs::remove_dir_all(&away).unwrap();
        } else {
            fs::rename(&away, &moved).unwrap();
        }
        quieten(&hints).await;
        let all = hints.written().take();
        assert!(all.is_superset(&written), "{comes_back} comes back: {all:?}");
    }
}

#[tokio::test]
async fn a_root_removed_and_made_again_wakes() {
    let tree = Tree::new();
    let hints = watch(&tree.root).await;
    let ola = tree.at("desired-state/helse-nord/ola.yaml");
    fs::remove_dir_all(&tree.root).unwrap();
    assert!(wakes(&hints).await, "removed");
    quieten(&hints).await;
    wakes_and_goes_on(&hints, &ola, "made again", || fill(&tree.root)).await;
    // The folder above goes too.
    fs::rename(tree.home.path(), tree.home.path().with_extension("away")).unwrap();
    assert!(wakes(&hints).await, "the folder above moved");
    quieten(&hints).await;
    let back = || fs::rename(tree.home.path().with_extension("away"), tree.home.path()).unwrap();
    wakes_and_goes_on(&hints, &ola, "the folder above came back", back).await;
}

#[tokio::test]
async fn a_link_swapped_anywhere_on_the_way_wakes() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    for tree in ["one", "two", "three"] {
        fill(&at(tree).join("access"));
    }
    let swap = |target: &Path, link: &Path| {
        symlink(target, at("link.tmp")).unwrap();
        fs::rename(at("link.tmp"), link).unwrap();
    };
    let edit = |tree: &str| at(tree).join("access/desired-state/helse-nord/ola.yaml");

    // A link is in the middle of the root's path.
    swap(Path::new("one"), &at("current"));
    let hints = watch(&at("current/access")).await;
    wakes_and_goes_on(&hints, &edit("two"), "the root's link", || swap(Path::new("two"), &at("current")))
        .await;
    fs::write(edit("one"), "name: nobody looks here\n").unwrap();
    assert!(!wakes(&hints).await, "the tree that was swapped out");
    drop(hints);

    // `desired-state` is a link to a link.
    fs::create_dir(at("root")).unwrap();
    fs::create_dir(at("root/policies")).unwrap();
    swap(&at("two/access/desired-state"), &at("middle"));
    symlink("../middle", at("root/desired-state")).unwrap();
    let hints = watch(&at("root")).await;
    let act = || swap(&at("three/access/desired-state"), &at("middle"));
    wakes_and_goes_on(&hints, &edit("three"), "a link behind the link", act).await;
    let act = || swap(&at("one/access/desired-state"), &at("root/desired-state"));
    wakes_and_goes_on(&hints, &edit("one"), "the link itself", act).await;
}

#[tokio::test]
async fn our_own_doing_does_not_wake() {
    let tree = Tree::new();
    let hints = watch(&tree.root).await;
    fs::write(tree.at("var/state.db"), "x").unwrap();
    fs::create_dir(tree.at("var/deeper")).unwrap();
    fs::write(tree.home.path().join("log"), "x").unwrap();
    fs::remove_dir_all(tree.at("var")).unwrap();
    fs::write(tree.at("desired-state/helse-nord/.ola.yaml.swp"), "x").unwrap();
    let mut directory = Directory::new(&tree.root);
    let settle = Settle { pause: Duration::from_millis(1), scans: 3 };
    assert_eq!(directory.take(Depth::All, settle, &mut RealPace).unwrap().count(), 1);
    assert!(!wakes(&hints).await);
}

#[tokio::test]
async fn without_watches_it_looks_by_the_clock_and_tries_again() {
    let tree = Tree::new();
    let mut attempts = 0;
    let factory = Box::new(move |ear| {
        attempts += 1;
        if attempts < 3 { Err(notify::Error::new(notify::ErrorKind::MaxFilesWatch)) } else { system()(ear) }
    });
    let rhythm = Rhythm { poll: Duration::from_millis(20), rearm: Duration::from_millis(200) };
    let hints = Hints::watch(&tree.root, rhythm, factory).unwrap();
    let mut mode = hints.mode();
    let is_limit = |mode: &Mode| matches!(mode, Mode::Polling { why } if why.en().contains("limit"));
    tokio::time::timeout(Duration::from_secs(2), mode.wait_for(is_limit)).await.unwrap().unwrap();
    for _ in 0..5 {
        assert!(wakes(&hints).await);
    }
    let watching = |mode: &Mode| *mode == Mode::Watching;
    tokio::time::timeout(Duration::from_secs(2), mode.wait_for(watching)).await.unwrap().unwrap();
    quieten(&hints).await;
    fs::write(tree.at("policies/base.cedar"), "y").unwrap();
    assert!(wakes(&hints).await);
}

/// Set in the process that has few file descriptors.
const FEW: &str = "PORTVAKT_TEST_FEW_DESCRIPTORS";

/// Does the work of the test below, in that process.
fn with_no_descriptor_left() {
    let tree = Tree::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut taken = Vec::new();
    while let Ok(file) = fs::File::open("/dev/null") {
        taken.push(file);
    }
    let rhythm = Rhythm { poll: Duration::from_millis(20), rearm: Duration::from_millis(100) };
    let hints = Hints::watch(&tree.root, rhythm, system()).unwrap();
    let mut mode = hints.mode();
    runtime.block_on(async {
        let failed =
            |mode: &Mode| matches!(mode, Mode::Polling { why } if why.en().contains("Too many open files"));
        tokio::time::timeout(Duration::from_secs(2), mode.wait_for(failed)).await.unwrap().unwrap();
        assert!(wakes(&hints).await && wakes(&hints).await);
        taken.clear();
        let watching = |mode: &Mode| *mode == Mode::Watching;
        tokio::time::timeout(Duration::from_secs(2), mode.wait_for(watching)).await.unwrap().unwrap();
    });
    println!("went through");
}

#[test]
fn a_real_limit_makes_it_poll() {
    if std::env::var_os(FEW).is_some() {
        return with_no_descriptor_left();
    }
    // The limit holds for a whole process, so the test runs itself in another one.
    let out = Command::new("sh")
        .args(["-c", "ulimit -n 64; exec \"$0\" --exact watch::a_real_limit_makes_it_poll --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .env(FEW, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success() && text.contains("went through"),
        "{text}{}",
        String::from_utf8_lossy(&out.stderr)
    );
}
