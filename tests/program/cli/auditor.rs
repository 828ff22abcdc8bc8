//! An auditor, who may read and do nothing else. These tests need the right to act as another user.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use super::desk::{Desk, Told, copy};

/// The user `nobody`, who owns nothing.
const NOBODY: u32 = 65_534;

const ASKED: [&[&str]; 9] = [
    &["list"],
    &["list", "--all"],
    &["list", "--at", "2026-11-23"],
    &["explain", "sara.fiktivsen"],
    &["ledger", "verify"],
    &["ledger", "show"],
    &["plan"],
    &["register", "users"],
    &["can", "sara.fiktivsen", "unlock-form"],
];

/// Whether this test may act as another user, and that user may run the program.
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

/// Lets everybody read, and nobody but the owner write.
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
    // The program has the file open, and its log holds what the file does not.
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
