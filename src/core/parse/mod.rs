//! Turns the bytes of one file into checked values, or into findings that describe its errors.
//!
//! The functions here have no side effects. They take the path, the bytes and the register, and return values or
//! findings. A file that cannot be read as a whole is held (`Err`). Otherwise each entry is judged by itself, and a
//! wrong entry does not affect the others (law: *a typo revokes nobody and shields nobody*). One run reports all
//! problems of a file, each at the exact words.
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
mod page;
mod person;
mod private;
mod register;
mod register_evidence;
mod register_org;
mod register_owners;
mod register_part;
mod revocation;
mod revocation_text;
mod span;
mod suggest;
mod walk;
mod yaml;

pub use claims::{Claims, TakenBack, claims};
pub use entry::{Entry, EntryPlaces};
pub use person::{FilePlaces, ParsedFile, PreviouslyPlaces, person};
pub use register::{numbers_among_keys, register};
pub use revocation::RevocationPlaces;
pub use span::Span;
pub use yaml::{LARGEST, text};

/// The keys of each kind of mapping. The schemas for editors must have the same keys.
#[cfg(test)]
pub(crate) mod keys {
    pub(crate) use super::entry::KEYS as ENTRY;
    pub(crate) use super::person::KEYS as PERSON;
    pub(crate) use super::register::{APPOINTMENT_KEYS as APPOINTMENT, KEYS as REGISTER};
    pub(crate) use super::register_org::KEYS as TRUST;
}
