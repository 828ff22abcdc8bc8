//! The program: parses the command line, starts the logs, returns an exit code.
fn main() {}
