//! Evidence with real keys: everything is made by `ssh-keygen`, and its own verdict stands beside ours.

mod agree;
mod bench;
mod files;
mod hardware;
