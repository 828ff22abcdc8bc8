//! Standard output and standard error that are full, closed, or read by nobody. A result that was lost is told; a log that
//! nobody reads stops nothing.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::desk::{Desk, Told};

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
    into(&desk, full(), &["--lang", "nb", "list"]).ends(5).says("kunne ikke skrives til standard ut");
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
    let mut url = String::new();
    BufReader::new(daemon.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(url.starts_with("http://"), "{url}");
    desk.delete("unn", "sara.fiktivsen");
    let begun = Instant::now();
    while desk.run(&["list", "--trust", "unn"]).ends(0).out.contains("sara.fiktivsen") {
        assert!(begun.elapsed() < Duration::from_secs(60), "the daemon does nothing");
        assert_eq!(daemon.0.try_wait().unwrap(), None, "the daemon has ended");
        std::thread::sleep(Duration::from_millis(100));
    }
    let id = rustix::process::Pid::from_child(&daemon.0);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert_eq!(daemon.0.wait().unwrap().code(), Some(0));
}
