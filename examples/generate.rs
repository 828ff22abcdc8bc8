//! Writes a made-up tree of any size: `cargo run --example generate -- --people 100000 DIR`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Writes a tree of made-up people: the same seed, the same bytes.
#[derive(Parser)]
struct Args {
    /// How many people.
    #[arg(long, default_value_t = 1000)]
    people: u64,
    /// Which tree of that size.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder to write into; it may not hold a tree yet.
    dir: PathBuf,
}

fn main() -> ExitCode {
    let Args { people, seed, dir } = Args::parse();
    match portvakt::example::generate(people, seed, &dir) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            match std::error::Error::source(&error) {
                Some(source) => eprintln!("{error}: {source}"),
                None => eprintln!("{error}"),
            }
            ExitCode::from(5)
        }
    }
}
