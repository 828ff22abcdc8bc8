//! Tests that a solver ends with its prover, and that both end with the program that waits for them. This must also be
//! true if a process is killed and cannot tell the others. Each is a real process here. The solver is one that sleeps
//! for a minute.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use portvakt_core::policy::{PROMISE_FILES, REQUIRED_FILES};
use portvakt_core::proof::{PROTOCOL, ProofTask};

use crate::cli::desk::Desk;
use crate::prove::{PROVER, script};

/// Makes a solver that never answers. It writes down its own id.
fn hangs(desk: &Desk) -> PathBuf {
    let ids = desk.beside("ids");
    let words = format!(
        "[ \"$1\" = --version ] && {{ echo hangs 1; exit 0; }}\necho $$ >> '{}'\nexec /bin/sleep 60",
        ids.display()
    );
    script(desk, "hangs", &words)
}

/// The solvers that have begun, once there are any.
fn begun(desk: &Desk) -> BTreeSet<String> {
    within(Duration::from_secs(60), || {
        let told = std::fs::read_to_string(desk.beside("ids")).unwrap_or_default();
        let ids: BTreeSet<String> = told.lines().map(str::to_owned).collect();
        (!ids.is_empty()).then_some(ids)
    })
}

/// Returns whether a process runs. A process that has ended does not run, even if nobody waits for it.
fn runs(id: &str) -> bool {
    let told = std::fs::read_to_string(Path::new("/proc").join(id).join("stat")).unwrap_or_default();
    let state = told.rsplit(')').next().unwrap_or_default().trim_start();
    !(state.is_empty() || state.starts_with('Z') || state.starts_with('X'))
}

/// Returns what is found within this time.
fn within<T>(limit: Duration, find: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(begun.elapsed() < limit, "it did not come about");
        sleep(Duration::from_millis(20));
    }
}

/// Kills a process, and waits until the solvers that have begun have ended too, long before their own minute is over.
fn kill(mut process: Child, desk: &Desk) {
    let solvers = begun(desk);
    assert!(solvers.iter().all(|id| runs(id)), "{solvers:?}");
    process.kill().unwrap();
    process.wait().unwrap();
    within(Duration::from_secs(20), || {
        // Another may have begun meanwhile.
        begun(desk).iter().all(|id| !runs(id)).then_some(())
    });
}

#[test]
fn a_solver_ends_with_a_prover_that_is_killed() {
    let desk = Desk::tree();
    let read = |path: &&str| ((*path).to_owned(), std::fs::read_to_string(desk.root().join(path)).unwrap());
    let task = ProofTask {
        protocol: PROTOCOL,
        solver: hangs(&desk).to_str().unwrap().to_owned(),
        seconds: 60,
        steps: None,
        files: REQUIRED_FILES.iter().chain(&PROMISE_FILES).map(read).collect(),
        before: None,
        roles: Vec::new(),
    };
    let mut prover = Command::new(PROVER);
    prover.env_clear().stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut prover = prover.spawn().unwrap();
    let words = serde_json::to_vec(&task).unwrap();
    prover.stdin.take().unwrap().write_all(&words).unwrap();
    kill(prover, &desk);
}

#[test]
fn prover_and_solver_end_with_a_program_that_is_killed() {
    let desk = Desk::tree();
    let mut program = desk.program();
    program.args(["prove", "--prover", PROVER, "--solver"]).arg(hangs(&desk));
    program.stdout(Stdio::null()).stderr(Stdio::null());
    kill(program.spawn().unwrap(), &desk);
}

#[test]
fn a_prover_becomes_a_solver_for_whoever_has_started_it_and_for_nobody_else() {
    let becomes = |id: &str| {
        let mut prover = Command::new(PROVER);
        prover.args(["become", id, "/bin/echo", "solved"]).stdin(Stdio::null()).output().unwrap()
    };
    let told = becomes(&std::process::id().to_string());
    assert!(told.status.success() && told.stdout == b"solved\n", "{told:?}");
    for other in ["0", "-1", "", "somebody", "4194304"] {
        let told = becomes(other);
        assert!(!told.status.success() && told.stdout.is_empty(), "{other}: {told:?}");
    }
}
