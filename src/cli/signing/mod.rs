//! Signs with a person's key: what that person has to sign of a tree, who signs and with which key, and the files of the
//! signatures. `approve` asks for it by its options. The everyday commands sign a change that they have made and shown, so
//! it is a room of its own.
//!
//! ```text
//!  change   what a person has to sign of a change
//!  signer   the person who signs, and the key
//!  written  the signatures in the files beside those that they are about
//! ```

pub(super) use self::change::{
    SignedChange, SignersKey, ToSign, approvers_of_change, in_lines, sign, stated, statements_to_sign,
};
pub(super) use self::signer::{Signer, SigningOptions, Stated};
pub(super) use self::written::write;

mod change;
mod signer;
mod written;
