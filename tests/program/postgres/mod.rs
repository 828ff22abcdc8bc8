//! The register in PostgreSQL: a server of its own for each run, from the system's packages.

pub mod cluster;
mod contract;
mod daemons;
mod guard;
mod passes;
mod world;

use crate::scim::{port, story};
