//! What `check` judges of a repository: the merge with the target, the base it is told, and the names and line ends of files.

use crate::cli::desk::{Desk, Told};
use crate::cli::git::{commit, git, newcomer, repository};

/// A branch `topic`, on which somebody new has a file.
fn topic_with_a_newcomer(desk: &Desk) {
    git(&desk.root(), &["switch", "-q", "-c", "topic"]);
    newcomer(desk, "henrik.liksomdal");
    commit(&desk.root());
}

#[test]
fn what_is_checked_is_the_merge_with_the_target_and_the_commits_are_named() {
    let desk = repository();
    topic_with_a_newcomer(&desk);
    let topic = desk.head();
    desk.on_git(&["check", "--base", "main"])
        .ends(0)
        .says("1 entry judged")
        .says(&format!("Judged: {topic} against"));
    git(&desk.root(), &["switch", "-q", "main"]);
    desk.delete("unn", "henrik.liksomdal");
    commit(&desk.root());
    let main = desk.head();
    // The approver is gone from the target. So the merged change would be refused, and this is not the author's work.
    let told = desk.json_of(&["check", "--base", "main", "--head", "topic"]).ends(1);
    let json = told.json();
    assert_eq!((json["base"].as_str(), json["head"].as_str()), (Some(&*main), Some(&*topic)));
    assert_eq!(
        (json["merged"].as_bool(), json["judged"].as_u64(), json["taken"].as_u64()),
        (Some(true), Some(1), Some(0))
    );
    told.says("henrik.liksomdal");
    assert_eq!(
        desk.json_of(&["check", "--base", "main~1", "--head", "topic"]).ends(0).json()["merged"],
        false
    );
    // Without `--source git`, `--head` is still read from git.
    desk.run(&["check", "--base", "main", "--head", "topic"]).ends(1).says("merged into").says("in memory");
    assert_eq!(desk.head(), main);
}

#[test]
fn a_conflict_is_named_and_nothing_is_judged() {
    let desk = repository();
    git(&desk.root(), &["switch", "-q", "-c", "topic"]);
    desk.change("unn", "sara.fiktivsen", "Sara Fiktivsen", "Sara Topic");
    commit(&desk.root());
    git(&desk.root(), &["switch", "-q", "main"]);
    desk.change("unn", "sara.fiktivsen", "Sara Fiktivsen", "Sara Main");
    commit(&desk.root());
    desk.on_git(&["check", "--base", "main", "--head", "topic"])
        .ends(1)
        .says("error[merge-conflict]")
        .says("`desired-state/unn/sara.fiktivsen.yaml`")
        .never_says("judged");
}

/// Writes all files below a folder with CRLF, as a checkout with `core.autocrlf` does.
fn check_out_with_crlf(folder: &std::path::Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            check_out_with_crlf(&path);
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, text.replace('\n', "\r\n")).unwrap();
        }
    }
}

#[test]
fn a_work_tree_with_crlf_is_judged_as_its_commit() {
    let desk = repository();
    newcomer(&desk, "henrik.liksomdal");
    for folder in ["desired-state", "policies"] {
        check_out_with_crlf(&desk.root().join(folder));
    }
    desk.run(&["check", "--base", "main"]).ends(0).says("1 entry judged").never_says("protected-change");
}

#[test]
fn gitattributes_wait_for_two_in_a_folder_and_in_a_commit() {
    let desk = repository();
    std::fs::write(desk.root().join(".gitattributes"), "*.yaml -diff\n").unwrap();
    let told = |args: &[&str]| {
        desk.run(&[&["check", "--base", "main"], args].concat())
            .ends(4)
            .says("protected-change")
            .says("`.gitattributes` differs");
    };
    told(&[]);
    git(&desk.root(), &["switch", "-q", "-c", "topic"]);
    commit(&desk.root());
    told(&["--head", "topic"]);
}

#[test]
fn gitattributes_that_are_too_large_to_be_read_refuse_the_settings_in_every_folder() {
    for path in [".gitattributes", "reviews/.gitattributes"] {
        let desk = repository();
        let file = desk.root().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, vec![b' '; 1024 * 1024 + 1]).unwrap();
        let told = desk.run(&["check", "--base", "main"]).ends(1);
        told.says(&format!("error[odd-path]: `{path}` is"))
            .says("so the policies and settings here are not taken");
    }
}

