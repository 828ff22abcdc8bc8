//! Compares the merge in memory with git's own. If git stops at a conflict, nothing is judged. If git merges, the same
//! tree is judged.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use portvakt_core::diag::Lang;
use portvakt_sources::{Made, MergeError, propose};
use portvakt_test_bench::git_command;

use crate::git_source::{KARI, OLA, Repo, lines, with};

const OLD: &str = "desired-state/helse-nord";
const PER: &str = "desired-state/helse-nord/per.eksempel.yaml";
const ELSEWHERE: &str = "desired-state/helse-vest/per.eksempel.yaml";

type Change = fn(&Repo);

/// A repository whose branches `main` and `topic` have each gone their own way.
fn apart(before: Change, main: Change, topic: Change) -> Repo {
    let repo = Repo::new();
    before(&repo);
    repo.commit();
    repo.git(&["branch", "topic"]);
    main(&repo);
    repo.commit();
    repo.git(&["switch", "-q", "topic"]);
    topic(&repo);
    repo.commit();
    repo.git(&["switch", "-q", "main"]);
    repo
}

/// The commit of the tree that git makes of the two branches, or nothing if git finds a conflict.
fn by_git(repo: &Repo) -> Option<String> {
    let mut merge = git_command(&repo.root);
    let out = merge.args(["merge-tree", "--write-tree", "main", "topic"]).output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    match out.status.code() {
        Some(0) => Some(repo.git(&["commit-tree", said.lines().next().unwrap(), "-m", "merged"])),
        Some(1) => None,
        other => panic!("{other:?}: {}", String::from_utf8_lossy(&out.stderr)),
    }
}

/// Shows that both say the same, and which.
fn alike(what: &str, clean: bool, before: Change, main: Change, topic: Change) {
    let repo = apart(before, main, topic);
    let git = by_git(&repo);
    assert_eq!(git.is_some(), clean, "git: {what}");
    for (base, head) in [("main", "topic"), ("topic", "main")] {
        match (propose(&repo.open(), base, head), &git) {
            (Ok(proposal), Some(commit)) => {
                assert_eq!(proposal.made, Made::Merged, "{what}");
                let tree = repo.open().commit(commit).unwrap().snapshot;
                assert_eq!(proposal.tree.digest(), tree.digest(), "{what}: {base} and {head}");
            }
            (Err(MergeError::Conflict { .. } | MergeError::Stranded { .. }), None) => {}
            (other, _) => panic!("{what}: {base} and {head}: {other:?}"),
        }
    }
}

fn nothing(_: &Repo) {}

/// Moves or renames a file or a folder, as `git mv` does.
fn rename(repo: &Repo, from: &str, to: &str) {
    fs::create_dir_all(repo.root.join(to).parent().unwrap()).unwrap();
    fs::rename(repo.root.join(from), repo.root.join(to)).unwrap();
}

fn delete(repo: &Repo, path: &str) {
    fs::remove_file(repo.root.join(path)).unwrap();
}

fn executable(repo: &Repo, path: &str) {
    fs::set_permissions(repo.root.join(path), fs::Permissions::from_mode(0o755)).unwrap();
}

fn folder_renamed(repo: &Repo) {
    rename(repo, OLD, "desired-state/helse-ny");
}

fn per_added(repo: &Repo) {
    repo.put(PER, &lines("per"));
}

