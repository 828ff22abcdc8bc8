//! Stores other than the embedded file. There is one story for every store, and a SCIM service that misbehaves on
//! command.

mod client;
mod crash;
mod daemon;
mod embedded;
mod faults;
mod fit;
pub mod loopback;
mod pages;
mod passes;
pub mod port;
mod put_back;
mod quirks;
mod servers;
pub mod story;
mod tls;
mod wire;
pub mod world;

use crate::daemon::fixture;
