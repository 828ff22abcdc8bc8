//! The daemon: what wakes it, what it does then, and what it shows of itself.

pub mod engine;
pub mod http;
pub mod metrics;
pub mod status;
pub mod watch;
