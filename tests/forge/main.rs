//! Who approved which bytes, asked of a forge on loopback that answers as the published documentation says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod approvals;
mod bytes;
mod network;
mod server;
mod world;
