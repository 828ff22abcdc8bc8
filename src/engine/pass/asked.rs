//! The input of a pass, and the reasons why a pass cannot be made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use portvakt_core::decide::{Copy, FollowedBranch, Nothing, Patience, Reviews};
use portvakt_core::diag::{Finding, Text, text};
use portvakt_core::model::FilePath;
use portvakt_core::reports::ReadReports;
use portvakt_core::store::{ReadStore, StoreError};
use portvakt_core::tree::Snapshot;
use portvakt_core::zone::UnknownTimeZone;
use portvakt_database::Connection;
use portvakt_sources::SourceError;

use super::shelf::Shelf;
use crate::memory::MemoryError;

/// The reason why a pass could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// Nothing has been accepted yet.
    NoBaseline,
    /// The program's memory cannot be read.
    Memory(#[from] MemoryError),
    /// The store failed or cannot be read.
    Store(#[from] StoreError),
    /// The newest commit could not be read.
    Newest(#[from] SourceError),
    /// A file has to be looked at again, but its bytes were not read.
    NotRead(FilePath),
    /// This machine does not know the register's time zone.
    TimeZone(#[from] UnknownTimeZone),
}

impl PassError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::NoBaseline => text!(
                en: "nothing has been accepted yet, so nothing is written",
                nb: "ikke noe grunnlag er godtatt ennå; uten det skrives ingenting til registeret"
            ),
            Self::Memory(error) => error.words(),
            Self::Store(error) => error.words(),
            Self::Newest(error) => error.words(),
            Self::NotRead(path) => text!(
                en: "`{path}` is to be looked at again and was not read",
                nb: "`{path}` skal ses på igjen, og ble ikke lest"
            ),
            Self::TimeZone(error) => error.words(),
        }
    }
}

impl std::fmt::Display for PassError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// Reads files at the newest commit while the commits before it are judged.
pub trait Newest: std::fmt::Debug {
    /// Reads the bytes of one file at the newest commit; `None` if there is no such file.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn bytes(&self, path: &FilePath) -> Result<Option<Vec<u8>>, SourceError>;
}

/// What the pass sees from outside at its moment.
#[derive(Debug, Clone, Copy)]
pub struct PassInput<'a> {
    /// The snapshot of the tree.
    pub snapshot: &'a Snapshot,
    /// Bytes of files that earlier passes did not settle and that the snapshot has not read again.
    pub open: &'a BTreeMap<FilePath, Arc<[u8]>>,
    /// Files that were written since the last pass, as far as the operating system reported them.
    pub written: &'a BTreeSet<FilePath>,
    /// The reviews that the forge has of the files.
    pub reviews: &'a dyn Reviews,
    /// The newest commit, if more commits wait after the one that is judged.
    pub newest: Option<&'a dyn Newest>,
    /// The branch, if the program follows one.
    pub branch: Option<&'a FollowedBranch>,
    /// The findings from reading the tree and preparing the forge. They are shown with the decision.
    pub findings: &'a [Finding],
    /// Whether the tree may be an older copy than the tree that was accepted last.
    pub copy: Copy,
    /// The time of the wall clock.
    pub now: Timestamp,
    /// The time of a clock that only runs forward.
    pub moment: Instant,
}

impl<'a> PassInput<'a> {
    /// Makes the input for a tree on its own, at one moment. No files were left open, and no forge is asked.
    #[must_use]
    pub fn alone(snapshot: &'a Snapshot, now: Timestamp, moment: Instant) -> Self {
        static NOTHING: (BTreeMap<FilePath, Arc<[u8]>>, BTreeSet<FilePath>) =
            (BTreeMap::new(), BTreeSet::new());
        Self {
            snapshot,
            open: &NOTHING.0,
            written: &NOTHING.1,
            reviews: &Nothing,
            newest: None,
            branch: None,
            findings: &[],
            copy: Copy::Own,
            now,
            moment,
        }
    }
}

/// The things a pass works with.
pub struct PassTools<'a> {
    /// The program's memory. The pass only reads it.
    pub memory: &'a Connection,
    /// The store. The pass only reads it.
    pub store: &'a dyn ReadStore,
    /// Rapporteket's reports. The pass only reads them. `None` if the program is not configured with Rapporteket.
    pub reports: Option<&'a dyn ReadReports>,
    /// The loaded rules and the ledger.
    pub shelf: &'a mut Shelf,
    /// How long a file must be absent before its absence counts.
    pub patience: &'a mut Patience,
}
