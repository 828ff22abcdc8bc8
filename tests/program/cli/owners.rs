//! Tests `owners`, which makes CODEOWNERS from the policies, and `check` when that file is stale.

use std::process::Command;

use super::desk::{Desk, person};
use super::git::{commit, git};

const HANDLES: &str = "\ncode_owners:\n  bjorn.lederesen: \"@leder\"\n  ingrid.koordinatorsen: \"@ingrid\"\n  sigrid.forvaltersen: \"@sigrid\"\n  nils.nordprove: \"@nils\"\n  henrik.liksomdal: \"@henrik-unn\"\n";

fn with_handles() -> Desk {
    let desk = Desk::tree();
    let path = desk.root().join("desired-state/register.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}{HANDLES}")).unwrap();
    desk
}

fn line<'a>(text: &'a str, path: &str) -> &'a str {
    text.lines()
        .find_map(|line| line.strip_prefix(&format!("{path} ")))
        .unwrap_or_else(|| panic!("{path}:\n{text}"))
}

#[test]
fn those_who_may_approve_are_asked() {
    let desk = with_handles();
    let told = desk.run(&["owners"]).ends(0);
    insta::assert_snapshot!("owners-github", told.out);
    insta::assert_snapshot!("owners-gitlab", desk.run(&["owners", "--host", "gitlab"]).ends(0).out);
    // A trust's own coordinator approves there and nowhere else. Helse Nord IKT's administrator only approves at the
    // test unit.
    assert!(line(&told.out, "/desired-state/unn/").contains("@henrik-unn"));
    assert!(!line(&told.out, "/desired-state/ahus/").contains("@henrik-unn"));
    assert!(line(&told.out, "/desired-state/helse-nord-ikt-utvikling/").contains("@nils"));
    assert!(!line(&told.out, "/desired-state/unn/").contains("@nils"));
    assert_eq!(line(&told.out, "/desired-state/register.yaml"), "@ingrid @leder @sigrid");
    assert!(told.err.contains("`kristin.skinnvik`"), "{}", told.err);
}

#[test]
fn somebody_with_another_id_is_asked_whichever_id_the_settings_name() {
    let desk = with_handles();
    desk.writes_another_id_of_the_leader();
    // The office names the earlier id, the handle is that of the new one.
    let register = "desired-state/register.yaml";
    desk.change_file(register, "  bjorn.lederesen: \"@leder\"", "  bjorn.nyland: \"@leder\"");
    let told = desk.run(&["owners"]).ends(0);
    assert_eq!(line(&told.out, "/desired-state/register.yaml"), "@ingrid @leder @sigrid");
    assert!(!told.err.contains("bjorn."), "{}", told.err);
    let may = desk.run(&["who-can-approve", "henrik.liksomdal"]).ends(0);
    may.says("bjorn.nyland").never_says("bjorn.lederesen");
}

#[test]
fn a_file_that_is_stale_is_told_by_check_and_written_anew() {
    let desk = with_handles();
    desk.run(&["check"]).ends(0).never_says("owners-stale");
    desk.run(&["owners", "--check"]).ends(3).says("owners-stale");
    std::fs::create_dir(desk.root().join(".github")).unwrap();
    let file = desk.root().join(".github/CODEOWNERS");
    std::fs::write(&file, "* @everybody\n").unwrap();
    // A file without a part of ours is somebody's own.
    desk.run(&["check"]).ends(0).never_says("owners-stale");
    desk.run(&["owners", "--write"]).ends(0).says(".github/CODEOWNERS").says("owner-without-handle");
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("* @everybody\n\n# >>> portvakt owners"));
    desk.run(&["owners", "--check"]).ends(0);
    desk.run(&["check"]).ends(0).never_says("owners-stale");
    // The tree says who coordinates a trust, so the file changes with it.
    let chief = person("ny.leder", "unn", 101_719, "bjorn.lederesen").replace("role: LU", "role: LC");
    desk.write("unn", "ny.leder", chief);
    desk.change_file(
        "desired-state/register.yaml",
        "code_owners:\n",
        "code_owners:\n  ny.leder: \"@ny-leder\"\n",
    );
    desk.run(&["check"]).ends(0).says("advice[owners-stale]").says("portvakt owners --write");
    desk.run(&["--lang", "nb", "check"]).ends(0).says("sier ikke hvem som kan godkjenne");
    desk.run(&["owners", "--write"]).ends(0);
    desk.run(&["check"]).ends(0).never_says("owners-stale");
    // A later line would win.
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}/desired-state/ @mallory\n")).unwrap();
    desk.run(&["check"]).ends(0).says("owners-stale");
}

