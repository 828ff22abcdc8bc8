//! `portvakt-prove`: a task on standard input, the reply on standard output. `portvakt prove`, and whatever
//! shows a change of the policies, starts it. It has no options and says nothing to people.

use std::process::ExitCode;

fn main() -> ExitCode {
    if portvakt_prove::program().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
