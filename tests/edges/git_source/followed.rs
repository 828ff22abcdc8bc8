//! A branch is followed commit by commit.

use std::fs;

use portvakt_core::diag::Lang;
use portvakt_sources::{
    Branch, Follow, RefusedBranch, Repository, SourceError, Stride, commits_since_accepted, last_change,
};
use portvakt_test_bench::{git, git_command};

use super::{KARI, OLA, Repo, names};

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
        assert_eq!(commits_since_accepted(&repo.open(), accepted, &tip).unwrap().err(), look.refused);
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
    assert_eq!(commits_since_accepted(&open, &first, "main").unwrap(), Ok(2000));
    assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
}
