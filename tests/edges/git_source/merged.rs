//! A change is merged with its target in memory.

use std::collections::BTreeMap;
use std::fs;

use portvakt_core::diag::Lang;
use portvakt_sources::{Made, MergeError, Repository, is_stale, propose};

use super::{KARI, OLA, Repo, git, with};

fn propose_in(repo: &Repo, base: &str, head: &str) -> Result<BTreeMap<String, String>, MergeError> {
    let before = repo.git(&["count-objects", "-v"]);
    let proposal = propose(&repo.open(), base, head)?;
    assert_eq!(repo.git(&["count-objects", "-v"]), before, "nothing is written");
    let texts = proposal.tree.read().iter();
    Ok(texts.map(|(path, b)| (path.to_string(), String::from_utf8(b.to_vec()).unwrap())).collect())
}

#[test]
fn a_head_that_contains_its_base_is_taken_as_it_is_and_another_is_merged_in_memory() {
    let repo = Repo::new();
    repo.git(&["switch", "-q", "-c", "topic"]);
    let head = repo.change(OLA, &with("ola", 1, "by the topic"));
    let ready = propose(&repo.open(), "main", "topic").unwrap();
    assert_eq!((ready.made, ready.head.as_str()), (Made::AsIs, head.as_str()));
    repo.git(&["switch", "-q", "main"]);
    repo.change(OLA, &with("ola", 18, "by main"));
    repo.change(KARI, "by main\n");
    repo.put(OLA, "not committed, and not looked at");

    assert_eq!(propose(&repo.open(), "main", "topic").unwrap().made, Made::Merged);
    let texts = propose_in(&repo, "main", "topic").unwrap();
    assert_eq!(texts[OLA], with("ola", 1, "by the topic").replace("ola 18\n", "by main\n"));
    assert_eq!(texts[KARI], "by main\n");
    assert_eq!(fs::read_to_string(repo.root.join(OLA)).unwrap(), "not committed, and not looked at");
    // The head has nothing new, so the result would be the base.
    let nothing = propose(&repo.open(), "main", "main~2").unwrap();
    assert_eq!(nothing.tree.digest(), nothing.base_tree.digest());
}

#[test]
fn a_conflict_names_its_paths_and_gives_no_tree() {
    let repo = Repo::new();
    repo.git(&["switch", "-q", "-c", "topic"]);
    repo.change(OLA, &with("ola", 5, "by the topic"));
    repo.remove(KARI);
    repo.git(&["switch", "-q", "main"]);
    repo.change(OLA, &with("ola", 5, "by main"));
    repo.change(KARI, "by main\n");
    let conflict = propose_in(&repo, "main", "topic").unwrap_err();
    assert_eq!(conflict.words().en(), conflict.to_string());
    assert!(conflict.words().get(Lang::Nb).starts_with("endringen "), "{:?}", conflict.words());
    match conflict {
        MergeError::Conflict { paths, .. } => assert_eq!(paths, [KARI, OLA]),
        other => panic!("{other:?}"),
    }
    repo.git(&["switch", "-q", "--orphan", "other"]);
    repo.change("x", "y");
    assert!(matches!(propose_in(&repo, "main", "other"), Err(MergeError::Unrelated { .. })));
}

/// Two branches that have merged each other: two merge bases, where git merges those first.
#[test]
fn branches_that_merged_each_other_merge_as_git_does() {
    let repo = Repo::new();
    let text = |first: &str, last: &str| with("ola", 1, first).replace("ola 18\n", &format!("{last}\n"));
    repo.git(&["switch", "-q", "-c", "topic"]);
    let topic = repo.change(OLA, &text("topic", "ola 18"));
    repo.git(&["switch", "-q", "main"]);
    let main = repo.change(OLA, &text("ola 1", "main"));
    repo.git(&["merge", "-q", "--no-edit", &topic]);
    repo.git(&["switch", "-q", "topic"]);
    repo.git(&["merge", "-q", "--no-edit", &main]);
    repo.change(OLA, &text("topic", "topic too"));
    repo.git(&["switch", "-q", "main"]);
    repo.change(KARI, "by main\n");
    assert_eq!(repo.git(&["merge-base", "--all", "main", "topic"]).lines().count(), 2);

    let texts = propose_in(&repo, "main", "topic").unwrap();
    repo.git(&["merge", "-q", "--no-edit", "topic"]);
    for path in [OLA, KARI] {
        assert_eq!(texts[path], fs::read_to_string(repo.root.join(path)).unwrap());
    }
    assert_eq!(texts[OLA], text("topic", "topic too"));
}

#[test]
fn a_base_that_lacks_commits_of_its_target_is_stale() {
    let repo = Repo::new();
    repo.git(&["switch", "-q", "-c", "topic"]);
    repo.change(OLA, "topic\n");
    repo.git(&["switch", "-q", "main"]);
    repo.change(KARI, "main\n");
    let open = repo.open();
    let stale = |base: &str, target: &str| is_stale(&open, base, target).unwrap();
    assert!(stale("main~1", "main"), "behind");
    assert!(stale("topic", "main"), "beside");
    assert!(!stale("main", "main"));
    assert!(!stale("main", "main~1"), "ahead");
    assert_eq!(open.default_target(), None);
    repo.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    assert_eq!(repo.open().default_target().as_deref(), Some("refs/remotes/origin/main"));
    // A clone may call its remote otherwise. It is found where nothing is called `origin`, and never guessed among several.
    let clone = repo.beside("clone");
    repo.git(&["clone", "-q", "--origin", "upstream", ".", clone.to_str().unwrap()]);
    let of_clone = || Repository::open(&clone, "").unwrap();
    assert_eq!(of_clone().default_target().as_deref(), Some("refs/remotes/upstream/HEAD"));
    git(&clone, &["checkout", "-q", "--detach"]);
    assert_eq!(of_clone().main_remote().as_deref(), Some("upstream"), "the only one");
    git(&clone, &["remote", "add", "fork", "elsewhere"]);
    assert_eq!((of_clone().main_remote(), of_clone().default_target()), (None, None));
    assert_eq!(of_clone().remotes(), ["fork", "upstream"]);
    git(&clone, &["switch", "-q", "main"]);
    assert_eq!(of_clone().main_remote().as_deref(), Some("upstream"), "the checked-out branch follows it");
    git(&clone, &["remote", "add", "origin", "elsewhere"]);
    assert_eq!(of_clone().main_remote().as_deref(), Some("origin"));
    assert!(open.names_branch("main") && open.names_branch("HEAD") && !open.names_branch("main~1"));
}
