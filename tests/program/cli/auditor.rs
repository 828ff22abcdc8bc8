//! Tests users other than the one who runs the service: an auditor who may only read, and root, who may do everything
//! and would leave files that the service cannot use. These tests need the right to act as another user.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use super::desk::{Desk, Told, copy};

/// The id of the user `nobody`, who owns no files.
const NOBODY: u32 = 65_534;

const ASKED: [&[&str]; 12] = [
    &["list"],
    &["list", "--all"],
    &["list", "--at", "2026-11-23"],
    &["explain", "sara.fiktivsen"],
    &["explain", "sara.fiktivsen", "--at", "2026-11-23"],
    &["history", "sara.fiktivsen"],
    &["who-had", "--unit", "UNN", "--from", "2026-11-23"],
    &["ledger", "verify"],
    &["ledger", "show"],
    &["plan"],
    &["register", "users"],
    &["can", "sara.fiktivsen", "unlock-form"],
];

/// Returns whether this test may act as another user, and that user may run the program.
fn may_act_as_another() -> bool {
    let mut tried = std::process::Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
    let ran = tried.arg("--version").uid(NOBODY).gid(NOBODY).output();
    let may = ran.is_ok_and(|output| output.status.success());
    if !may {
        eprintln!("skipped: this user may not act as another one here");
    }
    may
}

fn as_nobody(desk: &Desk, args: &[&str]) -> Told {
    Told::of(&desk.program().uid(NOBODY).gid(NOBODY).args(args).output().unwrap())
}

/// Lets everybody read, and only the owner write.
fn readable(desk: &Desk) {
    fn open(path: &Path) {
        let folder = path.is_dir();
        fs::set_permissions(path, fs::Permissions::from_mode(if folder { 0o755 } else { 0o644 })).unwrap();
        if folder {
            fs::read_dir(path).unwrap().for_each(|entry| open(&entry.unwrap().path()));
        }
    }
    open(desk.root().parent().unwrap());
}

fn names(desk: &Desk) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = fs::read_dir(desk.root().join("var")).unwrap().map(name).collect();
    names.sort();
    names
}

#[track_caller]
fn answered(desk: &Desk) {
    for asked in ASKED {
        let (own, theirs) = (desk.run(asked), as_nobody(desk, asked));
        assert!(own.code < 2, "{asked:?}: {own:?}");
        assert_eq!((own.code, &own.out), (theirs.code, &theirs.out), "{asked:?}: {}", theirs.err);
    }
}

#[test]
fn an_auditor_reads_with_the_right_to_read_alone() {
    if !may_act_as_another() {
        return;
    }
    let desk = Desk::accepted();
    readable(&desk);
    let before = names(&desk);
    for asked in ASKED {
        let told = as_nobody(&desk, asked);
        assert!(told.code < 2, "{asked:?}: {told:?}");
        assert_eq!(names(&desk), before, "{asked:?} left something behind");
    }
    // The program has the file open, and its log has content that the file does not have yet.
    let daemon = desk.database();
    daemon.query_row("SELECT count(*) FROM ledger", [], |row| row.get::<_, i64>(0)).unwrap();
    desk.delete("unn", "sara.fiktivsen");
    desk.run(&["apply"]).ends(0);
    readable(&desk);
    assert!(fs::metadata(desk.root().join("var/register.db-wal")).unwrap().len() > 0);
    answered(&desk);
    as_nobody(&desk, &["list"]).ends(0).never_says("sara.fiktivsen");
    drop(daemon);
}

#[test]
fn an_auditor_who_may_write_in_the_folder_leaves_nothing_there() {
    if !may_act_as_another() {
        return;
    }
    let desk = Desk::accepted();
    readable(&desk);
    fs::set_permissions(desk.root().join("var"), fs::Permissions::from_mode(0o777)).unwrap();
    let before = names(&desk);
    for asked in ASKED {
        let told = as_nobody(&desk, asked);
        assert!(told.code < 2, "{asked:?}: {told:?}");
    }
    assert_eq!(names(&desk), before);
}

#[test]
fn a_copy_without_its_log_is_read_and_one_whose_log_cannot_be_read_is_not_guessed() {
    if !may_act_as_another() {
        return;
    }
    let desk = Desk::accepted();
    let daemon = desk.database();
    daemon.query_row("SELECT count(*) FROM ledger", [], |row| row.get::<_, i64>(0)).unwrap();
    desk.delete("unn", "sara.fiktivsen");
    desk.run(&["apply"]).ends(0);
    copy(&desk.root().join("var"), &desk.root().join("copy"));
    fs::remove_file(desk.root().join("copy/register.db-shm")).unwrap();
    readable(&desk);
    let store = ["--store", "sqlite:copy/register.db", "list"];
    as_nobody(&desk, &store).ends(5).says("stands in the log beside it").says("copy the file and its `-wal`");
    drop(daemon);
    fs::copy(desk.store(), desk.root().join("copy/register.db")).unwrap();
    fs::remove_file(desk.root().join("copy/register.db-wal")).unwrap();
    as_nobody(&desk, &store).ends(0).never_says("sara.fiktivsen");
}

/// Gives the register's folder, with all files in it, to another user.
fn give(desk: &Desk) {
    let var = desk.root().join("var");
    names(desk).iter().for_each(|name| chown(var.join(name), Some(NOBODY), Some(NOBODY)).unwrap());
    chown(&var, Some(NOBODY), Some(NOBODY)).unwrap();
}

