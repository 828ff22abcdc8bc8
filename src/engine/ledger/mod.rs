//! The ledger records everything that was decided and done: who had which access on which day, who approved it, and
//! which request it was for.
//!
//! The ledger only grows. Each entry has the hash of the entry before it ([`chain`]). A [`checkpoint`], signed with the
//! register's own key, can leave the host, so a ledger that was cut short or replaced as a whole is found too. The
//! hashed text names accounts and person keys, never people. The person behind a key is in a separate table
//! ([`person_key`]), which can be emptied without breaking the chain.
//!
//! The files in reading order:
//!
//! ```text
//!  entry       one entry, and the hash that binds it to the entry before it
//!  kind        the kinds of entries
//!  chain       the table of entries, and new entries at its end
//!  walk        the check of every hash, from the beginning or from where an earlier check ended
//!  entries     entries read page by page, with a filter
//!  checkpoint  the signed text that leaves the host
//!  person_key  the random keys that stand for people
//!  error       why the ledger could not be written, read or found whole
//! ```

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
pub use entries::{Entries, Filter, back_to, entries};
pub use entry::{LedgerEntry, LedgerHead};
pub use error::{LedgerError, VerifyError};
pub use kind::{EntryKind, KindError};
pub use walk::{Break, Link, Verified, Walk, as_found};
