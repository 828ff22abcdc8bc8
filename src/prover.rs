//! `portvakt-prove` reads a task from standard input and writes the reply to standard output. `portvakt prove` starts
//! it, and so does every command that shows a change of the policies. It has no options and says nothing to people.

use std::process::ExitCode;

/// The encoder makes and drops many small values.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if portvakt_prove::program().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
