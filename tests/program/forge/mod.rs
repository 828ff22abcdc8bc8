//! Asks a forge who approved which bytes. The forge runs on loopback and answers as the published documentation says.

mod approvals;
mod bytes;
mod network;
pub mod server;
pub mod world;
