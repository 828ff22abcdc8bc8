//! Rapporteket's reports, in a real MariaDB: what ends there when somebody leaves, and what happens when it is down.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "../postgres/cluster.rs"]
#[allow(dead_code)]
mod cluster;
mod elsewhere;
mod exact;
mod leaving;
mod maria;
mod outage;
mod process;
mod world;
