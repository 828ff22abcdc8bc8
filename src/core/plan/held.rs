//! What waits, named by the digest of exactly that: two national administrators who release the digest let it go, once.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::diag::{Code, Text, text};
use crate::model::{Digest, FilePath, Hasher, TrustId};

use super::{Gain, Item, Loss};

/// Why something waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// More people would lose something than the budget allows.
    Budget,
    /// More people would be given something than the budget allows.
    Additions,
    /// What is missing from a file that is in error, or has a refused entry, is not taken as taken out.
    InError {
        /// The file.
        file: FilePath,
    },
    /// A file that is not in order names the same person, so the missing one may have been moved.
    Moved {
        /// That file.
        to: FilePath,
    },
    /// A folder cannot be read, so the missing file may have been moved there.
    Unread {
        /// The folder's path.
        folder: FilePath,
    },
    /// The file comes and goes.
    Blinking,
    /// Another machine wrote last, and this one's tree has not been the accepted one yet.
    OlderTree,
    /// Without these people fewer than two national administrators would be left.
    LastAdministrators,
}

impl Why {
    /// What goes into the digest: the budget's sets are named by their items alone, as they always were.
    fn word(&self) -> String {
        match self {
            Self::Budget => String::new(),
            Self::Additions => "additions".to_owned(),
            Self::InError { file } => format!("in error {file}"),
            Self::Moved { to } => format!("moved {to}"),
            Self::Unread { folder } => format!("unread {folder}"),
            Self::Blinking => "blinking".to_owned(),
            Self::OlderTree => "older tree".to_owned(),
            Self::LastAdministrators => "last administrators".to_owned(),
        }
    }

    /// Whether it hangs on one person's file alone, and not on what others lose or are given.
    #[must_use]
    pub fn is_of_a_file(&self) -> bool {
        matches!(self, Self::InError { .. } | Self::Moved { .. } | Self::Unread { .. } | Self::Blinking)
    }

    /// The finding that tells of it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Budget => Code::RemovalsHeld,
            Self::Additions => Code::AdditionsHeld,
            Self::LastAdministrators => Code::LastAdministrators,
            Self::InError { .. }
            | Self::Moved { .. }
            | Self::Unread { .. }
            | Self::Blinking
            | Self::OlderTree => Code::LossWithheld,
        }
    }

    /// What waits, for people.
    #[must_use]
    pub fn what(&self) -> Text {
        match self {
            Self::Additions => text!(en: "additions", nb: "nye tilganger"),
            _ => text!(en: "removals", nb: "fjerninger"),
        }
    }

    /// What waits, as the ledger says it.
    #[must_use]
    pub fn ledger_word(&self) -> &'static str {
        match self {
            Self::Additions => "additions",
            _ => "removals",
        }
    }
}

/// What waits for a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldSet {
    /// What `portvakt release` must name.
    pub digest: Digest,
    /// Why it waits.
    pub why: Why,
    /// The trust; `None` where the limit for the whole register is exceeded.
    pub trust: Option<TrustId>,
    /// Who would lose something, or be given something.
    pub people: BTreeSet<String>,
    /// The items that a release of this set lets go.
    pub items: BTreeSet<Item>,
    /// How many the budget still allows.
    pub allowed: u32,
    /// How many the plan asks for.
    pub asked: u32,
}

impl HeldSet {
    /// Losses that a limit holds.
    pub(super) fn over(
        why: Why,
        trust: Option<&TrustId>,
        losses: &[&Loss],
        (allowed, asked): (u32, u32),
    ) -> Self {
        let items = losses.iter().map(|loss| loss.item.clone()).collect();
        let people = losses.iter().map(|loss| loss.who.clone()).collect();
        Self::named(why, trust, (people, items), (allowed, asked))
    }

    /// Gains that a limit holds.
    pub(super) fn of_gains(trust: Option<&TrustId>, gains: &[&Gain], (allowed, asked): (u32, u32)) -> Self {
        let items = gains.iter().map(|gain| gain.item.clone()).collect();
        let people = gains.iter().map(|gain| gain.who.to_string()).collect();
        Self::named(Why::Additions, trust, (people, items), (allowed, asked))
    }

    /// What is withheld, whatever the budget.
    #[must_use]
    pub fn withheld(
        why: Why,
        trust: Option<&TrustId>,
        people: BTreeSet<String>,
        items: BTreeSet<Item>,
    ) -> Self {
        let asked = u32::try_from(people.len()).unwrap_or(u32::MAX);
        Self::named(why, trust, (people, items), (0, asked))
    }

    fn named(
        why: Why,
        trust: Option<&TrustId>,
        (people, items): (BTreeSet<String>, BTreeSet<Item>),
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
