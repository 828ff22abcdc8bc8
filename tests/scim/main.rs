//! Stores that are not the embedded file: one story for every store, and a SCIM service that misbehaves on command.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod crash;
mod embedded;
mod faults;
mod loopback;
mod passes;
mod port;
mod servers;
mod story;
mod wire;
mod world;