#[test]
fn a_file_that_is_stale_in_a_commit_is_told_of_that_commit() {
    let desk = with_handles();
    git(&desk.root(), &["init", "-q", "-b", "main"]);
    desk.run(&["owners", "--write"]).ends(0);
    commit(&desk.root());
    let of_git = ["--source", "git", "check"];
    desk.run(&of_git).ends(0).never_says("owners-stale");
    // The file in the folder says nothing about what was committed.
    let file = desk.root().join(".github/CODEOWNERS");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("@henrik-unn", "@mallory")).unwrap();
    desk.run(&["check"]).ends(0).says("owners-stale");
    desk.run(&of_git).ends(0).never_says("owners-stale");
    git(&desk.root(), &["switch", "-q", "-c", "change"]);
    commit(&desk.root());
    desk.run(&of_git).ends(0).says("advice[owners-stale]").says("`.github/CODEOWNERS`");
    // Merged in memory, where the target has gone on.
    git(&desk.root(), &["switch", "-q", "main"]);
    std::fs::write(desk.root().join("README"), "meanwhile").unwrap();
    commit(&desk.root());
    desk.run(&["check", "--base", "main", "--head", "change"]).ends(0).says("owners-stale");
    desk.run(&["check", "--base", "main", "--head", "main"]).ends(0).never_says("owners-stale");
    // A link is no file that a forge reads.
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("../README", &file).unwrap();
    commit(&desk.root());
    desk.run(&of_git).ends(0).never_says("owners-stale");
}

#[test]
fn a_tree_below_the_top_has_its_paths_there() {
    let desk = with_handles();
    std::fs::rename(desk.root().join("desired-state"), desk.beside("state")).unwrap();
    std::fs::create_dir(desk.root().join("the register")).unwrap();
    std::fs::rename(desk.beside("state"), desk.root().join("the register/desired-state")).unwrap();
    std::fs::rename(desk.root().join("policies"), desk.root().join("the register/policies")).unwrap();
    assert!(Command::new("git").args(["init", "-q"]).current_dir(desk.root()).status().unwrap().success());
    let told = desk.run(&["--root", "the register", "owners", "--host", "gitlab", "--write"]).ends(0);
    told.says(".gitlab/CODEOWNERS");
    let text = std::fs::read_to_string(desk.root().join(".gitlab/CODEOWNERS")).unwrap();
    assert!(
        text.contains("\n/the\\ register/desired-state/unn/ @") && text.contains("\n/.gitlab-ci.yml @"),
        "{text}"
    );
    assert!(text.contains("\n[Portvakt settings][2]\n"), "{text}");
    desk.run(&["--root", "the register", "check"]).ends(0).never_says("owners-stale");
}

#[test]
fn without_names_nothing_is_written_that_would_ask_nobody() {
    let desk = Desk::tree();
    desk.run(&["owners", "--write"]).ends(1).says("code_owners").says("ask nobody");
    assert!(!desk.root().join(".github").exists());
    desk.run(&["owners", "--write", "--check"]).ends(2);
    desk.run(&["--source", "git", "owners"]).ends(1).says("checkout");
}

#[test]
fn a_name_on_the_forge_belongs_to_one_person_and_is_no_address() {
    let desk = with_handles();
    desk.change_file("desired-state/register.yaml", "\"@nils\"", "\"@Leder\"");
    desk.run(&["check"]).ends(1).says("register-invalid").says("`bjorn.lederesen`");
    desk.change_file("desired-state/register.yaml", "\"@Leder\"", "nils@example.org");
    desk.run(&["check"]).ends(1).says("bad-value").says("Not an e-mail address");
    desk.change_file(
        "desired-state/register.yaml",
        "  nils.nordprove: nils@example.org",
        "  Nils: \"@nils\"",
    );
    desk.run(&["check"]).ends(1).says("cannot be an id");
}

#[test]
fn a_link_in_the_place_of_the_file_is_not_followed() {
    let desk = with_handles();
    let (file, elsewhere) = (desk.root().join(".github/CODEOWNERS"), desk.beside("elsewhere"));
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    std::fs::write(&elsewhere, "kept").unwrap();
    std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
    desk.run(&["owners", "--host", "github", "--write"]).ends(1).says("is a link");
    assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "kept");
}

#[test]
fn a_link_in_somebody_elses_change_is_neither_read_nor_written_through() {
    let desk = with_handles();
    let elsewhere = tempfile::tempdir().unwrap();
    let victim = elsewhere.path().join("CODEOWNERS");
    std::fs::write(&victim, "* @everybody\n").unwrap();
    let folder = desk.root().join(".github");
    std::os::unix::fs::symlink(elsewhere.path(), &folder).unwrap();
    desk.run(&["owners", "--write"]).ends(1).says(".github` is a link").says("nothing was written");
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "* @everybody\n");
    std::fs::remove_file(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    // This never ends.
    std::os::unix::fs::symlink("/dev/zero", folder.join("CODEOWNERS")).unwrap();
    desk.run(&["check"]).ends(0).never_says("owners-stale");
    desk.run(&["owners", "--check"]).ends(3).says("owners-stale");
    desk.run(&["owners", "--write"]).ends(1).says("is a link");
}

#[test]
fn a_file_that_cannot_be_read_is_not_written_over() {
    let desk = with_handles();
    std::fs::create_dir(desk.root().join(".github")).unwrap();
    let file = desk.root().join(".github/CODEOWNERS");
    let bytes = b"# m\xf8te\n* @everybody\n";
    std::fs::write(&file, bytes).unwrap();
    desk.run(&["owners", "--write"]).ends(5).says("UTF-8").says("nothing was written");
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}
