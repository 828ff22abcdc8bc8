//! The program with a clock that tests set. It begins at the time after `--now`, or in `PORTVAKT_NOW`, and runs on from
//! there.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use portvakt::cli;
use portvakt_core::clock::Clock;

/// The allocator of the shipped program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut args: Vec<OsString> = std::env::args_os().collect();
    let mut now = std::env::var_os("PORTVAKT_NOW");
    if let Some(at) = args.iter().position(|arg| arg == "--now") {
        now = args.drain(at..(at + 2).min(args.len())).nth(1);
    }
    if let Some(first) = args.first_mut() {
        *first = "portvakt".into();
    }
    let clock = match now.map(|text| text.to_string_lossy().parse::<Timestamp>()) {
        None => Clock::new(Timestamp::now),
        Some(Ok(start)) => from(start),
        Some(Err(why)) => {
            eprintln!("--now: {why}");
            return ExitCode::from(2);
        }
    };
    ExitCode::from(cli::run(args, clock).code())
}

/// A clock that stands at this time now.
fn from(start: Timestamp) -> Clock {
    let begun = Instant::now();
    Clock::new(move || {
        let run = SignedDuration::try_from(begun.elapsed()).unwrap_or_default();
        start.checked_add(run).unwrap_or(start)
    })
}
