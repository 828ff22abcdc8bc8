//! The program: parses the command line and returns an exit code. Memory goes back to the system after a large
//! pass, so that the daemon is small at rest.

use std::process::ExitCode;

use clap::Parser;
use portvakt::cli::Cli;
use portvakt::diag::Exit;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => {
            let usage = told.use_stderr();
            let _gone = told.print();
            return ExitCode::from(if usage { Exit::Usage.code() } else { Exit::Ok.code() });
        }
    };
    ExitCode::from(cli.run().code())
}
