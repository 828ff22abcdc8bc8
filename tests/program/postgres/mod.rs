//! The register in PostgreSQL. Each run starts its own server from the system's packages.

pub mod cluster;
mod contract;
mod daemons;
mod guard;
mod hosts;
mod older;
mod passes;
mod pooler;
mod silence;
mod slots;
mod world;

use crate::scim::{port, story};
