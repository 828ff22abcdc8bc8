//! The daemon: what wakes it, what it does then, and what it shows of itself.

pub mod daemon;
pub mod engine;
pub mod fetching;
pub mod http;
mod journal;
pub mod metrics;
mod order;
pub mod origin;
pub mod past;
mod places;
mod red;
pub mod reviews;
pub mod schedule;
pub mod status;
pub mod watch;
pub mod worker;
