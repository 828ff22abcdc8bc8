//! The decisions of Portvakt. This crate takes values and returns values.
//!
//! ```text
//!  bytes of the tree ──parse──▶ what the files say ──change──▶ ChangeSet: base vs head
//!                                                                 │
//!                                                               judge    Verdict per change (Cedar)
//!                                                                 ▼
//!                      store: accounts as observed ──plan──▶ Steps  (the guard may hold some)
//! ```
//!
//! [`decide::decide`] follows this path once for each pass. It takes a [`decide::Case`], which holds everything that
//! was read, and returns a [`decide::Decided`], which holds everything that is to be written.
//!
//! Nothing here opens a file, uses a network, reads the environment or looks at a clock. All of that is read earlier
//! and passed in as values. This crate holds the reason why a person has access, or has none.

pub mod change;
pub mod clock;
pub mod decide;
pub mod diag;
pub mod evidence;
pub mod invisible;
pub mod judge;
pub mod model;
pub mod parse;
pub mod plan;
pub mod planted;
pub mod policy;
pub mod reports;
pub mod schema;
pub mod store;
pub mod text;
pub mod tree;
pub mod zone;