#[test]
fn a_name_that_is_a_protected_one_but_for_the_case_is_refused_and_stops_no_pass() {
    let desk = repository();
    std::fs::write(desk.root().join(".GITATTRIBUTES"), "*.yaml -diff\n").unwrap();
    std::fs::create_dir(desk.root().join("Policies")).unwrap();
    std::fs::write(desk.root().join("Policies/administration.cedar"), "").unwrap();
    let told = |args: &[&str]| {
        desk.run(&[&["check", "--base", "main"], args].concat())
            .ends(1)
            .says("error[odd-path]: `.GITATTRIBUTES` is a name that is read as `.gitattributes`")
            .says("Rename it to `.gitattributes`")
            .says("`Policies` is a name that is read as `policies`");
    };
    told(&[]);
    desk.run(&["--lang", "nb", "check", "--base", "main"]).ends(1).says("et navn som leses som `policies`");
    git(&desk.root(), &["switch", "-q", "-c", "topic"]);
    commit(&desk.root());
    told(&["--head", "topic"]);
    let desk = Desk::accepted();
    std::fs::write(desk.root().join(".GITATTRIBUTES"), "*.yaml -diff\n").unwrap();
    std::fs::write(desk.root().join("policies/.GITATTRIBUTES"), "*.yaml -diff\n").unwrap();
    desk.delete("unn", "sara.fiktivsen");
    let told = desk.run(&["apply"]).ends(1).says("odd-path").says("1 of 1 step done");
    told.never_says("policies-invalid").never_says("protected-change");
    desk.run(&["list"]).ends(0).never_says("sara.fiktivsen");
}

#[test]
fn a_file_under_the_old_name_of_a_folder_is_a_conflict() {
    let desk = repository();
    topic_with_a_newcomer(&desk);
    git(&desk.root(), &["switch", "-q", "main"]);
    git(&desk.root(), &["mv", "desired-state/unn", "desired-state/unn-nord"]);
    commit(&desk.root());
    let check = |lang: &str| {
        desk.run(&["--lang", lang, "check", "--base", "main", "--head", "topic"])
            .ends(1)
            .says("[merge-conflict]")
            .says("`desired-state/unn/ny.testesen.yaml`")
            .never_says("judged")
    };
    check("en").says("under its old name");
    check("nb").says("under det gamle navnet");
}

#[test]
fn a_stale_base_is_refused_by_name() {
    let desk = repository();
    let old = desk.head();
    topic_with_a_newcomer(&desk);
    git(&desk.root(), &["switch", "-q", "main"]);
    desk.delete("unn", "sara.fiktivsen");
    commit(&desk.root());
    let new = desk.head();
    let check = |args: &[&str]| desk.on_git(&[&["check", "--head", "topic"], args].concat());
    // The target is unknown, so the base cannot be stale, and the output says so.
    check(&["--base", &old]).ends(0).says("advice[base-not-the-target]").says("--target");
    check(&["--base", "main"]).ends(0).never_says("base-not-the-target");
    check(&["--base", &old, "--target", "main"]).ends(1).says("error[base-stale]").says(&old).says(&new);
    git(&desk.root(), &["update-ref", "refs/remotes/origin/main", &new]);
    check(&["--base", &old]).ends(1).says("base-stale").says("--base origin/main");
    check(&["--base", "topic~1"]).ends(1).says("base-stale");
    // A base that holds the change already finds nothing wrong with it.
    git(&desk.root(), &["switch", "-q", "-c", "ahead"]);
    git(&desk.root(), &["commit", "-q", "--allow-empty", "-m", "Not on the target yet"]);
    let ahead = desk.head();
    git(&desk.root(), &["switch", "-q", "main"]);
    check(&["--base", &ahead])
        .ends(1)
        .says("error[base-not-the-target]")
        .says(&ahead)
        .says("--base origin/main");
    check(&["--base", &ahead, "--target", "main"]).ends(1).says("base-not-the-target");
    check(&["--base", &ahead, "--target", &ahead]).ends(0).never_says("base-not-the-target");
    check(&["--base", "origin/main"]).ends(0).says("1 entry judged");
    check(&["--base", &new]).ends(0);
    // It is the same by the name of a branch, of `origin` or of one's own, and however the name is written.
    git(&desk.root(), &["update-ref", "refs/remotes/origin/ahead", &ahead]);
    for base in ["origin/ahead", "refs/remotes/origin/ahead", "ahead", "refs/heads/ahead"] {
        check(&["--base", base]).ends(1).says("error[base-not-the-target]").says("--base origin/main");
        check(&["--base", base, "--target", base]).ends(0).never_says("base-not-the-target");
        desk.run(&["check", "--base", base]).ends(1).says("error[base-not-the-target]");
    }
    git(&desk.root(), &["update-ref", "refs/remotes/origin/behind", &old]);
    check(&["--base", "origin/behind"]).ends(1).says("error[base-stale]");
    check(&["--base", "main"]).ends(0).says("1 entry judged");
    check(&["--base", &old, "--target", &old]).ends(0);
    // A folder as the head is asked the same.
    desk.run(&["check", "--base", &old]).ends(1).says("base-stale");
    desk.run(&["check", "--base", "main"]).ends(0);
    check(&["--base", ".", "--target", "main"]).ends(1).says("is a folder");
}

