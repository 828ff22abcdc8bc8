//! The embedded register, as its users see it.

mod bench;
mod list;
mod story;
