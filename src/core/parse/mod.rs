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
//!
//! The files, in reading order:
//!
//! ```text
//!  span               the place of a value, as a range of bytes
//!  node               a YAML document as a tree in which every value knows its place
//!  yaml               turns bytes into a tree of nodes, and refuses everything ambiguous
//!  page               the file that is being read: its places, and its words quoted for a message
//!  walk               walks a tree of nodes key by key, and finds missing, unknown and repeated keys
//!  item               reads one value: a date, an id, a name, a number or words
//!
//!  entry              one entry of a person's file
//!  revocation         `revoked` in an entry
//!  revocation_text    the words about a `revoked` that cannot be read
//!  person             a whole file of a person
//!  claims             what a file that cannot be used still says: its person, and what it takes back
//!
//!  register           the whole file `register.yaml`
//!  register_part      what all sections of `register.yaml` share
//!  register_org       the trusts and units of `register.yaml`
//!  register_owners    people's names on the forge, in `register.yaml`
//!  register_evidence  the evidence that `register.yaml` asks for, and its forge
//!  rejections         a list of rejected applications
//!  review             a list of a trust's accesses, with the answers of its reviewers
//!
//!  private            finds national identity numbers and telephone numbers
//!  hidden             finds characters that nobody sees
//!  confusable         finds ids that look alike
//!
//!  meant              guesses the value that a text in another form means
//!  suggest            suggests the nearest existing name for a mistyped one
//!  absent             puts the findings about missing keys of one place together
//!  slip               finds slips that YAML reports badly, such as a missing space
//!  shape              says which keys may be below which key, for the search for outdented lines
//!  outdented          finds lines that are not indented below their key
//!  pasted             finds marks that came with pasted lines, such as those of quoted mail
//!  unread             reads a file straight into a value, and says what is wrong with one that cannot be read so
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
pub use revocation_text::revocation_unread;
pub use span::Span;
pub use suggest::nearest;
pub use unread::{unread, value_of_yaml};
pub use yaml::{LARGEST, text};

/// The strict reader, for other rooms that have their own files: the cases of `policies/tests`.
pub(crate) mod reading {
    pub(crate) use super::item::{Item, NameKind, Read, whole_number};
    pub(crate) use super::meant::{day as meant_day, id as meant_id, write_instead};
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
    !private::find_numbers(text).is_empty()
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
