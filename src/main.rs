//! The program's entry point. It passes the system's clock to the command line. The allocator is mimalloc, because it
//! gives memory back to the system after a large pass. So the daemon stays small between passes.

use std::process::ExitCode;

use jiff::Timestamp;
use portvakt::cli;
use portvakt_core::clock::Clock;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[allow(clippy::disallowed_methods, reason = "the time enters the program here")]
fn main() -> ExitCode {
    ExitCode::from(cli::run(std::env::args_os(), Clock::new(Timestamp::now)).code())
}
