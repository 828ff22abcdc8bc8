//! Turns the bytes of one file into checked values, or into findings that describe its errors.
//!
//! The functions here have no side effects. They take the path, the bytes and the register, and return values or
//! findings. A file that cannot be read as a whole is held (`Err`). Otherwise each entry is judged by itself, and a
//! wrong entry does not affect the others (law: *a typo revokes nobody and shields nobody*). One run reports all
//! problems of a file, each at the exact words.
//!
//! ```text
//!  bytes ──yaml──▶ Node (a tree with places) ──walk──▶ fields ──┬─ register ─▶ model::Register
//!                                                               ├─ person, entry ─▶ ParsedFile
//!                                                               ├─ review ─▶ ParsedReview
//!                                                               └─ rejections ─▶ ParsedRejections
//! ```

mod absent;
mod claims;
pub mod confusable;
mod entry;
mod hidden;
mod item;
mod meant;
mod node;
mod outdented;
mod page;
mod pasted;
mod person;
mod private;
mod register;
mod register_evidence;
mod register_org;
mod register_owners;
mod register_part;
mod rejections;
mod review;
mod revocation;
mod revocation_text;
mod shape;
mod slip;
mod span;
mod suggest;
mod unread;
mod walk;
mod yaml;

pub use claims::{Claims, TakenBack, claims};
pub use entry::{Entry, EntryPlaces};
pub use hidden::hidden;
pub use meant::{did_you_mean, weekday_of};
pub use person::{FilePlaces, ParsedFile, PreviouslyPlaces, person};
pub use register::{numbers_among_keys, register};
pub use rejections::{ParsedRejections, RejectedEntry, rejections};
pub use review::{LARGEST_REVIEW, ParsedReview, review};
pub use revocation::RevocationPlaces;
pub use span::Span;
pub use suggest::nearest;
pub use unread::unread;
pub use yaml::{LARGEST, text};

/// The strict reader, for other rooms with files of their own: the cases of `policies/tests`.
pub(crate) mod reading {
    pub(crate) use super::item::{Item, NameKind, Read, whole};
    pub(crate) use super::meant::{day as meant_day, id as meant_id, write as write_meant};
    pub(crate) use super::node::{Node, Value};
    pub(crate) use super::page::{FilePage, put_back, shown};
    pub(crate) use super::person::employer;
    pub(crate) use super::suggest::{nearest, way_out as suggested};
    pub(crate) use super::walk::Fields;
    pub(crate) use super::yaml::read;
}

/// Returns the id of a trust that a text means, if the text is not an id itself.
#[must_use]
pub fn meant_trust(text: &str) -> Option<String> {
    meant::id(text, crate::model::TrustId::new, '-')
}

/// The name that a mistyped one most likely means.
#[must_use]
pub fn nearest_name<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    suggest::nearest(word, names.iter().copied())
}

/// Returns whether a text has a number that looks like a national identity number or a telephone number. Such a text
/// may not be in any file, and no message repeats it.
#[must_use]
pub fn has_personal_number(text: &str) -> bool {
    !private::find(text).is_empty()
}

/// The keys of each kind of mapping. The schemas for editors must have the same keys.
#[cfg(test)]
pub(crate) mod keys {
    pub(crate) use super::entry::KEYS as ENTRY;
    pub(crate) use super::person::KEYS as PERSON;
    pub(crate) use super::register::{APPOINTMENT_KEYS as APPOINTMENT, KEYS as REGISTER};
    pub(crate) use super::register_org::KEYS as TRUST;
    pub(crate) use super::rejections::{ENTRY_KEYS as REJECTED, KEYS as REJECTIONS};
    pub(crate) use crate::parse::review::{
        DELEGATE_KEYS as DELEGATE, KEYS as REVIEW, REVIEWED_KEYS as REVIEWED, ROW_KEYS as REVIEW_ROW,
        SETTING_KEYS as REVIEW_SETTING,
    };
}
