//! Repositories made by the `git` program: the history of a path, following a branch, and merges in memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use portvakt_core::diag::Lang;
use portvakt_sources::{
    Branch, FetchError, Follow, GitRemote, Look, Made, MergeError, PathChange, RefusedBranch, Repository,
    SourceError, Stride, earlier_versions, is_stale, last_change, propose, standing,
};
use portvakt_test_bench::{git, git_command};

pub(crate) struct Repo {
    _home: tempfile::TempDir,
    pub(crate) root: PathBuf,
}

pub(crate) const OLA: &str = "desired-state/helse-nord/ola.nordmann.yaml";
pub(crate) const KARI: &str = "desired-state/helse-nord/kari.nordmann.yaml";

impl Repo {
    fn empty() -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("repo");
        fs::create_dir(&root).unwrap();
        git(&root, &["init", "-q"]);
        Self { _home: home, root }
    }

    /// Makes a repository with two people, one policy and one commit on `main`.
    pub(crate) fn new() -> Self {
        let repo = Self::empty();
        repo.put("desired-state/register.yaml", "id: test\n");
        repo.put("policies/base.cedar", "forbid(principal, action, resource);\n");
        repo.put(OLA, &lines("ola"));
        repo.put(KARI, &lines("kari"));
        repo.commit();
        repo
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self._home.path().join(name)
    }

    pub(crate) fn put(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        git(&self.root, args)
    }

    pub(crate) fn commit(&self) -> String {
        self.git(&["add", "-A", "."]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "state"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Writes a file and commits it.
    pub(crate) fn change(&self, path: &str, text: &str) -> String {
        self.put(path, text);
        self.commit()
    }

    fn remove(&self, path: &str) -> String {
        fs::remove_file(self.root.join(path)).unwrap();
        self.commit()
    }

    pub(crate) fn open(&self) -> Repository {
        Repository::open(&self.root, "").unwrap()
    }

    fn follow(&self) -> Follow {
        Follow::new(Branch { root: self.root.clone(), inside: String::new(), reference: None })
    }

    fn blob(&self, commit: &str, path: &str) -> String {
        self.git(&["rev-parse", &format!("{commit}:{path}")])
    }
}

/// Enough lines for changes at both ends to be apart.
pub(crate) fn lines(name: &str) -> String {
    (0..20).map(|n| format!("{name} {n}\n")).collect()
}

pub(crate) fn with(name: &str, line: usize, text: &str) -> String {
    lines(name).replace(&format!("{name} {line}\n"), &format!("{text}\n"))
}

fn names(look: &Look) -> Vec<String> {
    look.snapshot.as_ref().unwrap().files().map(|(path, _)| path.to_string()).collect()
}

#[test]
fn the_last_change_of_a_path_is_found_along_first_parents() {
    let repo = Repo::new();
    let first = repo.git(&["rev-parse", "HEAD"]);
    let second = repo.change(OLA, "second\n");
    repo.change(KARI, "other\n");
    let open = repo.open();
    let tip = repo.git(&["rev-parse", "HEAD"]);
    let expected = PathChange {
        commit: second.clone(),
        old: Some(repo.blob(&first, OLA)),
        new: Some(repo.blob(&second, OLA)),
    };
    assert_eq!(last_change(&open, &tip, OLA).unwrap(), Some(expected));
    let at_first = last_change(&open, &first, OLA).unwrap().unwrap();
    assert_eq!((at_first.commit.as_str(), at_first.old), (first.as_str(), None));
    assert_eq!(last_change(&open, &tip, "desired-state/nowhere/x.yaml").unwrap(), None);

    // A branch is merged. Its change comes to the first-parent line with the merge.
    repo.git(&["switch", "-q", "-c", "side"]);
    repo.change(OLA, "side\n");
    repo.git(&["switch", "-q", "main"]);
    repo.change(KARI, "more\n");
    repo.git(&["merge", "-q", "--no-ff", "--no-edit", "side"]);
    let merge = repo.git(&["rev-parse", "HEAD"]);
    let change = last_change(&repo.open(), "main", OLA).unwrap().unwrap();
    assert_eq!((change.commit, change.new), (merge, Some(repo.blob("side", OLA))));

    let gone = repo.remove(OLA);
    let change = last_change(&repo.open(), "main", OLA).unwrap().unwrap();
    assert_eq!((change.commit, change.new), (gone, None));
}

#[test]
fn earlier_versions_come_newest_first_and_each_content_once() {
    let repo = Repo::empty();
    repo.put("policies/base.cedar", "x");
    let mut commits = Vec::new();
    for text in ["one", "two", "one", "three"] {
        commits.push(repo.change(OLA, text));
        repo.change(KARI, text);
    }
    repo.remove(OLA);
    let versions = earlier_versions(&repo.open(), "HEAD", OLA, 9).unwrap();
    let seen: Vec<(&str, &str)> =
        versions.iter().map(|v| (v.commit.as_str(), std::str::from_utf8(&v.bytes).unwrap())).collect();
    assert_eq!(seen, [(&*commits[3], "three"), (&*commits[2], "one"), (&*commits[1], "two")]);
    let time: i64 = repo.git(&["show", "-s", "--format=%ct", &commits[3]]).parse().unwrap();
    assert_eq!(versions[0].time.as_second(), time);
    assert_eq!(earlier_versions(&repo.open(), "HEAD", OLA, 2).unwrap().len(), 2);
    assert!(earlier_versions(&repo.open(), "HEAD", OLA, 0).unwrap().is_empty());
    let first = earlier_versions(&repo.open(), &commits[0], OLA, 9).unwrap();
    assert_eq!(first.len(), 1);
}

#[test]
fn paths_are_those_of_the_tree_wherever_it_stands_in_the_repository() {
    let repo = Repo::new();
    let moved = repo.root.join("access");
    fs::create_dir(&moved).unwrap();
    for part in ["desired-state", "policies"] {
        fs::rename(repo.root.join(part), moved.join(part)).unwrap();
    }
    repo.commit();
    let second = repo.change(&format!("access/{OLA}"), "second\n");
    let inside = Repository::open(&moved, "").unwrap();
    assert_eq!(inside.inside(), "access");
    assert_eq!(last_change(&inside, "HEAD", OLA).unwrap().unwrap().commit, second);
    let bare = repo.beside("bare.git");
    git(&repo.root, &["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    let bare = Repository::open(&bare, "access/").unwrap();
    assert_eq!(last_change(&bare, "main", OLA).unwrap().unwrap().commit, second);
    assert_eq!(
        bare.commit("main").unwrap().snapshot.digest(),
        inside.commit("HEAD").unwrap().snapshot.digest()
    );
}

#[test]
fn what_a_shallow_clone_cannot_know_is_an_error() {
    let repo = Repo::new();
    repo.change(KARI, "second\n");
    let tip = repo.change(KARI, "third\n");
    let shallow = repo.beside("shallow");
    let url = format!("file://{}", repo.root.display());
    git(&repo.root, &["clone", "-q", "--depth", "2", &url, shallow.to_str().unwrap()]);
    let open = Repository::open(&shallow, "").unwrap();
    assert_eq!(last_change(&open, "HEAD", KARI).unwrap().unwrap().commit, tip);
    let error = last_change(&open, "HEAD", OLA).unwrap_err();
    assert!(matches!(error, SourceError::Shallow { .. }), "{error}");
    assert!(error.way_out().en().contains("--unshallow"));
    assert!(matches!(earlier_versions(&open, "HEAD", KARI, 9), Err(SourceError::Shallow { .. })));
}

#[test]
fn a_replaced_object_is_read_as_it_was_committed() {
    let repo = Repo::new();
    let honest = repo.open().commit("HEAD").unwrap().snapshot.digest();
    let blob = repo.blob("HEAD", OLA);
    repo.put("other", "name: somebody else\n");
    let other = repo.git(&["hash-object", "-w", "other"]);
    repo.git(&["replace", &blob, &other]);
    assert_eq!(repo.git(&["show", &format!("HEAD:{OLA}")]), "name: somebody else");
    assert_eq!(repo.open().commit("HEAD").unwrap().snapshot.digest(), honest);
}

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
    assert_eq!(open.find("HEAD").unwrap().id, other);
    assert_eq!(open.find("HEAD~1").unwrap().id, main);
    assert_eq!(open.default_target(), Some("refs/remotes/origin/main"));

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

#[test]
fn commits_are_taken_one_by_one_oldest_first_and_read_only_where_they_differ() {
    let repo = Repo::new();
    let first = repo.git(&["rev-parse", "HEAD"]);
    let mut follow = repo.follow();
    let look = follow.look(None, Stride::On).unwrap();
    assert_eq!((look.at.id.as_str(), look.left), (first.as_str(), 0));
    assert_eq!(look.snapshot.unwrap().read().len(), 2, "the first time all is read");
    let second = repo.change(OLA, "second\n");
    repo.change("README.md", "nothing of the tree");
    let third = repo.remove(KARI);
    let tip = repo.change("README.md", "again nothing");

    let mut at = first.clone();
    let mut seen = Vec::new();
    loop {
        let look = follow.look(Some(&at), Stride::On).unwrap();
        assert_eq!((&look.refused, look.tip.id.as_str()), (&None, tip.as_str()));
        let fresh = repo.open().commit(&look.at.id).unwrap().snapshot;
        assert_eq!(look.snapshot.as_ref().unwrap().digest(), fresh.digest());
        let read: Vec<String> =
            look.snapshot.as_ref().unwrap().read().keys().map(ToString::to_string).collect();
        seen.push((look.at.id.clone(), read, look.left));
        at = look.at.id;
        if look.left == 0 {
            break;
        }
    }
    assert_eq!(
        seen,
        [(second.clone(), vec![OLA.to_owned()], 3), (third, Vec::new(), 1), (tip.clone(), Vec::new(), 0)]
    );
    // The files that tell git how to show other files are read too, at the root and in a folder that is not read again.
    let root = repo.change(".gitattributes", "* text=auto\n");
    repo.put("desired-state/helse-nord/.gitattributes", "*.yaml -diff\n");
    let inside = repo.commit();
    let last = repo.change("desired-state/helse-vest/per.eksempel.yaml", "new\n");
    for (from, to, known) in [(&tip, &root, 1), (&root, &inside, 2), (&inside, &last, 2)] {
        let look = follow.look(Some(from), Stride::On).unwrap();
        assert_eq!(&look.at.id, to);
        let (seen, fresh) = (look.snapshot.unwrap(), repo.open().commit(to).unwrap().snapshot);
        assert_eq!((seen.digest(), seen.settings()), (fresh.digest(), fresh.settings()));
        assert_eq!(seen.settings().attributes.len(), known);
    }
    let tip = repo.git(&["rev-parse", "HEAD"]);
    // A pass with more to do looks at the same commit again. If nothing is new, it looks at the accepted commit.
    assert_eq!(follow.look(Some(&second), Stride::Stay).unwrap().at.id, second);
    let look = follow.look(Some(&tip), Stride::On).unwrap();
    let there = vec![OLA.to_owned(), "desired-state/helse-vest/per.eksempel.yaml".to_owned()];
    assert_eq!((look.at.id.as_str(), look.left, names(&look)), (tip.as_str(), 0, there));
}

#[test]
fn a_file_and_its_signatures_are_read_together_from_a_commit() {
    let repo = Repo::new();
    let signatures = format!("{OLA}.sig");
    repo.put(&signatures, "signed\n");
    let first = repo.change(&format!("{KARI}.sig"), "signed\n");
    let mut follow = repo.follow();
    assert_eq!(follow.look(None, Stride::On).unwrap().snapshot.unwrap().read().len(), 4);
    let second = repo.change(OLA, "second\n");
    let third = repo.change(&signatures, "signed by two\n");
    for (from, to) in [(&first, &second), (&second, &third)] {
        let look = follow.look(Some(from), Stride::On).unwrap();
        assert_eq!(&look.at.id, to);
        let snapshot = look.snapshot.unwrap();
        let read: Vec<&str> = snapshot.read().keys().map(|path| path.as_str()).collect();
        assert_eq!(read, [OLA, &signatures]);
        assert_eq!(snapshot.digest(), repo.open().commit(to).unwrap().snapshot.digest());
    }
}

#[test]
fn a_commit_without_a_whole_tree_is_passed_over_when_one_follows() {
    let repo = Repo::new();
    let first = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["mv", "policies", "elsewhere"]);
    let broken = repo.commit();
    let mut follow = repo.follow();
    let error = follow.look(Some(&first), Stride::On).unwrap_err();
    assert!(matches!(error, SourceError::Missing { .. }), "{error}");
    repo.git(&["mv", "elsewhere", "policies"]);
    let mended = repo.change(OLA, "mended\n");
    let look = follow.look(Some(&first), Stride::On).unwrap();
    assert_eq!(look.at.id, mended);
    assert_eq!(look.passed_over.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&broken]);
}

#[test]
fn only_descendants_by_first_parents_are_gone_on_with() {
    let repo = Repo::new();
    let first = repo.git(&["rev-parse", "HEAD"]);
    let accepted = repo.change(OLA, "accepted\n");
    let why = |repo: &Repo, accepted: &str| {
        let look = repo.follow().look(Some(accepted), Stride::On).unwrap();
        if let Some(snapshot) = &look.snapshot {
            let kept = repo.open().commit(accepted).unwrap().snapshot;
            assert!(look.refused.is_none() || snapshot.digest() == kept.digest());
        }
        let words = look.refused.as_ref().map(RefusedBranch::words).unwrap_or_default();
        assert_eq!(words.get(Lang::En) == words.get(Lang::Nb), look.refused.is_none(), "{words:?}");
        let tip = repo.git(&["rev-parse", "HEAD"]);
        assert_eq!(standing(&repo.open(), accepted, &tip).unwrap().err(), look.refused);
        (look.refused, look.snapshot.is_some())
    };
    assert_eq!(why(&repo, &accepted), (None, true));

    repo.git(&["reset", "-q", "--hard", &first]);
    assert_eq!(why(&repo, &accepted), (Some(RefusedBranch::SetBack), true));
    repo.change(OLA, "instead\n");
    assert_eq!(why(&repo, &accepted), (Some(RefusedBranch::Rewritten), true));
    repo.git(&["merge", "-q", "--no-edit", "-X", "ours", &accepted]);
    assert_eq!(why(&repo, &accepted), (Some(RefusedBranch::Sideways), true));
    assert_eq!(why(&repo, &"1".repeat(40)), (Some(RefusedBranch::Unknown), false));
    assert_eq!(why(&repo, "not an id"), (Some(RefusedBranch::Unknown), false));

    // The branch has another history now.
    repo.git(&["switch", "-q", "--orphan", "other"]);
    repo.put("desired-state/register.yaml", "id: test\n");
    repo.put("policies/base.cedar", "forbid(principal, action, resource);\n");
    repo.commit();
    assert_eq!(why(&repo, &accepted), (Some(RefusedBranch::Rewritten), true));
}

#[test]
fn a_shallow_clone_is_followed_as_far_as_it_reaches() {
    let repo = Repo::new();
    let first = repo.git(&["rev-parse", "HEAD"]);
    let second = repo.change(OLA, "second\n");
    repo.change(OLA, "third\n");
    let shallow = repo.beside("shallow");
    let url = format!("file://{}", repo.root.display());
    git(&repo.root, &["clone", "-q", "--depth", "2", &url, shallow.to_str().unwrap()]);
    let branch = Branch { root: shallow, inside: String::new(), reference: Some("main".to_owned()) };
    let mut follow = Follow::new(branch);
    assert_eq!(follow.look(Some(&second), Stride::On).unwrap().refused, None);
    assert_eq!(follow.look(Some(&first), Stride::On).unwrap().refused, Some(RefusedBranch::Shallow));
}

#[test]
fn packed_references_and_linked_work_trees_are_followed_and_reftables_named() {
    let repo = Repo::new();
    let tip = repo.change(OLA, "second\n");
    repo.git(&["pack-refs", "--all"]);
    repo.git(&["gc", "-q"]);
    assert!(!repo.root.join(".git/refs/heads/main").exists());
    assert_eq!(repo.follow().look(None, Stride::On).unwrap().at.id, tip);
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", "-b", "work", linked.to_str().unwrap()]);
    let open = Repository::open(&linked, "").unwrap();
    assert_eq!((open.branch().as_deref(), open.directories().len()), (Some("work"), 2));
    assert_eq!(open.find("HEAD").unwrap().id, tip);

    let tables = repo.beside("tables");
    repo.git(&["clone", "-q", "--ref-format=reftable", ".", tables.to_str().unwrap()]);
    let error = Repository::open(&tables, "").unwrap_err();
    assert!(matches!(error, SourceError::RefFormat { .. }), "{error}");
    assert!(error.way_out().en().contains("--ref-format=files"));
    let files = repo.beside("files");
    repo.git(&["clone", "-q", "--ref-format=files", tables.to_str().unwrap(), files.to_str().unwrap()]);
    assert_eq!(Repository::open(&files, "").unwrap().find("origin/main").unwrap().id, tip);
}

/// The limit is for a debug build. A release is ten times faster.
#[test]
fn two_thousand_commits_are_walked_quickly() {
    use std::fmt::Write as _;
    let repo = Repo::new();
    let mut stream = String::from("reset refs/heads/main\nfrom refs/heads/main^0\n");
    for n in 0..2000 {
        let text = format!("other {n}\n");
        let path = "desired-state/helse-vest/per.eksempel.yaml";
        write!(stream, "commit refs/heads/main\ncommitter T <t@example.org> {} +0000\n", 1_800_000_000 + n)
            .unwrap();
        write!(stream, "data 1\nx\nM 100644 inline {path}\ndata {}\n{text}\n", text.len()).unwrap();
    }
    fs::write(repo.beside("stream"), stream).unwrap();
    let fed = git_command(&repo.root)
        .args(["fast-import", "--quiet"])
        .stdin(fs::File::open(repo.beside("stream")).unwrap())
        .status()
        .unwrap();
    assert!(fed.success());
    let first = repo.git(&["rev-list", "--max-parents=0", "main"]);
    let open = repo.open();
    let begun = std::time::Instant::now();
    assert_eq!(last_change(&open, "main", OLA).unwrap().unwrap().commit, first);
    assert_eq!(standing(&open, &first, "main").unwrap(), Ok(2000));
    assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
}

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
    assert_eq!(repo.open().default_target(), Some("refs/remotes/origin/main"));
    assert!(open.names_branch("main") && open.names_branch("HEAD") && !open.names_branch("main~1"));
}
