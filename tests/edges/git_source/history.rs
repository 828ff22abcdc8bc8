//! The history of a path: its last change, and its earlier versions.

use std::collections::BTreeMap;
use std::fs;

use portvakt_sources::{
    ChangesBelow, PathChange, Repository, SourceError, changes_below, earlier_versions, files_ever,
    last_change, newest_before_change,
};
use portvakt_test_bench::git;

use super::{KARI, OLA, Repo};

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
fn the_newest_wanted_commit_before_a_change_is_found_and_others_are_not_asked_about() {
    let repo = Repo::new();
    let first = repo.git(&["rev-parse", "HEAD"]);
    repo.change(OLA, "second\n");
    let before = repo.change(KARI, "other\n");
    repo.change(OLA, "third\n");
    repo.change(KARI, "more\n");
    let open = repo.open();
    let found = |paths: &[&str], most: usize, wanted: &[&str]| {
        newest_before_change(&open, "HEAD", paths, most, |rev| wanted.contains(&rev)).unwrap()
    };
    assert_eq!(found(&[OLA], 9, &[&first, &before]), Some(before.clone()));
    assert_eq!(found(&[OLA], 9, &[&first]), Some(first.clone()));
    assert_eq!(found(&[OLA], 1, &[&first]), None);
    assert_eq!(found(&["desired-state/nowhere"], 9, &[&first, &before]), None);
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
fn the_changes_below_a_folder_are_those_of_each_of_its_files() {
    let repo = Repo::new();
    let (one, other) = ("reviews/ahus/2026-Q1.yaml", "reviews/list.yaml");
    let first = repo.change(one, "one\n");
    repo.change(OLA, "second\n");
    let second = repo.change(other, "other\n");
    // The whole folder goes, and one file comes back as it was.
    repo.git(&["rm", "-q", "-r", "reviews"]);
    repo.git(&["commit", "-q", "-m", "gone"]);
    let gone = repo.git(&["rev-parse", "HEAD"]);
    let back = repo.change(one, "one\n");
    let ChangesBelow { changes: found, goes_on } =
        changes_below(&repo.open(), "HEAD", "reviews", None).unwrap();
    assert!(!goes_on);
    let commits = |path: &str| found[path].iter().map(|change| change.commit.clone()).collect::<Vec<_>>();
    assert_eq!(found.len(), 2);
    assert_eq!(commits(one), [back.clone(), gone.clone(), first.clone()]);
    assert_eq!(commits(other), [gone.clone(), second.clone()]);
    let blob = Some(repo.blob(&first, one));
    let steps: Vec<_> = found[one].iter().map(|change| [&change.old, &change.new]).collect();
    assert_eq!(steps, [[&None, &blob], [&blob, &None], [&None, &blob]]);
    assert!(changes_below(&repo.open(), &first, "requests", None).unwrap().changes.is_empty());
    // What is known is not read again. A commit that the branch does not have says nothing.
    let since = |known: &str| changes_below(&repo.open(), "HEAD", "reviews", Some(known)).unwrap();
    assert_eq!(since(&back), ChangesBelow { changes: BTreeMap::new(), goes_on: true });
    let rest = since(&second);
    assert!(rest.goes_on && rest.changes[one] == found[one][..2] && rest.changes[other] == found[other][..1]);
    assert_eq!(since(&"1".repeat(40)), ChangesBelow { changes: found, goes_on: false });
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

type Reading = fn(&Repository) -> Option<SourceError>;

#[test]
fn a_folder_that_is_missing_from_the_repository_is_an_error_and_never_an_empty_one() {
    let repo = Repo::new();
    let review = "reviews/helse-nord/2026-Q1.yaml";
    repo.change(review, "one\n");
    repo.change(OLA, "second\n");
    let below: Reading = |open| changes_below(open, "HEAD", "reviews", None).err();
    let last: Reading = |open| last_change(open, "HEAD", OLA).err();
    let versions: Reading = |open| earlier_versions(open, "HEAD", OLA, 9).err();
    let file: Reading = |open| open.file_at("HEAD", OLA).err();
    let earlier: Reading = |open| files_ever(open, "HEAD", "desired-state", |_| true).err();
    for (folder, readings) in [
        ("reviews", vec![below]),
        ("reviews/helse-nord", vec![below]),
        ("desired-state", vec![last, versions, file]),
        ("desired-state/helse-nord", vec![last, versions, file, earlier]),
    ] {
        let id = repo.git(&["rev-parse", &format!("HEAD:{folder}")]);
        let loose = repo.root.join(".git/objects").join(&id[..2]).join(&id[2..]);
        let bytes = fs::read(&loose).unwrap();
        fs::remove_file(&loose).unwrap();
        for (number, reading) in readings.iter().enumerate() {
            let error = reading(&repo.open()).unwrap_or_else(|| panic!("{folder} {number}: read as empty"));
            assert!(matches!(&error, SourceError::Object { path, .. } if path == folder), "{error:?}");
            assert!(error.way_out().en().contains("git fsck"));
        }
        fs::write(&loose, bytes).unwrap();
        assert!(readings.iter().all(|reading| reading(&repo.open()).is_none()), "{folder}");
    }
    // A submodule is no folder of this repository, so nothing is missing where one stands.
    repo.git(&["rm", "-q", "-r", "reviews"]);
    let module = format!("160000,{},reviews", "1".repeat(40));
    repo.git(&["update-index", "--add", "--cacheinfo", &module]);
    repo.git(&["commit", "-q", "-m", "module"]);
    let found = changes_below(&repo.open(), "HEAD", "reviews", None).unwrap().changes;
    assert_eq!(found[review].len(), 2, "it came, and it went");
    assert_eq!(repo.open().file_at("HEAD", review).unwrap(), None);
    assert_eq!(repo.open().file_at("HEAD", "reviews").unwrap(), None);
}
