//! This module reads what ledger entries say about the memory. An entry of an older version says less, and is read as
//! far as it goes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use portvakt_core::change::Cause;
use portvakt_core::model::{Digest, Right, TrustId};
use serde::Deserialize;

use super::accepted::{Accepted, Keyed, Removed};
use crate::ledger::{EntryKind, Link};

#[derive(Debug, Clone, Deserialize)]
pub(super) struct GivenRecord<'b> {
    #[serde(borrow)]
    pub grant: Keyed<'b>,
    pub right: Option<Right>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct EndedRecord<'b> {
    #[serde(borrow)]
    pub grant: Keyed<'b>,
    pub cause: Cause,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Revoked<'b> {
    pub right: Right,
    #[serde(borrow, default)]
    pub grants: Vec<EndedRecord<'b>>,
}

/// An entry's record of a step that was done.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Stepped<'b> {
    pub account: Option<String>,
    #[serde(borrow)]
    pub person: Option<Cow<'b, str>>,
    #[serde(borrow, default)]
    pub given: Vec<GivenRecord<'b>>,
    #[serde(borrow, default)]
    pub revoked: Vec<Revoked<'b>>,
    #[serde(borrow, default)]
    pub settled: Vec<EndedRecord<'b>>,
    #[serde(default)]
    pub closed: bool,
    #[serde(default)]
    pub left: bool,
    #[serde(default, rename = "subscriptions-ended")]
    pub subscriptions: u32,
}

/// An entry's record of reports that were ended in Rapporteket after these steps.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ReportsEnded<'b> {
    #[serde(borrow)]
    pub person: Option<Cow<'b, str>>,
    #[serde(default)]
    pub operations: Vec<u64>,
    #[serde(default)]
    pub ended: u32,
}

impl<'b> Stepped<'b> {
    /// Returns the grants that ended with this step.
    pub fn ended(&self) -> impl Iterator<Item = &EndedRecord<'b>> {
        self.revoked.iter().flat_map(|revoked| &revoked.grants).chain(&self.settled)
    }
}

/// All grants and the account of one person, as they were taken over.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Adopted<'b> {
    #[serde(borrow)]
    pub person: Cow<'b, str>,
    pub account: Option<String>,
    #[serde(borrow, default)]
    pub grants: Vec<Accepted<'b>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Used<'b> {
    #[serde(borrow)]
    pub person: Cow<'b, str>,
    pub account: String,
}

/// A changed id of a person. The entry has the digest of the earlier id, and everything the person had at that moment.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Renamed<'b> {
    #[serde(borrow)]
    pub person: Cow<'b, str>,
    pub previously: Digest,
    pub account: Option<String>,
    /// It is `None` in a baseline, because the baseline's own entries follow.
    #[serde(borrow, default)]
    pub grants: Option<Vec<Accepted<'b>>>,
}

/// The digests of a file's facts and bytes. Both are `None` if the file is gone.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct SaidFile<'b> {
    #[serde(borrow)]
    pub person: Cow<'b, str>,
    pub trust: TrustId,
    pub row: Option<Digest>,
    pub bytes: Option<Digest>,
}

/// The meaning of an entry for the memory.
#[derive(Debug)]
pub(super) enum MemoryEvent<'b> {
    /// A baseline replaces everything before it. `binds` says how much of the memory its entries bind: 0 means nothing.
    Begun {
        binds: u64,
    },
    Files(Vec<SaidFile<'b>>),
    Accepted(Box<Accepted<'b>>),
    Removed(Removed<'b>),
    Step(Stepped<'b>),
    Reports(ReportsEnded<'b>),
    Account(Used<'b>),
    Adopted(Adopted<'b>),
    Renamed(Renamed<'b>),
    /// Everything was taken over unchecked. The digest is the one that two people confirm they have seen.
    TakenOver(Digest, u64),
    Released(Digest),
}

#[derive(Deserialize)]
struct Begins {
    memory: Option<u64>,
}

#[derive(Deserialize)]
struct NamedDigest {
    digest: Option<Digest>,
    memory: Option<u64>,
}

#[derive(Deserialize)]
struct FilesEntry<'b> {
    #[serde(borrow)]
    files: Vec<SaidFile<'b>>,
}

#[derive(Deserialize)]
struct Committed<'b> {
    #[serde(borrow)]
    keys: Option<BTreeMap<Cow<'b, str>, Digest>>,
}

impl<'b> MemoryEvent<'b> {
    /// Reads the meaning of an entry. It returns `None` if the entry says nothing about the memory.
    pub fn of(link: Link<'b>) -> Option<Self> {
        fn read<'b, T: Deserialize<'b>>(link: Link<'b>) -> Option<T> {
            serde_json::from_str(link.body).ok()
        }
        match EntryKind::parse(link.kind).ok()? {
            EntryKind::Baseline | EntryKind::BaselineAgain => {
                let begins: Option<Begins> = read(link);
                Some(Self::Begun { binds: begins.and_then(|begins| begins.memory).unwrap_or_default() })
            }
            EntryKind::Files => read(link).map(|FilesEntry { files }| Self::Files(files)),
            EntryKind::Accepted if link.body.contains("\"removed\":") => read(link).map(Self::Removed),
            EntryKind::Accepted => read(link).map(Self::Accepted),
            EntryKind::Step => read(link).map(Self::Step),
            EntryKind::Reports => read(link).map(Self::Reports),
            EntryKind::Account => read(link).map(Self::Account),
            EntryKind::AdoptedMemory => {
                let taken_over =
                    |NamedDigest { digest, memory }| Some(Self::TakenOver(digest?, memory.unwrap_or(1)));
                read(link).map(Self::Adopted).or_else(|| read(link).and_then(taken_over))
            }
            EntryKind::IdChanged => read(link).map(Self::Renamed),
            EntryKind::Released => Some(Self::Released(read::<NamedDigest>(link)?.digest?)),
            _ => None,
        }
    }

    /// Returns the commitments in this entry, each of which binds a key to its person.
    pub fn commitments(link: Link<'b>) -> BTreeMap<Cow<'b, str>, Digest> {
        if !link.body.contains("\"keys\":{") {
            return BTreeMap::new();
        }
        let committed: Option<Committed<'b>> = serde_json::from_str(link.body).ok();
        committed.and_then(|committed| committed.keys).unwrap_or_default()
    }
}

/// A baseline entry has this value under `memory` if the entries from there on bind everything in the memory. With the
/// value 1 they bound only accesses, accounts and keys.
pub const BINDS: u64 = 2;
