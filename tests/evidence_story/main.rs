//! Who really approved, told as stories: twenty-eight kinds of honest and dishonest change in a real repository, with
//! real keys, each judged by `check` before the merge and by the daemon's pass after it. `docs/evidence.md` has them as
//! a table, and every row of it names its story.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod bench;
mod honest;
mod pages;
mod removals;
mod replay;
mod settings;
mod signatures;
mod tree;
mod verdict;
