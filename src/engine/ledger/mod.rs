//! The ledger records everything that was decided and done: who had which access on which day, who approved it, and
//! which request it was for.
//!
//! The ledger only grows. Each entry has the hash of the entry before it ([`chain`]). A [`checkpoint`], signed with the
//! register's own key, can leave the host, so a ledger that was cut short or replaced as a whole is found too. The
//! hashed text names accounts and person keys, never people. The person behind a key is in a separate table
//! ([`person_key`]), which can be emptied without breaking the chain.

pub mod chain;
pub mod checkpoint;
mod entries;
mod entry;
mod error;
mod kind;
pub mod person_key;
mod walk;

pub use chain::{Tail, append, head, holds, prepare, tables, verify};
pub use checkpoint::{Checkpoint, CheckpointError, CheckpointKey, KeyError};
pub use entries::{Entries, Filter, entries};
pub use entry::{Head, LedgerEntry};
pub use error::{LedgerError, VerifyError};
pub use kind::{EntryKind, KindError};
pub use walk::{Break, Link, Verified, Walk, as_found};
