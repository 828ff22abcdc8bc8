//! A directory as a source. A snapshot of it is taken when two scans in a row agree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use portvakt_core::model::FilePath;
use portvakt_core::tree::{Gathered, Snapshot, changes, hides, parts_of, path_of};

use super::error::SourceError;
use super::limits::Limits;
use super::scan::{Depth, Scan};

/// How long to wait for the tree to stand still.
#[derive(Debug, Clone, Copy)]
pub struct Settle {
    /// Between two scans.
    pub pause: Duration,
    /// Scans at most; below two no snapshot can be taken.
    pub scans: u32,
}

impl Default for Settle {
    fn default() -> Self {
        Self { pause: Duration::from_millis(100), scans: 20 }
    }
}

/// Scans in a row that fail before the tree is taken to be as they say.
const FAILURES: u32 = 3;

/// The time and the waiting of a take; tests bring their own.
pub trait Pace {
    /// The time of the clock that stamps files.
    fn now(&self) -> SystemTime;
    /// Waits for this long.
    fn pause(&mut self, how_long: Duration);
}

/// The system's clock and real waiting.
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

/// A directory and what the last take knew of it.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
    limits: Limits,
    known: Scan,
    /// Files that were there and are now behind something odd: neither present nor gone.
    hidden: BTreeSet<FilePath>,
    /// Files that some scan since the last snapshot has seen and that snapshot has not.
    glimpsed: BTreeSet<FilePath>,
    opened: usize,
}

impl Directory {
    /// Names the root. Nothing is read yet: the root is looked up again at every take, so that a root that is a
    /// link may be swapped.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self::with_limits(root, Limits::default())
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(root: &Path, limits: Limits) -> Self {
        Self {
            root: root.to_owned(),
            limits,
            known: Scan::default(),
            hidden: BTreeSet::new(),
            glimpsed: BTreeSet::new(),
            opened: 0,
        }
    }

    /// How many person files the last take opened, all its scans together.
    #[must_use]
    pub fn opened(&self) -> usize {
        self.opened
    }

    /// Takes a snapshot. Blocks for at least one pause. What a take that fails has read is forgotten, so the next
    /// one reads it again.
    ///
    /// # Errors
    /// When the root, `desired-state`, `register.yaml` or `policies` is missing, empty or unreadable, or when no
    /// two scans in a row agree.
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
        for turn in 0..settle.scans {
            if turn > 0 {
                pace.pause(settle.pause);
            }
            let now = nanoseconds(pace.now());
            // Until the first scan of this take has been made, all of `Depth::All` is still to do.
            let (before, depth) = last.as_ref().map_or((&self.known, depth), |last| (last, Depth::Changed));
            let mut scan = match Scan::make(&self.root, &self.limits, before, depth, now) {
                Ok(scan) => scan,
                // Perhaps in the middle of a swap, which takes a moment: a tree that stays away says so again.
                Err(error) => {
                    trouble = error;
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
                self.glimpsed.extend(lost(before, &scan));
            }
            if let Some(before) = last.replace(scan) {
                match last.as_ref().and_then(|scan| scan.difference(&before)) {
                    Some(path) => trouble = SourceError::Restless { path, scans: settle.scans },
                    None => return Ok(self.settle(last.unwrap_or_default(), bytes)),
                }
            }
        }
        if let Some(last) = &last {
            // The next take begins anew: what this one saw last is one look more.
            let known = &self.known;
            self.glimpsed.extend(lost(last, known));
        }
        Err(trouble)
    }

    fn settle(&mut self, scan: Scan, mut bytes: BTreeMap<FilePath, std::sync::Arc<[u8]>>) -> Snapshot {
        let mut gone = std::mem::take(&mut self.hidden);
        gone.extend(lost(&self.known, &scan));
        let here = |path: &FilePath| {
            parts_of(path).is_some_and(|(folder, name)| {
                scan.folders.get(folder).is_some_and(|in_it| in_it.find(name).is_some())
            })
        };
        gone.retain(|path| !here(path));
        let mut glimpsed = std::mem::take(&mut self.glimpsed);
        glimpsed.retain(|path| !here(path));
        (self.hidden, gone) = gone.into_iter().partition(|path| hides(&scan.odd, path));
        // Bytes that came and went between the scans, or came back to what they were, are no news.
        let digest = |scan: &Scan, path: &FilePath| {
            let (folder, name) = parts_of(path)?;
            Some(scan.folders.get(folder)?.find(name)?.digest)
        };
        bytes.retain(|path, _| {
            let now = digest(&scan, path);
            now.is_some() && now != digest(&self.known, path)
        });
        let snapshot = Snapshot::seal(Gathered {
            settings: scan.settings.clone(),
            policies: scan.policies.clone(),
            folders: scan.folders.clone(),
            odd: scan.odd.clone(),
            read: bytes,
            gone,
            glimpsed,
        });
        self.known = scan;
        snapshot
    }
}

/// The person files that one scan has and a later one has not.
fn lost(before: &Scan, after: &Scan) -> BTreeSet<FilePath> {
    let mut lost = BTreeSet::new();
    for (name, then) in &before.folders {
        let now = after.folders.get(name);
        changes(Some(then), now, |entry| {
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
