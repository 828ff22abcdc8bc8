//! Something odd among the policies, in a folder and in a commit. It is told, and `revoked` acts beside it.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::{Desk, LEADER, accepted, commit};

/// How something odd is made in a tree, and what is told of it.
type OddPolicy = (fn(&Path), &'static str);

const README: &str = "policies/README.md";
const CASES: &str = "policies/tests";
const APPROVING: &str = "policies/tests/approving.yaml";
const ADMINISTRATION: &str = "policies/administration.cedar";
const PROMISE: &str = "policies/never.cedar";

fn link(path: &Path, to: &str) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else if path.exists() {
        fs::remove_file(path).unwrap();
    }
    symlink(to, path).unwrap();
}

fn pipe(path: &Path) {
    if path.exists() {
        fs::remove_file(path).unwrap();
    }
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn large(path: &Path) {
    fs::write(path, vec![b'#'; 1024 * 1024 + 1]).unwrap();
}

fn many(folder: &Path, end: &str, count: usize) {
    (0..count).for_each(|n| fs::write(folder.join(format!("n{n}{end}")), "").unwrap());
}

/// None of these decides anything. The first ones can be committed.
const BESIDE: [OddPolicy; 15] = [
    (|root| link(&root.join(README), "/etc/passwd"), "`policies/README.md` is a symbolic link"),
    (|root| large(&root.join(README)), "`policies/README.md` is a file of more than"),
    (|root| large(&root.join("policies/x.txt")), "`policies/x.txt` is a file of more than"),
    (|root| link(&root.join(CASES), "/etc"), "`policies/tests` is a symbolic link"),
    (|root| link(&root.join(CASES), "../desired-state"), "`policies/tests` is a symbolic link"),
    (|root| link(&root.join(CASES), "nowhere"), "`policies/tests` is a symbolic link"),
    (|root| link(&root.join(APPROVING), "/etc/passwd"), "`policies/tests/approving.yaml` is a symbolic link"),
    (|root| large(&root.join(APPROVING)), "`policies/tests/approving.yaml` is a file of more than"),
    (
        |root| fs::write(root.join(CASES).join(OsStr::from_bytes(b"\xff.yaml")), "").unwrap(),
        "is a name with characters that cannot be seen",
    ),
    (|root| many(&root.join(CASES), ".yaml", 3000), "`policies/tests` is a folder of more than 500 files"),
    (|root| pipe(&root.join(README)), "`policies/README.md` is a FIFO"),
    (|root| pipe(&root.join("policies/x.txt")), "`policies/x.txt` is a FIFO"),
    (|root| pipe(&root.join(APPROVING)), "`policies/tests/approving.yaml` is a FIFO"),
    // The file of a person who has left is not taken for a file that was moved there.
    (|root| pipe(&root.join("policies/tests/sara.fiktivsen.yaml")), "sara.fiktivsen.yaml` is a FIFO"),
    (|root| many(&root.join(CASES), ".txt", 501), "`policies/tests` is a folder of more than 500 files"),
];

/// The number of those that can be committed.
const COMMITTED: usize = 10;

/// Each of these may hide a policy that forbids an access. The first ones can be committed.
const HIDING: [OddPolicy; 8] = [
    (|root| link(&root.join(ADMINISTRATION), "/etc/passwd"), "`policies/administration.cedar` is a symbolic"),
    (|root| link(&root.join(PROMISE), "/etc/passwd"), "`policies/never.cedar` is a symbolic link"),
    (|root| large(&root.join(ADMINISTRATION)), "`policies/administration.cedar` is a file of more than"),
    (|root| fs::remove_file(root.join(ADMINISTRATION)).unwrap(), "this file is missing"),
    (|root| many(&root.join("policies"), ".txt", 600), "`policies` is a folder of more than 500 files"),
    (|root| pipe(&root.join(ADMINISTRATION)), "`policies/administration.cedar` is a FIFO"),
    (|root| pipe(&root.join(PROMISE)), "`policies/never.cedar` is a FIFO"),
    (|root| pipe(&root.join("policies/new.cedar")), "`policies/new.cedar` is a FIFO"),
];

/// Takes back the access of one person.
fn revoke(desk: &Desk) {
    let text = desk.read("unn", "sara.fiktivsen");
    let revoked = format!("    revoked: {{on: 2026-11-23, by: {LEADER}, reason: misuse}}\n");
    desk.write("unn", "sara.fiktivsen", text + &revoked);
}

#[test]
fn what_is_odd_beside_the_policies_stops_no_revocation_and_no_check_passes_it() {
    for (make, words) in BESIDE {
        let desk = Desk::accepted();
        make(&desk.root());
        desk.run(&["check"]).ends(1).says("odd-path").says(words);
        revoke(&desk);
        let told = desk.run(&["apply"]).ends(1).says("odd-path").says(words).says("1 of 1 step done");
        told.never_says("policies-invalid").never_says("protected-change");
        desk.run(&["list"]).ends(0).never_says("sara.fiktivsen");
    }
}

#[test]
fn a_removal_goes_on_beside_what_is_odd_among_the_cases() {
    let desk = Desk::accepted();
    pipe(&desk.root().join("policies/tests/odd.yaml"));
    desk.delete("unn", "sara.fiktivsen");
    desk.run(&["apply"]).ends(1).says("odd-path").says("1 of 1 step done").never_says("loss-withheld");
}

#[test]
fn a_policy_that_may_be_hidden_lets_the_accepted_ones_stay_and_stops_no_revocation() {
    for (make, words) in HIDING {
        let desk = Desk::accepted();
        make(&desk.root());
        desk.run(&["check"]).ends(1).says("policies-invalid").says(words);
        revoke(&desk);
        let told = desk.run(&["apply"]).says("policies-invalid").says(words).says("1 of 1 step done");
        told.never_says("protected-change");
        desk.run(&["list"]).ends(0).never_says("sara.fiktivsen");
    }
}

/// Git obeys such a file, so it counts as one of the settings. Nothing is wrong in `policies` because of it.
#[test]
fn an_odd_gitattributes_elsewhere_is_told_once_in_its_own_place() {
    let refused = ", and git may obey it, so the policies and settings here are not taken";
    for path in [".gitattributes", "desired-state/unn/.gitattributes"] {
        let desk = Desk::accepted();
        link(&desk.root().join(path), "nowhere");
        let words = format!("`{path}` is a symbolic link{refused}");
        desk.run(&["check"]).ends(1).says("error[odd-path]").says(&words).never_says("policies-invalid");
        revoke(&desk);
        let told = desk.run(&["apply"]).says(&words).says("1 of 1 step done").never_says("policies-invalid");
        let all = [told.out, told.err].concat();
        assert_eq!(all.matches("is a symbolic link").count(), 1, "{all}");
    }
    let desk = Desk::accepted();
    link(&desk.root().join("policies/.gitattributes"), "nowhere");
    desk.run(&["check"])
        .ends(1)
        .says("policies-invalid")
        .says("`policies/.gitattributes` is a symbolic link");
}

#[test]
fn a_folder_of_cases_that_may_not_be_read_tells_of_the_permission() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::accepted();
    let cases = desk.root().join(CASES);
    fs::set_permissions(&cases, fs::Permissions::from_mode(0o0)).unwrap();
    // Whoever may read everything sees nothing odd here.
    if fs::read_dir(&cases).is_err() {
        revoke(&desk);
        let told =
            desk.run(&["apply"]).ends(1).says("`policies/tests` is unreadable").says("1 of 1 step done");
        told.says("Give the program's user the right to read it");
    }
    fs::set_permissions(&cases, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_commit_with_something_odd_among_the_policies_stops_no_revocation() {
    let committed = BESIDE.iter().take(COMMITTED).step_by(3).map(|odd| (odd, false));
    for ((make, words), hides) in committed.chain(HIDING.iter().take(2).map(|odd| (odd, true))) {
        let desk = accepted();
        make(&desk.root());
        revoke(&desk);
        commit(&desk.root());
        let told =
            desk.on_git(&["apply"]).says(words).says("1 of 1 step done").never_says("protected-change");
        if hides {
            told.says("policies-invalid");
        } else {
            told.ends(1).never_says("policies-invalid");
        }
        desk.run(&["list"]).ends(0).never_says("sara.fiktivsen");
    }
}
