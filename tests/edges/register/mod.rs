//! The embedded register, as those who use it meet it.

mod bench;
mod list;
mod story;
