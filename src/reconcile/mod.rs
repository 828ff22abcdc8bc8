//! The daemon: what wakes it, and what it shows of itself.

pub mod http;
pub mod metrics;
pub mod status;
pub mod watch;
