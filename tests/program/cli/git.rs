//! Tests `check --base REV` in real repositories, in the way a workflow runs it.

use std::path::Path;

pub use portvakt_test_bench::git;

use super::desk::{Desk, Told, copy, person};

/// A repository whose root is the root of the tree, with one commit on `main`.
pub fn repository() -> Desk {
    let desk = Desk::tree();
    git(&desk.root(), &["init", "-q", "-b", "main"]);
    commit(&desk.root());
    desk
}

pub fn commit(dir: &Path) {
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-q", "-m", "change"]);
}

pub fn newcomer(desk: &Desk, by: &str) {
    desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101719, by));
}

#[test]
fn the_tip_of_a_branch_is_the_base_of_what_lies_in_the_folder() {
    let desk = repository();
    desk.run(&["check", "--base", "main"]).ends(0).says("0 entries judged");
    newcomer(&desk, "henrik.liksomdal");
    desk.run(&["check", "--base", "main"]).ends(0).says("1 entry judged");
    newcomer(&desk, "leif.utkastli");
    desk.run(&["check", "--base", "main"]).ends(1).says("R15");
    commit(&desk.root());
    desk.run(&["check", "--base", "HEAD"]).ends(0).says("0 entries judged");
    desk.run(&["check", "--base", "HEAD~1"]).ends(1).says("1 entry judged");
}

#[test]
fn an_approver_who_left_the_target_branch_meanwhile_is_refused_at_the_merge_result() {
    let desk = repository();
    git(&desk.root(), &["switch", "-q", "-c", "newcomer"]);
    newcomer(&desk, "henrik.liksomdal");
    commit(&desk.root());
    desk.run(&["check", "--base", "main"]).ends(0);
    git(&desk.root(), &["switch", "-q", "main"]);
    desk.delete("unn", "henrik.liksomdal");
    commit(&desk.root());
    git(&desk.root(), &["merge", "-q", "--no-edit", "newcomer"]);
    desk.run(&["check", "--base", "main^1"]).ends(1).says("`henrik.liksomdal`").says("1 entry judged");
}

#[test]
fn a_root_in_a_subfolder_is_compared_with_that_subfolder_and_annotated_where_it_lies() {
    let desk = Desk::empty();
    portvakt::example::copy(&desk.root().join("register"), jiff::civil::date(2026, 11, 23)).unwrap();
    git(&desk.root(), &["init", "-q", "-b", "main"]);
    commit(&desk.root());
    let check = |format: &str| -> Told {
        desk.run(&["--root", "register", "--format", format, "check", "--base", "main"])
    };
    check("human").ends(0).says("0 entries judged");
    let path = desk.root().join("register/desired-state/unn/ny.testesen.yaml");
    std::fs::write(path, person("ny.testesen", "unn", 101719, "leif.utkastli")).unwrap();
    check("github").ends(1).says("file=register/desired-state/unn/ny.testesen.yaml,line=");
}

#[test]
fn a_register_that_never_had_a_person_is_new_and_one_that_lost_its_people_is_not() {
    let desk = repository();
    for folder in std::fs::read_dir(desk.root().join("desired-state")).unwrap() {
        let folder = folder.unwrap().path();
        if folder.is_dir() {
            std::fs::remove_dir_all(folder).unwrap();
        }
    }
    commit(&desk.root());
    desk.run(&["check"]).ends(1).says("error[nothing-checked]");
    std::fs::remove_dir_all(desk.root().join(".git")).unwrap();
    git(&desk.root(), &["init", "-q", "-b", "main"]);
    desk.run(&["check"]).ends(1).says("error[nothing-checked]");
    commit(&desk.root());
    desk.run(&["check"]).ends(0).says("advice[nothing-checked]");
}

#[test]
fn a_commit_that_is_not_there_is_5_and_says_how_to_get_it() {
    let desk = repository();
    desk.run(&["check", "--base", "origin/main"])
        .ends(5)
        .says("`origin/main`")
        .says("git fetch")
        .says("fetch-depth");
}

#[test]
fn a_commit_without_the_tree_is_5() {
    let desk = Desk::empty();
    git(&desk.root(), &["init", "-q", "-b", "main"]);
    std::fs::write(desk.root().join("README"), "x").unwrap();
    commit(&desk.root());
    portvakt::example::copy(&desk.root(), jiff::civil::date(2026, 11, 23)).unwrap();
    desk.run(&["check", "--base", "main"]).ends(5).says("the base `main`").says("desired-state");
}

#[test]
fn outside_a_repository_the_way_out_is_a_folder_as_base() {
    let desk = Desk::tree();
    copy(&desk.root(), &desk.beside("base"));
    let told = desk.run(&["check", "--base", "main"]).ends(5);
    told.says("git repository").says("folder");
}

/// A repository with an `origin` that has the same commit as its main branch.
fn cloned() -> Desk {
    let desk = repository();
    let origin = desk.beside("origin.git");
    git(&desk.root(), &["clone", "-q", "--bare", ".", origin.to_str().unwrap()]);
    git(&desk.root(), &["remote", "add", "origin", origin.to_str().unwrap()]);
    git(&desk.root(), &["fetch", "-q", "origin"]);
    git(&desk.root(), &["remote", "set-head", "origin", "main"]);
    desk
}

/// An end moved later under the old approval, which only a base can show.
fn extension(desk: &Desk) {
    desk.change("unn", "sara.fiktivsen", "    request:", "    until: 2027-01-31\n    request:");
}