#[test]
fn a_file_under_the_old_name_of_a_folder_is_a_conflict() {
    alike("renamed whole", false, nothing, folder_renamed, per_added);
    alike(
        "renamed and changed",
        false,
        nothing,
        |repo| {
            folder_renamed(repo);
            repo.put("desired-state/helse-ny/ola.nordmann.yaml", &with("ola", 3, "changed"));
            repo.put("desired-state/helse-ny/kari.nordmann.yaml", &with("kari", 3, "changed"));
        },
        per_added,
    );
    alike(
        "one file renamed, the other deleted",
        false,
        nothing,
        |repo| {
            rename(repo, OLA, "desired-state/helse-ny/ola.nordmann.yaml");
            delete(repo, KARI);
        },
        per_added,
    );
    alike(
        "split in two",
        false,
        nothing,
        |repo| {
            rename(repo, OLA, "desired-state/helse-ny/ola.nordmann.yaml");
            rename(repo, KARI, "desired-state/helse-vest/kari.nordmann.yaml");
        },
        per_added,
    );
    alike(
        "moved into the old folder",
        false,
        |repo| {
            repo.put(ELSEWHERE, &lines("per"));
            repo.put("desired-state/helse-vest/ane.eksempel.yaml", &lines("ane"));
        },
        folder_renamed,
        |repo| rename(repo, ELSEWHERE, PER),
    );
    let repo = apart(nothing, folder_renamed, per_added);
    let conflict = propose(&repo.open(), "main", "topic").unwrap_err();
    assert_eq!(conflict.words().en(), conflict.to_string());
    assert!(conflict.words().get(Lang::Nb).starts_with("endringen "), "{:?}", conflict.words());
    match conflict {
        MergeError::Stranded { paths, .. } => assert_eq!(paths, [PER]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_folder_that_was_not_renamed_takes_the_file() {
    alike(
        "all its people have left",
        true,
        nothing,
        |repo| {
            delete(repo, OLA);
            delete(repo, KARI);
        },
        per_added,
    );
    alike(
        "one of its people has moved",
        true,
        nothing,
        |repo| rename(repo, OLA, "desired-state/helse-ny/ola.nordmann.yaml"),
        per_added,
    );
    alike("a file changed in a renamed folder", true, nothing, folder_renamed, |repo| {
        repo.put(OLA, &with("ola", 3, "changed"));
    });
    alike("renamed by both", true, nothing, folder_renamed, |repo| {
        folder_renamed(repo);
        repo.put("desired-state/helse-ny/per.eksempel.yaml", &lines("per"));
    });
}

#[test]
fn what_git_does_not_settle_is_not_settled() {
    let renamed: Change = |repo| rename(repo, OLA, &OLA.replace("ola.", "ole."));
    let gone: Change = |repo| delete(repo, OLA);
    let runs: Change = |repo| executable(repo, OLA);
    let a_file: Change = |repo| repo.put("desired-state/helse-vest", "a file\n");
    let a_folder: Change = |repo| repo.put(ELSEWHERE, &lines("per"));
    let leads_away: Change = |repo| symlink("elsewhere", repo.root.join(PER)).unwrap();
    let longer: Change = |repo| repo.put(OLA, &with("ola", 19, "changed"));
    alike("a file and a folder", false, nothing, a_file, a_folder);
    alike("renamed in two ways", false, nothing, renamed, |repo| {
        rename(repo, OLA, &OLA.replace("ola.", "olav."));
    });
    alike(
        "two renamed to one",
        false,
        nothing,
        |repo| rename(repo, OLA, PER),
        |repo| rename(repo, KARI, PER),
    );
    alike("renamed, and added there", false, nothing, |repo| rename(repo, OLA, PER), per_added);
    alike("renamed and deleted", false, nothing, renamed, gone);
    alike("changed and deleted", false, nothing, longer, gone);
    alike("another mode, and deleted", false, nothing, runs, gone);
    alike("a link and a file", false, nothing, leads_away, per_added);
    alike("added in two modes", false, nothing, per_added, |repo| {
        per_added(repo);
        executable(repo, PER);
    });
    alike("renamed in two cases", false, nothing, renamed, |repo| {
        rename(repo, OLA, &OLA.replace("ola.", "Ole."));
    });
    alike("another mode, and changed", true, nothing, runs, longer);
    alike("renamed and changed", true, nothing, renamed, longer);
    // Without the second line the two commits would be identical.
    alike("added alike", true, nothing, per_added, |repo| {
        per_added(repo);
        repo.put(KARI, &with("kari", 19, "changed"));
    });
    // Both files are there, and the finding tells the fault in the second name.
    alike("added in two cases", true, nothing, per_added, |repo| {
        repo.put(&PER.replace("per.", "Per."), &lines("another"));
    });
}

/// A folder that was unpacked or kept may have settings of its own, also such that name programs.
#[test]
fn the_settings_of_the_repository_neither_run_programs_nor_change_the_merge() {
    let first: Change = |repo| repo.put(OLA, &with("ola", 0, "by main"));
    let last: Change = |repo| repo.put(OLA, &with("ola", 19, "by the topic"));
    let repo = apart(nothing, first, last);
    let plain = propose(&repo.open(), "main", "topic").unwrap().tree.digest();
    let ran = repo.beside("ran");
    let touch = format!("touch '{}'", ran.display());
    for (key, value) in [
        ("merge.planted.driver", touch.as_str()),
        ("merge.default", "planted"),
        ("merge.renormalize", "true"),
        ("filter.planted.clean", touch.as_str()),
        ("filter.planted.smudge", touch.as_str()),
        ("diff.planted.command", touch.as_str()),
        ("diff.planted.textconv", touch.as_str()),
        ("core.fsmonitor", touch.as_str()),
        ("core.hooksPath", repo.root.to_str().unwrap()),
    ] {
        repo.git(&["config", key, value]);
    }
    fs::create_dir_all(repo.root.join(".git/info")).unwrap();
    let attributes = "* merge=planted filter=planted diff=planted\n";
    fs::write(repo.root.join(".git/info/attributes"), attributes).unwrap();
    let proposal = propose(&repo.open(), "main", "topic").unwrap();
    assert_eq!((proposal.made, proposal.tree.digest()), (Made::Merged, plain));
    assert!(!ran.exists(), "a planted program was run");
    // Without renames this would be a deleted file that the other side changed.
    let moved = apart(nothing, folder_renamed, last);
    let found = propose(&moved.open(), "main", "topic").unwrap().tree.digest();
    moved.git(&["config", "merge.renames", "false"]);
    moved.git(&["config", "diff.renames", "false"]);
    assert_eq!(propose(&moved.open(), "main", "topic").unwrap().tree.digest(), found);
}

#[test]
fn lines_that_both_changed_are_a_conflict_whatever_the_attributes_say() {
    let repo = apart(
        |repo| repo.put(".gitattributes", "*.yaml merge=union\n"),
        |repo| repo.put(OLA, &with("ola", 5, "by main")),
        |repo| repo.put(OLA, &with("ola", 5, "by the topic")),
    );
    assert!(by_git(&repo).is_some(), "git takes both lines");
    match propose(&repo.open(), "main", "topic").unwrap_err() {
        MergeError::Conflict { paths, .. } => assert_eq!(paths, [OLA]),
        other => panic!("{other:?}"),
    }
}
