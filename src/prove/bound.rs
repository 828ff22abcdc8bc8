//! Starts a solver that ends with its prover. If the prover is killed, its solver does not notice, and would continue
//! until its own time is over. So the prover starts itself once more for each question. That process asks the system
//! to end it with the prover, and then becomes the solver. On systems other than Linux nothing is asked, and a solver
//! ends by its own limit.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{Pid, getppid};

/// The first word of a prover that is to become a solver. The id of the prover that waits for it follows, then the solver with
/// its options.
pub(super) const BECOME: &str = "become";

/// Becomes a solver. `words` are the arguments after [`BECOME`]. It returns only if this was not possible, with the
/// error.
pub(super) fn become_solver(mut words: impl Iterator<Item = OsString>) -> io::Error {
    let id = words.next().and_then(|id| id.to_str()?.parse::<i32>().ok()).filter(|id| *id > 0);
    let prover = id.and_then(Pid::from_raw);
    let (Some(prover), Some(solver)) = (prover, words.next()) else {
        return io::ErrorKind::InvalidInput.into();
    };
    if let Err(why) = end_with_parent() {
        return why;
    }
    // The prover may have ended before this request. Then no signal comes.
    if getppid() != Some(prover) {
        return io::Error::other("the prover has ended");
    }
    Command::new(solver).args(words).exec()
}

/// Asks the system to end this process when the process that started it ends. This stays in force in the program that
/// this process becomes.
pub(super) fn end_with_parent() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(())
}