#[test]
fn a_work_tree_that_has_gone_on_from_origin_is_judged_against_it_and_says_so() {
    let desk = cloned();
    desk.run(&["check"]).ends(0).never_says("--no-base");
    git(&desk.root(), &["switch", "-q", "-c", "newcomer"]);
    // What is not committed yet is told too, while it is easily mended.
    newcomer(&desk, "ukjent.testesen");
    desk.run(&["check"]).ends(1).says("1 entry judged").says("the folder against");
    commit(&desk.root());
    desk.run(&["check"]).ends(1).says("1 entry judged").says("`origin/HEAD`").says("--no-base");
    desk.run(&["check", "--no-base"]).ends(0).never_says("origin");
    assert_eq!(desk.run(&["--format", "json", "check"]).ends(1).json()["base-of"], "origin/HEAD");
    desk.run(&["check", "--no-base", "--base", "main"]).ends(2);
}

#[test]
fn a_folder_that_was_deleted_and_not_committed_takes_people_away() {
    let desk = cloned();
    std::fs::remove_dir_all(desk.root().join("desired-state/unn")).unwrap();
    desk.run(&["check"]).ends(4).says("removals-held").says("sara.fiktivsen").never_says("0 taken away");
    desk.run(&["check", "--no-base"]).ends(0).says("0 taken away");
}

#[test]
fn where_the_target_has_moved_on_nothing_of_it_counts_as_taken_out() {
    let desk = cloned();
    git(&desk.root(), &["switch", "-q", "-c", "change"]);
    newcomer(&desk, "henrik.liksomdal");
    commit(&desk.root());
    git(&desk.root(), &["switch", "-q", "main"]);
    let other = person("en.annen", "unn", 101719, "henrik.liksomdal").replace("0900", "0901");
    desk.write("unn", "en.annen", other);
    commit(&desk.root());
    git(&desk.root(), &["push", "-q", "origin", "main"]);
    git(&desk.root(), &["switch", "-q", "change"]);
    desk.run(&["check"]).ends(0).says("1 entry judged, 0 taken away").says("in memory");
    // The same where the target is named.
    let named = ["check", "--base", "origin/HEAD"];
    desk.run(&named).ends(0).says("1 entry judged, 0 taken away").says("in memory").never_says("base-stale");
    desk.change("unn", "ny.testesen", "Ny Testesen", "Ny Testesen-Hansen");
    desk.run(&["check"]).ends(0).says("1 entry judged, 0 taken away").says("the folder against");
    desk.run(&named).says("advice[base-stale]").says("the folder lacks commits of `origin/HEAD`");
}

#[test]
fn a_branch_of_its_own_and_a_tree_that_is_not_tracked_are_never_guessed() {
    let desk = repository();
    git(&desk.root(), &["switch", "-q", "-c", "change"]);
    extension(&desk);
    commit(&desk.root());
    desk.run(&["check"]).never_says("--no-base");
    let desk = cloned();
    portvakt::example::copy(&desk.root().join("demo"), jiff::civil::date(2026, 11, 23)).unwrap();
    git(&desk.root(), &["commit", "-q", "--allow-empty", "-m", "later"]);
    desk.run(&["--root", "demo", "check"]).ends(0).never_says("--no-base");
}

/// A number that has served somebody whose file is gone serves nobody else: the branch knows it.
#[test]
fn a_number_of_the_branch_is_its_persons_for_ever() {
    let desk = repository();
    newcomer(&desk, "henrik.liksomdal");
    commit(&desk.root());
    desk.delete("unn", "ny.testesen");
    commit(&desk.root());
    let other = person("siv.testesen", "unn", 101719, "henrik.liksomdal");
    let number = |text: &str| text.lines().find(|line| line.contains("request:")).unwrap().to_owned();
    let old = number(&person("ny.testesen", "unn", 101719, "henrik.liksomdal"));
    desk.write("unn", "siv.testesen", other.replace(&number(&other), &old));
    desk.run(&["check", "--base", "main"]).ends(1).says("request-of-another").never_says("ny.testesen");
    desk.write("unn", "siv.testesen", &other);
    desk.run(&["check", "--base", "main"]).ends(0).never_says("request-of-another");
}

/// A unit goes to another trust in one change, its people's files in the next: nothing is approved again.
#[test]
fn files_move_after_their_unit_without_a_new_approval() {
    let desk = repository();
    let register = std::fs::read_to_string(desk.root().join("desired-state/register.yaml")).unwrap();
    let unit = register.lines().find(|line| line.contains("4207789")).unwrap().to_owned();
    println!("{unit}");
    let left = register.replace(&format!("{unit}\n"), "");
    let at = left.find("  helse-bergen:").unwrap();
    let units = at + left[at..].find("units:").unwrap();
    let end = units + left[units..].find('\n').unwrap() + 1;
    let moved = format!("{}{unit}\n{}", &left[..end], &left[end..]);
    std::fs::write(desk.root().join("desired-state/register.yaml"), moved).unwrap();
    commit(&desk.root());
    let from = desk.root().join("desired-state/oslo-universitetssykehus");
    let mut count = 0;
    for file in std::fs::read_dir(&from).unwrap().map(|file| file.unwrap().path()) {
        let text = std::fs::read_to_string(&file).unwrap();
        if text.contains("unit: 4207789") && !text.contains("unit: 705") {
            let name = file.file_name().unwrap();
            std::fs::rename(&file, desk.root().join("desired-state/helse-bergen").join(name)).unwrap();
            count += 1;
        }
    }
    assert!(count > 0);
    desk.run(&["check", "--base", "main"]).ends(0).says("0 entries judged, 0 taken away");
}