#[test]
fn root_makes_nothing_in_the_folder_of_another_user() {
    if !may_act_as_another() {
        return;
    }
    let desk = Desk::accepted();
    desk.delete("unn", "sara.fiktivsen");
    let digest = desk.run(&["baseline"]).after("Digest of the tree: ");
    readable(&desk);
    give(&desk);
    let before = names(&desk);
    let tokens = desk.beside("tokens");
    fs::write(&tokens, "a-token-of-enough-letters-for-this\n").unwrap();
    fs::set_permissions(&tokens, fs::Permissions::from_mode(0o600)).unwrap();
    let accept =
        ["baseline", "--accept", &digest, "--by", super::desk::LEADER, "--by", super::desk::COORDINATOR];
    let writing: [&[&str]; 7] = [
        &["apply"],
        &["daemon", "--listen", "127.0.0.1:0"],
        &accept,
        &["confirm-date", "2026-11-23", "--by", super::desk::LEADER],
        &["ledger", "checkpoint"],
        &["register", "seed"],
        &["register", "serve", "--listen", "127.0.0.1:0", "--token-file", tokens.to_str().unwrap()],
    ];
    for command in writing {
        let told = desk.run(command).ends(5);
        told.says("store-unavailable").says("belongs to the user `nobody`").says("runuser -u nobody");
        assert_eq!(names(&desk), before, "{command:?}");
    }
    desk.run(&["--lang", "nb", "apply"]).ends(5).says("tilhører brukeren `nobody`");
    // Reading is root's right, and leaves nothing that is root's.
    desk.run(&["list"]).ends(0);
    for name in names(&desk) {
        assert_eq!(fs::metadata(desk.root().join("var").join(&name)).unwrap().uid(), NOBODY, "{name}");
    }
    as_nobody(&desk, &["apply"]).ends(0);
    // A folder that is not there yet would be made in that user's.
    chown(desk.root(), Some(NOBODY), Some(NOBODY)).unwrap();
    let mut elsewhere = vec!["--store", "sqlite:below/new/register.db"];
    elsewhere.extend(accept);
    desk.run(&elsewhere).ends(5).says("belongs to the user `nobody`");
    assert!(!desk.root().join("below").exists());
    // Nothing is made in the tree either, which people write.
    chown(desk.root().join("desired-state"), Some(NOBODY), Some(NOBODY)).unwrap();
    let start = ["review", "start", "--trust", "unn"];
    desk.run(&start).ends(5).says("belongs to the user `nobody`").says("runuser -u nobody");
    desk.run(&[&["--lang", "nb"], &start[..]].concat()).ends(5).says("tilhører brukeren `nobody`");
    for folder in ["reviews", "desired-state/reviews"] {
        assert!(!desk.root().join(folder).exists(), "{folder}");
    }
}

#[test]
fn root_writes_through_no_link_to_what_is_another_users() {
    if !may_act_as_another() {
        return;
    }
    let desk = Desk::accepted();
    readable(&desk);
    let (var, theirs) = (desk.root().join("var"), desk.root().join("theirs"));
    let refused = |what: &str| {
        let told = desk.run(&["apply"]).ends(5);
        told.says("store-unavailable").says("belongs to the user `nobody`").says("runuser -u nobody");
        assert!(!var.join("portvakt.lock").exists(), "{what}");
    };
    let _none = fs::remove_file(var.join("portvakt.lock"));
    // The folder is root's own. The register is a link to a file of theirs, in a folder of theirs or of root.
    fs::create_dir(&theirs).unwrap();
    for name in names(&desk) {
        fs::rename(var.join(&name), theirs.join(&name)).unwrap();
    }
    std::os::unix::fs::symlink("../theirs/register.db", desk.store()).unwrap();
    let give = |path: &Path, to| chown(path, Some(to), Some(to)).unwrap();
    give(&theirs.join("register.db"), NOBODY);
    refused("their file");
    give(&theirs, NOBODY);
    refused("their file in their folder");
    give(&theirs.join("register.db"), 0);
    refused("their folder");
    // The folder itself is a link to theirs.
    fs::remove_file(desk.store()).unwrap();
    fs::remove_dir(&var).unwrap();
    std::os::unix::fs::symlink("theirs", &var).unwrap();
    refused("a link to their folder");
    // A link to what is root's own is in order.
    give(&theirs, 0);
    desk.run(&["apply"]).ends(0);
}

#[test]
fn whoever_is_locked_out_by_an_earlier_run_as_root_is_told_by_whom() {
    if !may_act_as_another() {
        return;
    }
    let desk = Desk::accepted();
    desk.run(&["ledger", "checkpoint"]).ends(0);
    readable(&desk);
    give(&desk);
    for name in ["portvakt.lock", "ledger.key"] {
        let path = desk.root().join("var").join(name);
        chown(&path, Some(0), Some(0)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let told = as_nobody(&desk, &["apply"]).ends(5);
    told.says("portvakt.lock` belongs to the user `root`")
        .says("chown --no-dereference nobody")
        .never_says("in that folder");
    as_nobody(&desk, &["ledger", "checkpoint"]).ends(5).says("ledger.key` belongs to the user `root`");
}
