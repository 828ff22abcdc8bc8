//! The tree disappears, comes back and is replaced while the daemon runs.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use portvakt_test_bench::copy;

use crate::daemon::fixture::{Daemon, World, newcomer};

/// Checks that nothing changes, that the daemon tells the reason, and that it continues after the correction.
fn survives(world: &World, daemon: &Daemon, gone: impl FnOnce(), back: impl FnOnce()) {
    let before = world.state();
    let failed = daemon.metric("portvakt_passes_failed_total");
    gone();
    // This lasts longer than the grace. Several passes find nothing and change nothing.
    daemon.until("the pass stops", || daemon.metric("portvakt_passes_failed_total") >= failed + 3.0);
    let page = daemon.get("/").1;
    assert!(page.contains("the last pass stopped: tree-missing"), "{page}");
    daemon.until_says("nothing is changed because of it");
    assert_eq!(world.state(), before);
    back();
    daemon.until("in order", || daemon.get("/").1.contains("In order."));
    assert_eq!(world.state(), before);
}

#[test]
fn a_root_that_does_not_exist_is_refused_and_not_made() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("mistyped");
    for (lang, words) in [("en", "does not exist"), ("nb", "finnes ikke")] {
        let mut daemon = Daemon::command(&root, &["--lang", lang]).spawn().unwrap();
        let begun = Instant::now();
        while daemon.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ended = daemon.kill();
        let told = daemon.wait_with_output().unwrap();
        let text = String::from_utf8(told.stdout).unwrap();
        assert_eq!(told.status.code(), Some(5), "{text}");
        assert!(text.contains("mistyped") && text.contains(words), "{text}");
        assert!(!String::from_utf8(told.stderr).unwrap().contains("watched"));
        assert!(!root.exists());
    }
}

#[test]
fn a_tree_that_is_emptied_renamed_or_without_register_changes_nothing() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let (tree, aside) = (world.root().join("desired-state"), world.root().join("aside"));
    survives(&world, &daemon, || fs::rename(&tree, &aside).unwrap(), || fs::rename(&aside, &tree).unwrap());

    let register = tree.join("register.yaml");
    let bytes = fs::read(&register).unwrap();
    survives(
        &world,
        &daemon,
        || fs::remove_file(&register).unwrap(),
        || fs::write(&register, &bytes).unwrap(),
    );

    copy(&tree, &aside);
    let empty = || {
        fs::read_dir(&tree).unwrap().for_each(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        })
    };
    survives(&world, &daemon, empty, || copy(&aside, &tree));

    let root = world.home().join("elsewhere");
    let store = world.store();
    // The register's folder stays where it is, and everything else goes.
    let moved = || {
        fs::create_dir(&root).unwrap();
        fs::rename(world.root().join("policies"), root.join("policies")).unwrap();
    };
    let back = || fs::rename(root.join("policies"), world.root().join("policies")).unwrap();
    survives(&world, &daemon, moved, back);
    assert!(store.exists());
    // The watcher still works.
    fs::write(world.file("ahus/nils.nykommer.yaml"), newcomer("nils.nykommer")).unwrap();
    daemon.until("the newcomer", || world.rights("nils.nykommer") == 1);
    // The log has the words of this program for it, and none of the library that watches the folders.
    let log = daemon.log();
    for of_the_library in ["watch descriptor", "from the watches"] {
        assert!(!log.contains(of_the_library), "{log}");
    }
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn a_tree_replaced_by_rename_or_by_another_link_is_followed() {
    let world = World::accepted();
    let tree = world.root().join("desired-state");
    let versions = world.home().join("versions");
    for (version, newcomers) in [("1", 0), ("2", 1), ("3", 2)] {
        copy(&tree, &versions.join(version));
        for one in ["nils.ny", "nora.nykommer"].iter().take(newcomers) {
            fs::write(versions.join(version).join(format!("ahus/{one}.yaml")), newcomer(one)).unwrap();
        }
    }
    let daemon = world.daemon(&[]).settled();
    // The whole folder is replaced by renaming.
    fs::rename(&tree, world.root().join("old")).unwrap();
    fs::rename(versions.join("2"), &tree).unwrap();
    daemon.until("the second version", || world.rights("nils.ny") == 1);
    // A link in its place, and then another one over it.
    fs::rename(&tree, versions.join("2")).unwrap();
    symlink(versions.join("2"), &tree).unwrap();
    daemon.until("in order", || daemon.get("/").1.contains("In order."));
    symlink(versions.join("3"), world.root().join("next")).unwrap();
    fs::rename(world.root().join("next"), &tree).unwrap();
    daemon.until("the third version", || world.rights("nora.nykommer") == 1);
    // The file is written behind the link.
    fs::remove_file(versions.join("3/ahus/nora.nykommer.yaml")).unwrap();
    daemon.until("noticed behind the link", || world.rights("nora.nykommer") == 0);
    assert_eq!(world.rights("nils.ny"), 1);
}
