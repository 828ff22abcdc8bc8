//! Evidence with real keys. `ssh-keygen` makes everything, and its verdict is compared with ours.

mod agree;
pub mod bench;
mod files;
mod generated;
mod hardware;
