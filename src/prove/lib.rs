//! Proves promises of policies, and compares two sets of policies, for every request there can be.
//!
//! ```text
//!  Task (JSON, standard input) ──task──▶ bench: the sets, the assumptions, the kinds of requests
//!                                          │
//!                     promises: kept? void? errs? dead?      differ: more? less? for each role
//!                                          └──▶ solver ──▶ cvc5, a process for each question (bound: it ends with this one)
//!  Reply (JSON, standard output) ◀──────── example ◀──── plainest: the same with fewer unusual facts
//! ```
//!
//! Two files have only tests. `agree` compares the encoder with the evaluator, and `pinned` does the same with a real
//! solver.
//!
//! This crate is linked into a program of its own, `portvakt-prove`, which `portvakt prove` starts. So the daemon
//! carries neither the encoder nor a solver. It reads neither files nor the network: policies come in by standard
//! input, and the one program that it starts is the solver that the task names. It starts itself to become that
//! solver.
//!
//! If the solver does not know, or does not answer in time, the verdict is
//! [`ProofVerdict::Unsure`](portvakt_core::proof::ProofVerdict::Unsure). No error becomes a success.

use std::io::{self, Read as _, Write as _};

#[cfg(test)]
mod agree;
mod bench;
mod bound;
mod differ;
mod example;
#[cfg(test)]
mod pinned;
mod plainest;
mod promises;
mod solver;
mod task;

pub use task::{reply_to, run};

/// Runs `portvakt-prove`. It reads a task from standard input and writes the reply to standard output. If its first word
/// says so, it becomes a solver for the prover that has started it.
///
/// # Errors
/// When it cannot read, write or become the solver.
pub fn program() -> io::Result<()> {
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|first| first == bound::BECOME) {
        return Err(bound::become_solver(words));
    }
    // The program that waits for the reply may be ended too. If the system cannot be asked for that, the reply is
    // still made.
    let _asked = bound::end_with_parent();
    let prover = std::env::current_exe().ok();
    let mut task = String::new();
    io::stdin().read_to_string(&mut task)?;
    io::stdout().write_all(run(&task, prover.as_deref()).as_bytes())
}
