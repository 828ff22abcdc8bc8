//! The program as people run it: commands, the daemon, and the real servers it talks to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod accepted;
mod ci_runs;
mod ci_templates;
mod cli;
mod daemon;
mod docs;
mod everyday;
mod evidence_story;
mod forge;
mod house;
mod postgres;
mod promised;
mod prove;
mod readme;
mod reports;
mod running;
mod schemas;
mod scim;
mod secrets;
mod solver_ends;

/// The folder of the project.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
