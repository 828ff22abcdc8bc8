//! The record of all that was decided and done: who had what on which day, approved by whom, on which request.
//!
//! It only grows. Each entry carries the hash of the one before it ([`chain`]), and a [`checkpoint`] signed with
//! the register's own key can leave the host, so that a record that was cut short or replaced as a whole is found
//! too. What is hashed names accounts and person keys, never people: which person a key means stands in a table
//! of its own ([`person_key`]) that can be emptied without the chain breaking.

pub mod chain;
pub mod checkpoint;
mod entries;
mod kind;
pub mod person_key;
mod walk;

pub use chain::{
    Entry, Head, LedgerError, Tail, Verified, VerifyError, append, head, prepare, tables, verify,
};
pub use checkpoint::{Checkpoint, CheckpointError, Key, KeyError};
pub use entries::{Entries, Filter, entries};
pub use kind::{Kind, KindError};
pub use walk::{Break, Link, Walk, as_found};
