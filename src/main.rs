//! The program: its own clock is the system's. Memory goes back to the system after a large pass, so that the daemon is
//! small at rest.

use std::process::ExitCode;

use jiff::Timestamp;
use portvakt::cli;
use portvakt_core::clock::Clock;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(cli::run(std::env::args_os(), Clock::new(Timestamp::now)).code())
}
