//! This module reads a directory as a source. It takes a snapshot when two scans in a row agree. Folders of trusts and lists
//! that never come to rest are held, so that one busy file does not keep everybody else's changes from acting.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use portvakt_core::model::{Digest, FilePath};
use portvakt_core::tree::{Folder, Gathered, Snapshot, changes, parts_of, path_of};

use super::error::SourceError;
use super::lanes::cores;
use super::limits::TreeLimits;
use super::scan::{Depth, Scan, Unrest};

/// How long a take waits until the tree stops changing.
#[derive(Debug, Clone, Copy)]
pub struct Settle {
    /// The pause between two scans.
    pub pause: Duration,
    /// The largest number of scans. With fewer than two, no snapshot can be taken. If a part of the tree kept
    /// changing until the last scan, that part is held, or the take fails.
    pub scans: u32,
}

impl Default for Settle {
    fn default() -> Self {
        Self { pause: Duration::from_millis(100), scans: 20 }
    }
}

/// After this many failed scans in a row, the take ends with their error.
const FAILURES: u32 = 3;

/// The clock and the pauses of a take. Tests use their own.
pub trait Pace {
    /// Returns the time of the clock that stamps files.
    fn now(&self) -> SystemTime;
    /// Waits for this long.
    fn pause(&mut self, how_long: Duration);
}

/// The system's clock and real pauses.
#[derive(Debug, Clone, Copy)]
pub struct RealPace;

impl Pace for RealPace {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn pause(&mut self, how_long: Duration) {
        std::thread::sleep(how_long);
    }
}

/// A directory, with the data that the last take left.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
    limits: TreeLimits,
    known: Scan,
    /// Files that a scan since the last snapshot has seen but the snapshot does not contain.
    glimpsed: BTreeSet<FilePath>,
    opened: usize,
}

impl Directory {
    /// Sets the root directory. Nothing is read yet. Each take looks up the root again, so a root that is a link may
    /// be swapped.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self::with_limits(root, TreeLimits::default())
    }

    /// Sets the root directory, with other limits.
    #[must_use]
    pub fn with_limits(root: &Path, limits: TreeLimits) -> Self {
        Self { root: root.to_owned(), limits, known: Scan::default(), glimpsed: BTreeSet::new(), opened: 0 }
    }

    /// Returns how many person files the last take opened in all its scans.
    #[must_use]
    pub fn opened(&self) -> usize {
        self.opened
    }

    /// Takes a snapshot. It blocks for at least one pause. A take that fails forgets what it has read, so the next
    /// take reads it again.
    ///
    /// # Errors
    /// Fails when the root, `desired-state`, `register.yaml` or `policies` is missing, empty or unreadable, or when
    /// no two scans in a row agree. If only folders of trusts, lists, cases of the policies or their `README.md` never come to rest, the take does not fail.
    /// They are odd in the snapshot, and the last two scans agree on everything else. A list is in the snapshot as
    /// the take before had it.
    pub fn take(
        &mut self,
        depth: Depth,
        settle: Settle,
        pace: &mut dyn Pace,
    ) -> Result<Snapshot, SourceError> {
        self.opened = 0;
        let mut bytes = BTreeMap::new();
        let mut last: Option<Scan> = None;
        let mut trouble =
            SourceError::Restless { path: self.root.display().to_string(), scans: settle.scans };
        let mut failed = 0;
        let mut unrest = Unrest::default();
        let mut agrees_elsewhere = false;
        for turn in 0..settle.scans {
            if turn > 0 {
                pace.pause(settle.pause);
            }
            let now = nanoseconds(pace.now());
            // `Depth::All` applies until one scan of this take has succeeded.
            let (before, depth) = last.as_ref().map_or((&self.known, depth), |last| (last, Depth::Changed));
            let mut scan = match Scan::make(&self.root, &self.limits, before, depth, now) {
                Ok(scan) => scan,
                // The tree may just be in a short swap, so the scan is tried again. If the tree is really missing,
                // the next scans fail too.
                Err(error) => {
                    trouble = error;
                    agrees_elsewhere = false;
                    failed += 1;
                    if failed == FAILURES {
                        break;
                    }
                    continue;
                }
            };
            failed = 0;
            self.opened += scan.opened;
            bytes.append(&mut scan.fresh);
            if let Some(before) = &last {
                self.glimpsed.extend(files_gone(before, &scan));
            }
            let agrees = last.as_ref().map(|last| unrest.notice(&scan, last));
            if let Some(before) = last.replace(scan) {
                match last.as_ref().and_then(|scan| scan.difference(&before)) {
                    Some(path) => trouble = SourceError::Restless { path, scans: settle.scans },
                    None => return Ok(self.settle(last.unwrap_or_default(), bytes)),
                }
            }
            agrees_elsewhere = agrees.unwrap_or_default();
        }
        if agrees_elsewhere && let Some(mut scan) = last.take() {
            // A program that writes without a pause delays the changes in one folder or one list, but no other
            // changes.
            unrest.hold(&mut scan, &self.known, settle.scans);
            return Ok(self.settle(scan, bytes));
        }
        if let Some(last) = &last {
            // The next take starts again from the last snapshot. Files that the last scan saw and that snapshot lacks
            // are recorded as glimpsed.
            let known = &self.known;
            self.glimpsed.extend(files_gone(last, known));
        }
        Err(trouble)
    }

    fn settle(&mut self, scan: Scan, mut bytes: BTreeMap<FilePath, Arc<[u8]>>) -> Snapshot {
        let digest = |scan: &Scan, path: &FilePath| {
            let (folder, name) = parts_of(path)?;
            Some(scan.folders.get(folder)?.folder.find(name)?.digest)
        };
        let mut glimpsed = std::mem::take(&mut self.glimpsed);
        glimpsed.retain(|path| digest(&scan, path).is_none());
        // Bytes are not new if they disappeared again between the scans, or if they are the same as before. The
        // signatures beside a new file are kept with it, as the last scan has them.
        let is_new = |path: &FilePath| digest(&scan, path) != digest(&self.known, path);
        bytes.retain(|path, bytes| {
            digest(&scan, path).is_some_and(|now| {
                is_new(path) || (is_new(&path.paired()) && *Digest::of(bytes).as_bytes() == now)
            })
        });
        let folders: BTreeMap<Box<str>, Arc<Folder>> =
            scan.folders.iter().map(|(name, found)| (name.clone(), Arc::clone(&found.folder))).collect();
        let snapshot = Snapshot::seal(Gathered {
            settings: scan.settings.clone(),
            policies: scan.policies.clone(),
            folders,
            odd: scan.odd.clone(),
            reviews: scan.reviews.clone(),
            requests: scan.requests.clone(),
            read: bytes,
            glimpsed,
            threads: cores(),
        });
        self.known = scan;
        snapshot
    }
}

/// Returns the person files that are in one scan and missing from a later one.
fn files_gone(before: &Scan, after: &Scan) -> BTreeSet<FilePath> {
    let mut lost = BTreeSet::new();
    for (name, then) in &before.folders {
        let now = after.folders.get(name).map(|now| &now.folder);
        changes(Some(&then.folder), now, |entry| {
            if !entry.is_signatures() && now.is_none_or(|folder| folder.find(&entry.name).is_none()) {
                lost.insert(path_of(name, &entry.name));
            }
        });
    }
    lost
}

fn nanoseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
