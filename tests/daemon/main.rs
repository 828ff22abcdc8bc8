//! `portvakt daemon` as the built program, on a copy of the example with a real SQLite register.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod alone;
mod clock;
mod crash;
mod edits;
mod fixture;
mod git;
mod takeover;
mod tree;
mod waiting;
