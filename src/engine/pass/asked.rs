//! What a pass is given to look at, and why it may not be made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use portvakt_core::decide::{Copy, Nothing, Patience, Reviews, UnknownTimeZone};
use portvakt_core::model::FilePath;
use portvakt_core::plan::Used;
use portvakt_core::reports::ReadReports;
use portvakt_core::store::{ReadStore, StoreError};
use portvakt_core::tree::Snapshot;
use portvakt_database::Connection;
use portvakt_sources::SourceError;

use super::shelf::Shelf;
use crate::memory::MemoryError;

/// Why a pass could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// Nothing has been accepted yet.
    #[error("nothing has been accepted yet, so nothing is written")]
    NoBaseline,
    /// What the program remembers.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The newest commit could not be read.
    #[error(transparent)]
    Newest(#[from] SourceError),
    /// A file is to be looked at again and was not read.
    #[error("`{0}` is to be looked at again and was not read")]
    NotRead(FilePath),
    /// The register's time zone is not known here.
    #[error(transparent)]
    TimeZone(#[from] UnknownTimeZone),
}

/// What stands at the newest commit, while the commits before it are judged.
pub trait Newest: std::fmt::Debug {
    /// The bytes of one file there; `None` where there is no such file.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn bytes(&self, path: &FilePath) -> Result<Option<Vec<u8>>, SourceError>;
}

/// What is seen from outside at the moment of a pass.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The tree.
    pub snapshot: &'a Snapshot,
    /// Bytes of files that earlier passes left open and the snapshot has not read again.
    pub open: &'a BTreeMap<FilePath, Arc<[u8]>>,
    /// Files that were written since the last pass, as far as the system told.
    pub written: &'a BTreeSet<FilePath>,
    /// What the forge knows of the files.
    pub reviews: &'a dyn Reviews,
    /// The newest commit, where more commits wait after this one.
    pub newest: Option<&'a dyn Newest>,
    /// Whether the tree may be an older copy than the one that was accepted last.
    pub copy: Copy,
    /// Removals that the same run along a branch has carried out at earlier commits.
    pub together: &'a Used,
    /// The clock.
    pub now: Timestamp,
    /// A clock that only runs forward.
    pub moment: Instant,
}

impl<'a> Seen<'a> {
    /// A tree that stands for itself, at one moment: nothing was left open, and nobody else is asked.
    #[must_use]
    pub fn alone(snapshot: &'a Snapshot, now: Timestamp, moment: Instant) -> Self {
        static TOGETHER: Used = Used { trusts: BTreeMap::new(), all: 0 };
        static NOTHING: (BTreeMap<FilePath, Arc<[u8]>>, BTreeSet<FilePath>) =
            (BTreeMap::new(), BTreeSet::new());
        Self {
            snapshot,
            open: &NOTHING.0,
            written: &NOTHING.1,
            reviews: &Nothing,
            newest: None,
            copy: Copy::Own,
            together: &TOGETHER,
            now,
            moment,
        }
    }
}

/// What a pass works with.
pub struct Asked<'a> {
    /// What the program remembers; read only.
    pub memory: &'a Connection,
    /// The store; read only.
    pub store: &'a dyn ReadStore,
    /// Rapporteket's reports; read only. `None` where the program is not told of any.
    pub reports: Option<&'a dyn ReadReports>,
    /// Loaded rules.
    pub shelf: &'a mut Shelf,
    /// How long absence must last.
    pub patience: &'a mut Patience,
}
