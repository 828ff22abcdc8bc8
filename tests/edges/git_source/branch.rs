//! What the name of a branch means, and how it is fetched.

use std::fs;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use portvakt_sources::{Branch, FetchError, Follow, GitRemote, SourceError, Stride};
use portvakt_test_bench::git;

use super::{KARI, OLA, Repo};

#[test]
fn a_branch_comes_before_a_tag_of_its_name() {
    let repo = Repo::new();
    let old = repo.git(&["rev-parse", "HEAD"]);
    let new = repo.change(OLA, "new\n");
    repo.git(&["tag", "main", &old]);
    assert_eq!(repo.open().find("main").unwrap().id, new);
    assert_eq!(repo.open().find(&old).unwrap().id, old);
    assert_eq!(repo.open().find("main~1").unwrap().id, old);
}

#[test]
fn a_tag_is_not_followed_in_the_place_of_a_branch_that_is_gone() {
    let repo = Repo::new();
    let accepted = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["switch", "-q", "-c", "side"]);
    let other = repo.change(OLA, "somebody else\n");
    for name in ["main", "origin/main", "refs/heads/main", "refs/remotes/origin/main"] {
        repo.git(&["update-ref", &format!("refs/tags/{name}"), &other]);
    }
    repo.git(&["update-ref", "-d", "refs/heads/main"]);
    let open = repo.open();
    for name in ["main", "origin/main"] {
        for rev in [name.to_owned(), format!("{name}~1")] {
            assert!(matches!(open.find(&rev), Err(SourceError::NoCommit { .. })), "{rev}");
        }
        assert!(matches!(open.commit(name), Err(SourceError::NoCommit { .. })), "{name}");
        assert!(!open.names_branch(name), "{name}");
        let branch =
            Branch { root: repo.root.clone(), inside: String::new(), reference: Some(name.to_owned()) };
        let look = Follow::new(branch).look(Some(&accepted), Stride::On);
        assert!(matches!(look, Err(SourceError::NoCommit { .. })), "{name}");
        // Who names a commit to judge may mean a tag.
        assert_eq!(open.find_named(name).unwrap().id, other, "{name}");
    }
    assert_eq!(open.find("tags/main").unwrap().id, other);
    assert_eq!(open.find("side").unwrap().id, other);
    assert_eq!(open.find(&accepted[..8]).unwrap().id, accepted);
    assert_eq!(open.find(&format!("{other}~1")).unwrap().id, accepted);

    // The branch of a remote is one, and so is its main branch.
    repo.git(&["update-ref", "refs/remotes/origin/main", &accepted]);
    repo.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    let open = repo.open();
    for name in ["origin/main", "origin/HEAD", "origin"] {
        assert!(open.names_branch(name) && open.find(name).unwrap().id == accepted, "{name}");
    }
}

#[test]
fn a_full_name_is_that_reference_alone() {
    let repo = Repo::new();
    let main = repo.git(&["rev-parse", "HEAD"]);
    let other = repo.change(OLA, "somebody else\n");
    repo.git(&["switch", "-q", "-c", "topic"]);
    repo.git(&["update-ref", "refs/heads/main", &main]);
    let full = ["refs/heads/main", "refs/remotes/origin/main"];
    repo.git(&["update-ref", "refs/remotes/origin/main", &main]);
    for name in full {
        for folder in ["refs/heads", "refs/remotes", "refs/tags"] {
            repo.git(&["update-ref", &format!("{folder}/{name}"), &other]);
        }
    }
    repo.git(&["update-ref", "refs/heads/HEAD", &main]);
    let open = repo.open();
    for name in full {
        assert_eq!(open.find(name).unwrap().id, main, "{name}");
        assert_eq!(open.find(&format!("refs/heads/{name}")).unwrap().id, other, "{name}");
        assert!(open.find(&format!("{name}~1")).is_err(), "{name}");
    }
    // As in git, these are the same names without `refs/`.
    for (name, full) in
        [("heads/main", "refs/heads/main"), ("remotes/origin/main", "refs/remotes/origin/main")]
    {
        repo.git(&["update-ref", &format!("refs/heads/{name}"), &other]);
        let open = repo.open();
        assert_eq!(open.find(name).unwrap().id, main, "{name}");
        assert!(open.names_branch(name), "{name}");
        assert_eq!(open.find(full).unwrap().id, main, "{full}");
        assert_eq!(open.find(&format!("refs/heads/{name}")).unwrap().id, other, "{name}");
    }
    assert_eq!(open.find("HEAD").unwrap().id, other);
    assert_eq!(open.find("HEAD~1").unwrap().id, main);
    assert_eq!(open.default_target().as_deref(), Some("refs/remotes/origin/main"));

    // The same is true if nothing has that name any more.
    full.iter().for_each(|name| drop(repo.git(&["update-ref", "-d", name])));
    let open = repo.open();
    for name in full {
        assert!(matches!(open.find(name), Err(SourceError::NoCommit { .. })), "{name}");
        assert!(!open.names_branch(name), "{name}");
    }
    assert_eq!(open.default_target(), None);
}

