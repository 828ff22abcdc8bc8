//! The sets that wait. Each is named by the digest of exactly its items. A release of the digest by two national
//! administrators lets the set go, once.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::change::Why;
use crate::model::{Digest, Hasher, TrustId};

use super::{AccessItem, Gain, Loss};

/// A set of items that waits for a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldSet {
    /// The digest that `portvakt release` must name.
    pub digest: Digest,
    /// The reason why the set waits.
    pub why: Why,
    /// The trust. It is `None` if the limit for the whole register is exceeded.
    pub trust: Option<TrustId>,
    /// The people who would lose something or be given something.
    pub people: BTreeSet<String>,
    /// The items that a release of this set lets go.
    pub items: BTreeSet<AccessItem>,
    /// The number that the budget still allows.
    pub allowed: u32,
    /// The number that the plan asks for.
    pub asked: u32,
}

impl HeldSet {
    /// Makes a set of losses that a limit holds.
    pub(super) fn over(
        why: Why,
        trust: Option<&TrustId>,
        losses: &[&Loss],
        (allowed, asked): (u32, u32),
    ) -> Self {
        let items = losses.iter().map(|loss| loss.item.clone()).collect();
        let people = losses.iter().map(|loss| loss.who.clone()).collect();
        Self::with_digest(why, trust, (people, items), (allowed, asked))
    }

    /// Makes a set of gains that a limit holds.
    pub(super) fn of_gains(trust: Option<&TrustId>, gains: &[&Gain], (allowed, asked): (u32, u32)) -> Self {
        let items = gains.iter().map(|gain| gain.item.clone()).collect();
        let people = gains.iter().map(|gain| gain.who.to_string()).collect();
        Self::with_digest(Why::Additions, trust, (people, items), (allowed, asked))
    }

    /// Makes a set of losses that are withheld, no matter how large the budget is.
    #[must_use]
    pub fn withheld(
        why: Why,
        trust: Option<&TrustId>,
        people: BTreeSet<String>,
        items: BTreeSet<AccessItem>,
    ) -> Self {
        let asked = u32::try_from(people.len()).unwrap_or(u32::MAX);
        Self::with_digest(why, trust, (people, items), (0, asked))
    }

    fn with_digest(
        why: Why,
        trust: Option<&TrustId>,
        (people, items): (BTreeSet<String>, BTreeSet<AccessItem>),
        (allowed, asked): (u32, u32),
    ) -> Self {
        let mut hasher = Hasher::new("portvakt held removals");
        hasher.part(trust.map_or("", TrustId::as_str).as_bytes());
        if why != Why::Budget {
            hasher.part(why.word().as_bytes());
        }
        for item in &items {
            hasher.part(item.to_string().as_bytes());
        }
        Self { digest: hasher.finish(), why, trust: trust.cloned(), people, items, allowed, asked }
    }
}
