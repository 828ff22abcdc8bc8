//! The answer to the question whether a statement is signed by a key that counts.

use super::fingerprint::Fingerprint;

/// The proof that a statement is signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sealed {
    /// The key it is signed with.
    pub key: Fingerprint,
}