#[test]
fn a_fetch_runs_no_hook_that_lies_in_the_repository() {
    use std::os::unix::fs::PermissionsExt as _;
    let repo = Repo::new();
    let (clone, ran) = (repo.beside("clone"), repo.beside("ran"));
    git(repo.beside("").as_path(), &["clone", "-q", "repo", "clone"]);
    for folder in ["clone/.git/hooks", "planted"] {
        let hook = repo.beside(folder).join("reference-transaction");
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::write(&hook, format!("#!/bin/sh\ntouch '{}'\n", ran.display())).unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let branch = Branch { root: clone.clone(), inside: String::new(), reference: Some("main".to_owned()) };
    let remote = GitRemote::of(&branch, "origin").unwrap();
    for (planted, text) in [(None, "first\n"), (Some(repo.beside("planted")), "second\n")] {
        if let Some(folder) = planted {
            git(&clone, &["config", "core.hooksPath", folder.to_str().unwrap()]);
        }
        let new = repo.change(OLA, text);
        remote.fetch(Duration::from_secs(60), &AtomicBool::new(false)).unwrap();
        assert_eq!(git(&clone, &["rev-parse", "refs/remotes/origin/main"]), new);
        assert!(!ran.exists(), "a hook was run");
    }
}

#[test]
fn a_branch_that_is_named_like_the_full_name_is_not_fetched_for_it() {
    let repo = Repo::new();
    let clone = repo.beside("clone");
    git(repo.beside("").as_path(), &["clone", "-q", "repo", "clone"]);
    let branch = Branch { root: clone.clone(), inside: String::new(), reference: Some("main".to_owned()) };
    let remote = GitRemote::of(&branch, "origin").unwrap();
    let fetch = || remote.fetch(Duration::from_secs(60), &AtomicBool::new(false));
    let held = || git(&clone, &["rev-parse", "refs/remotes/origin/main"]);
    let accepted = repo.change(OLA, "new\n");
    fetch().unwrap();
    fetch().unwrap();
    assert_eq!(held(), accepted);

    repo.git(&["switch", "-q", "-c", "topic"]);
    let other = repo.change(KARI, "somebody else\n");
    for folder in ["refs/heads", "refs/remotes", "refs/tags"] {
        repo.git(&["update-ref", &format!("{folder}/refs/heads/main"), &other]);
    }
    fetch().unwrap();
    assert_eq!(held(), accepted);
    repo.git(&["update-ref", "-d", "refs/heads/main"]);
    for folder in ["refs/heads", "refs/remotes", "refs/tags"] {
        let why = fetch().unwrap_err();
        assert!(matches!(&why, FetchError::NotThere(name) if name == "main"), "{why}");
        assert_eq!(held(), accepted, "{folder}");
        repo.git(&["update-ref", "-d", &format!("{folder}/refs/heads/main")]);
    }
    assert!(fetch().is_err());
}
