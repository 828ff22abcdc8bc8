//! Tests of the program's borders: directories, git, the database, the ledger and services, and the pass that connects
//! them. The program itself is not started.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod example_tree;
mod git_source;
mod http;
mod ledger_chain;
mod merge_as_git;
mod pass;
mod reach;
mod register;
mod review;
mod serve;
mod source;
mod watch;

/// The folder of the project.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
