//! The sets that wait. Each is named by the digest of exactly its items. A release of the digest by two national
//! administrators lets the set go, once.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::diag::{Code, Text, text};
use crate::model::{Digest, FilePath, Hasher, TrustId};

use super::{Gain, Item, Loss};

/// The reason why something waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// More people would lose something than the budget allows.
    Budget,
    /// More people would be given something than the budget allows.
    Additions,
    /// The file is in error or has a refused entry, so missing entries do not count as removed.
    InError {
        /// The path of the file.
        file: FilePath,
    },
    /// A file in error names the same person, so the missing entry may have been moved there.
    Moved {
        /// The path of the file in error.
        to: FilePath,
    },
    /// A folder cannot be read, so the missing file may have been moved there.
    Unread {
        /// The path of the folder.
        folder: FilePath,
    },
    /// The file disappears and comes back repeatedly.
    Blinking,
    /// Another machine wrote last, and this machine's tree has not yet been the accepted one.
    OlderTree,
    /// Without these people, fewer than two national administrators would be left.
    LastAdministrators,
}

impl Why {
    /// Returns the part of the reason that goes into the digest. Sets of the budget are named by their items alone,
    /// as in earlier versions.
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

    /// Tells whether the reason depends only on one person's file, and not on the losses or gains of others.
    #[must_use]
    pub fn is_of_a_file(&self) -> bool {
        matches!(self, Self::InError { .. } | Self::Moved { .. } | Self::Unread { .. } | Self::Blinking)
    }

    /// Returns the code of the finding for this reason.
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

    /// Returns the kind of change that waits, in words for people.
    #[must_use]
    pub fn what(&self) -> Text {
        match self {
            Self::Additions => text!(en: "additions", nb: "nye tilganger"),
            _ => text!(en: "removals", nb: "fjerninger"),
        }
    }

    /// Returns the kind of change that waits, in the ledger's word.
    #[must_use]
    pub fn ledger_word(&self) -> &'static str {
        match self {
            Self::Additions => "additions",
            _ => "removals",
        }
    }
}

/// A set of items that waits for a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldSet {
    /// The digest that `portvakt release` must name.
    pub digest: Digest,
    /// The reason why the set waits.
    pub why: Why,
    /// The trust. It is `None` where the limit for the whole register is exceeded.
    pub trust: Option<TrustId>,
    /// The people who would lose something or be given something.
    pub people: BTreeSet<String>,
    /// The items that a release of this set lets go.
    pub items: BTreeSet<Item>,
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
        Self::named(why, trust, (people, items), (allowed, asked))
    }

    /// Makes a set of gains that a limit holds.
    pub(super) fn of_gains(trust: Option<&TrustId>, gains: &[&Gain], (allowed, asked): (u32, u32)) -> Self {
        let items = gains.iter().map(|gain| gain.item.clone()).collect();
        let people = gains.iter().map(|gain| gain.who.to_string()).collect();
        Self::named(Why::Additions, trust, (people, items), (allowed, asked))
    }

    /// Makes a set of losses that are withheld, whatever the budget is.
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
