//! One entry of the ledger, and the hash that binds it to the entry before it.

use jiff::Timestamp;
use portvakt_core::model::{Digest, Hasher};
use serde::Serialize;
use serde_json::Value;

use super::EntryKind;

/// The first entry uses this value as the hash of the entry before it.
pub(super) const BEGINNING: [u8; 32] = [0; 32];

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    /// The number of the entry. Numbers start at 1 and have no gaps.
    pub seq: u64,
    /// The moment when it was written.
    pub at: Timestamp,
    /// The subject of the entry.
    pub kind: EntryKind,
    /// The content of the entry. It names accounts and person keys, never people.
    pub body: Value,
    /// The digest of the whole entry and of the hash of the entry before it.
    pub hash: Digest,
}

/// The last entry of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LedgerHead {
    /// The number of the entry.
    pub seq: u64,
    /// The hash of the entry, which also covers everything before it.
    pub hash: Digest,
}

pub(super) fn hash(seq: u64, at: &[u8], kind: &[u8], body: &[u8], prev: &[u8; 32]) -> Digest {
    let mut hasher = Hasher::new("portvakt ledger entry 1");
    hasher.part(&seq.to_be_bytes()).part(at).part(kind).part(body).part(prev);
    hasher.finish()
}
