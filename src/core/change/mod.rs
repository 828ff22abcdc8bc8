//! The changes a tree would make to what was accepted: base against head, entry by entry.

mod base;
mod cause;
mod changeset;
mod delta;
mod head;
mod why;

pub use base::{Acceptance, Base, Known, Standing, Way};
pub use cause::Cause;
pub use changeset::{Change, ChangeKind, ChangeSet, FileFacts, Removal, Withheld, between};
pub use delta::{Pair, pairs};
pub use head::{Astray, Exhibits, Field, Head, HeadEntry, HeadFile, Invalid, Spots};
pub use why::Why;
