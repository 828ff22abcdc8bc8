//! From what should be and what is, to what must be done: a value, ordered, printable, comparable.

mod step;

pub use step::{Cause, Effect, NewAccount, Raise, Revoke, Step, Subject};
