//! The values that the memory and the ledger share about releases and budgets: what two people released, what a pass
//! charged, and for how long both count.

use std::collections::BTreeMap;

use jiff::Timestamp;
use portvakt_core::model::Digest;
use serde::{Deserialize, Serialize};

/// A release is valid for this number of hours.
pub(super) const RELEASE_HOURS: i64 = 7 * 24;

/// The charges of one pass to the budgets, as the ledger has them. People are counted by trust. The trust `""` means no
/// trust.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The moment of the charge.
    pub at: Timestamp,
    /// The number of people at each trust who lost something.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub removals: BTreeMap<String, u32>,
    /// The number of people at each trust who were given something.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub additions: BTreeMap<String, u32>,
}

impl Charge {
    /// Moves the charges of a trust to the id that the trust has now.
    pub(super) fn follow(&mut self, renamed: &BTreeMap<String, String>) {
        for people in [&mut self.removals, &mut self.additions] {
            for (old, new) in renamed {
                if let Some(charged) = people.remove(old) {
                    *people.entry(new.clone()).or_default() += charged;
                }
            }
        }
    }
}

/// A valid release, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GivenRelease {
    /// The digest of what the release permits.
    pub digest: Digest,
    /// The moment when the release was given.
    pub at: Timestamp,
}
