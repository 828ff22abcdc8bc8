//! Who really approved, told as stories: more than fifty kinds of honest and dishonest change in a real repository,
//! with real keys or a forge on loopback, each judged by `check` before the merge and by the daemon's pass after it.
//! `docs/evidence.md` has them as a table, and every row of it names its story.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod bench;
mod forge;
mod honest;
mod ids;
mod pages;
mod pipeline;
mod platform;
mod removals;
mod replay;
#[allow(dead_code, reason = "the tests of the forge use the rest")]
#[path = "../forge/server.rs"]
mod server;
mod settings;
mod signatures;
mod tree;
mod verdict;
#[allow(dead_code, reason = "the tests of the forge use the rest")]
#[path = "../forge/world.rs"]
mod world;
