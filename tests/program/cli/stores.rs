//! A store that is locked, read-only, full or no register at all. The program says so in plain words, and nothing is
//! half done.

use std::time::{Duration, Instant};

use super::desk::{Desk, Told};

const COMMANDS: [&[&str]; 4] = [&["plan"], &["apply"], &["list"], &["baseline"]];

#[track_caller]
fn all(desk: &Desk, words: &str) {
    for command in COMMANDS {
        desk.run(command).ends(5).says("stopped[store-unavailable]").says(words).never_says("`init`");
    }
}

#[test]
fn a_store_that_is_no_database() {
    let desk = Desk::accepted();
    std::fs::write(desk.store(), [0x5a; 9000]).unwrap();
    all(&desk, "no SQLite file");
    assert_eq!(std::fs::read(desk.store()).unwrap(), [0x5a; 9000]);
}

#[test]
fn a_store_that_is_a_folder() {
    let desk = Desk::accepted();
    std::fs::remove_file(desk.store()).unwrap();
    std::fs::create_dir(desk.store()).unwrap();
    all(&desk, "it is a folder");
}

#[test]
fn a_store_of_a_newer_version() {
    let desk = Desk::accepted();
    desk.database().pragma_update(None, "user_version", 999).unwrap();
    all(&desk, "newer version");
}

#[test]
fn a_database_of_another_program() {
    let desk = Desk::accepted();
    std::fs::remove_file(desk.store()).unwrap();
    desk.database().execute_batch("CREATE TABLE other (a)").unwrap();
    all(&desk, "another program");
}

#[test]
fn an_empty_store_file() {
    let desk = Desk::accepted();
    std::fs::write(desk.store(), "").unwrap();
    for command in [["plan"], ["list"], ["apply"]] {
        let told = desk.run(&command);
        assert!([4, 5].contains(&told.code), "{told:?}");
        told.never_says("`init`").says("baseline");
    }
}

#[test]
fn a_wrong_path_to_the_store_makes_no_store_there() {
    let desk = Desk::accepted();
    for command in [["plan"], ["apply"], ["list"]] {
        let told = desk.run(&["--store", "sqlite:var/other.db", command[0]]).ends(4);
        told.says("no-baseline").says("var/other.db");
        assert!(!desk.root().join("var/other.db").exists(), "{command:?}");
    }
}

#[test]
fn a_locked_store_is_waited_for_and_then_told() {
    let desk = Desk::accepted();
    let other = desk.database();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let begun = Instant::now();
    desk.change("unn", "sara.fiktivsen", "Sara Fiktivsen", "Sara Eksempelsen");
    let told = desk.run(&["apply"]).ends(5);
    told.says("store-unavailable").says("locked by another program");
    assert!(begun.elapsed() < Duration::from_secs(60));
    other.execute_batch("COMMIT").unwrap();
    desk.run(&["apply"]).ends(0);
}

#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let desk = Desk::accepted();
    desk.delete("unn", "sara.fiktivsen");
    let before = std::fs::read(desk.store()).unwrap();
    // The limit on the size of files acts like a full disk.
    let program = desk.program();
    let words: Vec<String> = std::iter::once(program.get_program())
        .chain(program.get_args())
        .map(|word| word.to_str().unwrap().to_owned())
        .collect();
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"])
        .args(&words)
        .arg("apply")
        .env_clear()
        .current_dir(desk.root())
        .output()
        .unwrap();
    let told = Told::of(&output).ends(5);
    told.says("store-unavailable");
    desk.run(&["ledger", "verify"]).ends(0);
    desk.run(&["list", "--trust", "unn"]).ends(0).says("sara.fiktivsen");
    assert_eq!(before.len(), std::fs::read(desk.store()).unwrap().len());
    desk.run(&["apply"]).ends(0).says("sara.fiktivsen");
    desk.run(&["list", "--trust", "unn"]).ends(0).never_says("sara.fiktivsen");
}

/// A file nobody may change, root included, as long as the value lives.
struct Immutable(std::path::PathBuf);

impl Immutable {
    fn make(path: std::path::PathBuf) -> Option<Self> {
        let flag = std::process::Command::new("chattr").arg("+i").arg(&path).output();
        flag.is_ok_and(|output| output.status.success()).then_some(Self(path))
    }
}

impl Drop for Immutable {
    fn drop(&mut self) {
        let flag = std::process::Command::new("chattr").arg("-i").arg(&self.0).status();
        assert!(flag.unwrap().success());
    }
}

#[test]
fn a_store_that_cannot_be_written_can_still_be_read() {
    let desk = Desk::accepted();
    desk.delete("unn", "sara.fiktivsen");
    let Some(file) = Immutable::make(desk.store()) else {
        eprintln!("skipped: no file can be made immutable here");
        return;
    };
    desk.run(&["apply"]).ends(5).says("store-unavailable").says("read-only").says("write access");
    desk.run(&["list", "--trust", "unn"]).ends(0).says("sara.fiktivsen");
    drop(file);
    desk.run(&["apply"]).ends(0).says("1 of 1 step done");
}

#[test]
fn two_programs_do_not_apply_at_once() {
    let desk = Desk::accepted();
    let file = std::fs::File::create(desk.root().join("var/portvakt.lock")).unwrap();
    file.lock().unwrap();
    desk.run(&["apply"]).ends(5).says("another portvakt works on this register").says("daemon");
    drop(file);
    desk.run(&["apply"]).ends(0);
}
