//! Prepares one pass up to the decision. The data of the case is read here, and `portvakt_core::decide` makes the
//! decision.
//!
//! The same pass serves `plan`, `apply` and `daemon`. It does not know why it was started. It writes nothing: what
//! [`prepare()`] returns is carried out by [`crate::apply`], or printed.

mod adopt;
mod asked;
mod distrust;
mod look;
mod observe;
mod office;
mod prepare;
mod reports;
mod settings;
mod shelf;
mod unfinished;

pub use asked::{Newest, PassError, PassInput, PassTools};
pub use office::Office;
pub use prepare::{day, prepare};
pub use shelf::Shelf;
