//! Evidence with real keys: everything is made by `ssh-keygen`, and its own verdict stands beside ours.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod agree;
mod bench;
mod files;
mod hardware;
