//! Stores that are not the embedded file: one story for every store, and a SCIM service that misbehaves on command.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod crash;
mod daemon;
mod embedded;
mod faults;
#[path = "../daemon/fixture.rs"]
#[allow(dead_code, reason = "the daemon's own tests use the rest")]
mod fixture;
mod loopback;
mod pages;
mod passes;
mod port;
mod servers;
mod story;
mod tls;
mod wire;
mod world;
