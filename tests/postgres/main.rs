//! The register in PostgreSQL: a server of its own for each run, from the system's packages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod cluster;
mod contract;
mod daemons;
mod guard;
mod passes;
#[allow(dead_code, reason = "shared with the other stores")]
#[path = "../scim/port.rs"]
mod port;
#[allow(dead_code, reason = "shared with the other stores")]
#[path = "../scim/story.rs"]
mod story;
mod world;
