//! Tests `portvakt daemon` as the built program, on a copy of the example with a real SQLite register.

mod alone;
mod clock;
mod crash;
mod edits;
pub mod fixture;
mod git;
mod takeover;
mod tree;
mod waiting;
