//! The decisions of Portvakt: values in, values out.
//!
//! ```text
//!  bytes of the tree ──parse──▶ what the files say ──change──▶ ChangeSet: base vs head
//!                                                                 │
//!                                                               judge    Verdict per change (Cedar)
//!                                                                 ▼
//!                      store: accounts as observed ──plan──▶ Steps  (the guard may hold some)
//! ```
//!
//! [`decide::decide`] goes this way once for a pass: from a [`decide::Case`], in which everything that was read stands as a
//! value, to a [`decide::Decided`], in which everything stands that is to be written.
//!
//! Nothing here opens a file, asks a network, reads the environment or looks at a clock: all of that is read before and
//! given in. Whoever wants to know why somebody has access, or has none, finds the reason in this crate.

pub mod change;
pub mod clock;
pub mod decide;
pub mod diag;
pub mod evidence;
pub mod judge;
pub mod model;
pub mod parse;
pub mod plan;
pub mod planted;
pub mod policy;
pub mod reports;
pub mod schema;
pub mod store;
pub mod tree;
