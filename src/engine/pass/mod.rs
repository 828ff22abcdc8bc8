//! One pass as far as the decision: what the case needs is read here, and `portvakt_core::decide` decides it.
//!
//! The same pass serves `plan`, `apply` and `daemon`; it never sees why it was woken. It writes nothing: what [`prepare`]
//! returns is carried out by [`crate::apply`], or printed.

mod adopt;
mod asked;
mod distrust;
mod known;
mod look;
mod observe;
mod office;
mod prepare;
mod reports;
mod settings;
mod shelf;

pub use asked::{Asked, Newest, PassError, Seen};
pub use office::Office;
pub use prepare::{day, prepare};
pub use shelf::Shelf;
