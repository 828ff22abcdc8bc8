//! Signs with a person's key: what that person has to sign of a tree, who signs and with which key, and the files of the
//! signatures. `approve` asks for it by its options. The everyday commands sign a change that they have made and shown, so
//! it is a room of its own.

pub(super) use self::change::{SignedChange, SignersKey, ToSign, in_lines, named, sign, stated, statements};
pub(super) use self::signer::{Signer, SigningOptions, Stated};
pub(super) use self::written::write;

mod change;
mod signer;
mod written;
