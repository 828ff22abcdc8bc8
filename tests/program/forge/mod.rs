//! Who approved which bytes, asked of a forge on loopback that answers as the published documentation says.

mod approvals;
mod bytes;
mod network;
pub mod server;
pub mod world;
