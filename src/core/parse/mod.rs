//! From the bytes of one file to values that have been checked, or to findings that say what is wrong with it.
//!
//! Pure, and the same on every thread: path, bytes and register in, values or findings out. A file that cannot be
//! read as a whole is held (`Err`); a file that can is judged entry by entry, and an entry that cannot be leaves
//! the others alone (law: *a typo revokes nobody and shields nobody*). All problems of a file are reported in one
//! run, each at the exact words it is about.
//!
//! ```text
//!  bytes ──yaml──▶ Node (a tree with places) ──walk──▶ fields ──┬─ register ─▶ model::Register
//!                                                               └─ person, entry ─▶ ParsedFile
//! ```

mod claims;
pub mod confusable;
mod entry;
mod item;
mod node;
mod person;
mod private;
mod register;
mod register_evidence;
mod register_org;
mod register_owners;
mod register_part;
mod revocation;
mod span;
mod suggest;
mod walk;
mod yaml;

pub use claims::{Claims, TakenBack, claims};
pub use entry::{Entry, EntryPlaces, RevocationPlaces};
pub use person::{FilePlaces, ParsedFile, PreviouslyPlaces, person};
pub use register::{numbers_among_keys, register};
pub use span::Span;
pub use yaml::{LARGEST, text};

/// The keys of each kind of mapping; the schemas for editors must have the same.
#[cfg(test)]
pub(crate) mod keys {
    pub(crate) use super::entry::KEYS as ENTRY;
    pub(crate) use super::person::KEYS as PERSON;
    pub(crate) use super::register::{APPOINTMENT_KEYS as APPOINTMENT, KEYS as REGISTER};
    pub(crate) use super::register_org::KEYS as TRUST;
}