#[test]
fn without_an_origin_a_base_that_is_not_the_main_branch_is_said_and_fails_a_job() {
    let desk = repository();
    git(&desk.root(), &["switch", "-q", "-c", "other"]);
    git(&desk.root(), &["commit", "-q", "--allow-empty", "-m", "Not on the main branch"]);
    let other = desk.head();
    git(&desk.root(), &["tag", "a-tag", "other"]);
    git(&desk.root(), &["switch", "-q", "main"]);
    let check = |job: Option<&str>, args: &[&str]| {
        let mut program = desk.program();
        program.envs(job.map(|job| ("CI", job))).arg("check").args(args);
        Told::of(&program.output().unwrap())
    };
    for base in ["other", "refs/heads/other", &other, "a-tag"] {
        for no_job in [None, Some(""), Some("false")] {
            check(no_job, &["--base", base]).ends(0).says("advice[base-not-the-target]").says("--target");
        }
        check(Some("true"), &["--base", base]).ends(1).says("error[base-not-the-target]").says("--target");
        let target = if base == "a-tag" { "tags/a-tag" } else { base };
        check(Some("true"), &["--base", base, "--target", target]).ends(0).never_says("base-not-the-target");
    }
    check(None, &["--base", "a-tag", "--target", "a-tag"]).says("no commit `a-tag`");
    check(Some("true"), &["--lang", "nb", "--base", "other"]).ends(1).says("hovedgrenen `main`");
    for base in ["main", "refs/heads/main", "HEAD"] {
        check(Some("true"), &["--base", base]).ends(0).never_says("base-not-the-target");
    }
    // If no branch has that name, the one that is named is the target.
    git(&desk.root(), &["branch", "-q", "-m", "main", "trunk"]);
    check(Some("true"), &["--base", "trunk"]).ends(0).never_says("base-not-the-target");
}

#[test]
fn what_was_committed_is_checked_whatever_lies_in_the_folder() {
    let desk = repository();
    desk.write("unn", "sara.fiktivsen", "not: yaml: at all");
    desk.run(&["check"]).ends(1);
    desk.on_git(&["check"]).ends(0).says(&format!("Judged: {}.", desk.head()));
    desk.on_git(&["--ref", "nowhere", "check"]).ends(5).says("no commit `nowhere`");
    git(&desk.root(), &["init", "-q", "--ref-format=reftable", "tables"]);
    desk.on_git(&["--root", "tables", "check"]).ends(5).says("reftable");
    git(&desk.root(), &["init", "-q", "--object-format=sha256", "long"]);
    desk.on_git(&["--root", "long", "check"]).ends(5).says("cannot be opened").says("SHA-256");
}

#[test]
fn a_change_that_has_merged_its_target_is_told_what_a_fast_forward_would_do() {
    let desk = repository();
    topic_with_a_newcomer(&desk);
    git(&desk.root(), &["switch", "-q", "main"]);
    desk.delete("unn", "sara.fiktivsen");
    commit(&desk.root());
    git(&desk.root(), &["switch", "-q", "topic"]);
    let check = || desk.on_git(&["check", "--base", "main", "--head", "topic"]);
    check().ends(0).never_says("history-rewritten");
    git(&desk.root(), &["merge", "-q", "--no-edit", "main"]);
    check().ends(0).says("advice[history-rewritten]").says("--no-ff");
    // Made from the target anew, the target stays on the line.
    git(&desk.root(), &["rebase", "-q", "main"]);
    check().ends(0).never_says("history-rewritten");
}
