//! What searches instead of telling: simulated months from seeds, and random changes judged three times. `.ci/run`
//! runs them long; here a few of each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod lab;
mod same_engine;

/// The folder of the project.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
