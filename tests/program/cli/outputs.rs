//! Tests standard output and standard error when they are full, closed, or read by nobody. A lost result is an error. A
//! log that nobody reads stops nothing.

use std::fs::{File, OpenOptions};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::desk::{Desk, Told};
use crate::running;

fn into(desk: &Desk, out: impl Into<Stdio>, args: &[&str]) -> Told {
    let child = desk.program().args(args).stdout(out).stderr(Stdio::piped()).spawn().unwrap();
    Told::of(&child.wait_with_output().unwrap())
}

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

/// An output that was opened for reading only.
fn shut() -> File {
    File::open("/dev/null").unwrap()
}

const ASKED: [&[&str]; 14] = [
    &["check"],
    &["check", "--format", "json"],
    &["check", "--format", "github"],
    &["check", "--format", "sarif"],
    &["check", "--format", "junit"],
    &["check", "--format", "markdown"],
    &["plan"],
    &["list"],
    &["list", "--format", "json"],
    &["ledger", "show"],
    &["ledger", "verify"],
    &["register", "users"],
    &["schema", "person"],
    &["--help"],
];

#[test]
fn a_result_that_could_not_be_written_is_told_and_ends_with_5() {
    let desk = Desk::accepted();
    for asked in ASKED {
        if desk.run(asked).out.is_empty() {
            continue;
        }
        for (out, why) in [(full(), "No space left"), (shut(), "Bad file descriptor")] {
            let told = into(&desk, out, asked).ends(5);
            assert!(told.err.contains("could not be written to standard output"), "{asked:?}: {told:?}");
            assert!(told.err.contains(why), "{asked:?}: {told:?}");
        }
    }
    let told = into(&desk, full(), &["--lang", "nb", "list"]).ends(5);
    told.says("kunne ikke skrives til standard ut").says("disken er full").never_says("No space left");
}

/// Runs the program with an output that is closed before it starts, or turned elsewhere, by the words of a shell.
fn turned(desk: &Desk, turn: &str, args: &[&str]) -> Told {
    let program = desk.program();
    let mut shell = std::process::Command::new("/bin/sh");
    shell
        .arg("-c")
        .arg(format!("exec \"$0\" \"$@\" {turn}"))
        .arg(program.get_program())
        .args(program.get_args());
    shell.env_clear().current_dir(desk.root()).env("PORTVAKT_SOLVER", "/nowhere/cvc5");
    Told::of(&shell.args(args).output().unwrap())
}

#[test]
fn an_output_that_was_closed_is_told_and_one_that_is_thrown_away_is_not() {
    let desk = Desk::accepted();
    for asked in ASKED {
        let own = desk.run(asked);
        if own.out.is_empty() {
            continue;
        }
        let told = turned(&desk, ">&-", asked).ends(5);
        assert!(told.err.contains("standard output: it was closed"), "{asked:?}: {told:?}");
        let told = turned(&desk, "<&- >&-", asked).ends(5);
        assert!(told.err.contains("standard output: it was closed"), "{asked:?}: {told:?}");
        for thrown_away in [">/dev/null", ">>/dev/null", "<&- >/dev/null"] {
            let told = turned(&desk, thrown_away, asked);
            let lost = told.err.contains("standard output");
            assert_eq!((told.code, lost), (own.code, false), "{thrown_away} {asked:?}: {told:?}");
        }
    }
    turned(&desk, ">&-", &["--lang", "nb", "list"])
        .ends(5)
        .says("kunne ikke skrives til standard ut: den var lukket");
    desk.write("unn", "sara.fiktivsen", "x: [");
    turned(&desk, ">&-", &["check"]).ends(5);
}

#[test]
fn a_reader_that_has_enough_is_no_error_and_the_verdict_stays() {
    let desk = Desk::accepted();
    let gone = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer
    };
    for asked in ASKED {
        let (own, told) = (desk.run(asked), into(&desk, gone(), asked));
        assert_eq!(
            (own.code, told.err.contains("standard output")),
            (told.code, false),
            "{asked:?}: {told:?}"
        );
    }
    desk.write("unn", "sara.fiktivsen", "x: [");
    into(&desk, gone(), &["check"]).ends(1).never_says("standard output");
}

#[test]
fn only_a_file_is_replaced() {
    let desk = Desk::accepted();
    let kept = desk.beside("kept.json");
    std::fs::write(&kept, "kept").unwrap();
    let (link, loose, pipe, folder) =
        (desk.beside("link"), desk.beside("loose"), desk.beside("pipe"), desk.beside("folder"));
    std::os::unix::fs::symlink(&kept, &link).unwrap();
    std::os::unix::fs::symlink(desk.beside("nowhere"), &loose).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::create_dir(&folder).unwrap();
    for (out, what) in [
        (&link, "is a link"),
        (&loose, "is a link"),
        (&pipe, "is a pipe"),
        (&folder, "is a folder"),
        (&std::path::PathBuf::from("/dev/full"), "is a device"),
    ] {
        let told = desk.run(&["ledger", "checkpoint", "--out", out.to_str().unwrap()]).ends(2);
        told.says(what).says("only a file is replaced");
    }
    desk.run(&["--lang", "nb", "ledger", "checkpoint", "--out", link.to_str().unwrap()]).says("er en lenke");
    assert!(link.is_symlink() && loose.is_symlink() && !desk.beside("nowhere").exists());
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "kept");
    desk.run(&["ledger", "checkpoint", "--out", kept.to_str().unwrap()]).ends(0);
    assert!(std::fs::read_to_string(&kept).unwrap().contains("public_key"));
    // The same is true for signatures.
    let ((key, public), sig) = (desk.key("key"), desk.root().join("desired-state/settings.sig"));
    let allowed = format!("{} {public}\n", super::desk::LEADER);
    std::fs::write(desk.root().join("desired-state/allowed_signers"), allowed).unwrap();
    std::os::unix::fs::symlink(&kept, &sig).unwrap();
    let told = desk.run(&["approve", "--settings", "--key", key.to_str().unwrap(), "--yes"]);
    assert_ne!(told.code, 0, "{told:?}");
    told.says("is a link");
    assert!(sig.is_symlink());
}

/// A daemon that is ended with the test.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

#[test]
fn a_daemon_whose_log_nobody_reads_goes_on() {
    let desk = Desk::accepted();
    let mut command = desk.program();
    command.args([
        "daemon",
        "--listen",
        "127.0.0.1:0",
        "--settle",
        "20ms",
        "--grace",
        "200ms",
        "--poll",
        "200ms",
    ]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut daemon = Daemon(child);
    drop(daemon.0.stderr.take());
    let url = running::first_line(&mut daemon.0);
    assert!(url.starts_with("http://"), "{url}");
    desk.delete("unn", "sara.fiktivsen");
    let begun = Instant::now();
    while desk.run(&["list", "--trust", "unn"]).ends(0).out.contains("sara.fiktivsen") {
        assert!(begun.elapsed() < Duration::from_secs(60), "the daemon does nothing");
        assert_eq!(daemon.0.try_wait().unwrap(), None, "the daemon has ended");
        std::thread::sleep(Duration::from_millis(100));
    }
    running::signal(&daemon.0, rustix::process::Signal::TERM).unwrap();
    assert_eq!(daemon.0.wait().unwrap().code(), Some(0));
}
