//! The daemon: what starts its passes, what it does in them, and how it reports its own state.

pub mod daemon;
pub mod engine;
mod error;
pub mod fetching;
pub mod http;
mod journal;
pub mod metrics;
mod order;
pub mod origin;
pub mod past;
mod places;
mod reach;
mod red;
pub mod reviews;
pub mod schedule;
pub mod status;
pub mod watch;
pub mod worker;
