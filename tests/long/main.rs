//! Tests that search for faults: simulated months from seeds, and random changes that are judged three times. `.ci/run`
//! runs them for a long time. A normal test run does only a few of each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[cfg(not(any(debug_assertions, feature = "planted")))]
compile_error!(
    "the lab plants faults: in a release build ask for them with `--features portvakt-long-tests/planted`"
);

mod lab;
mod mutants;
mod same_engine;

/// The folder of the project.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
