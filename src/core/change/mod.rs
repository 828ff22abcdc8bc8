//! The changes a tree would make to what was accepted: base against head, entry by entry.
//!
//! [`Base`] is what was accepted before. [`Head`] is what the tree says now. [`between`] compares the two and returns a
//! [`ChangeSet`]: what gives something and must be approved, what takes something away with its [`Cause`], and what
//! waits with its [`Why`]. Nothing is judged here.
//!
//! The files, in reading order:
//!
//! ```text
//!  base       what was accepted before
//!  head       what the tree says now
//!  delta      compares two sorted maps, key by key
//!  cause      the reasons why something is taken away
//!  why        the reasons why something waits
//!  changeset  all changes between base and head
//! ```

mod base;
mod cause;
mod changeset;
mod delta;
mod head;
mod why;

pub use base::{Acceptance, AcceptanceWay, Base, KnownPerson, Standing};
pub use cause::Cause;
pub use changeset::{Change, ChangeKind, ChangeSet, FileFacts, Removal, Withheld, between};
pub use delta::{Sides, pairs};
pub use head::{Astray, Exhibits, Field, Head, HeadEntry, HeadFile, Invalid, Spots};
pub use why::Why;
