//! Makes passes, one at a time, on a thread that may block, and reads afterwards what the loop and the status page
//! need to know.
//!
//! The register is opened anew when it was lost: after a panic, and when the file at its path is no longer the one
//! that was opened (a backup was put back under a running daemon).

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portvakt_core::clock::Clock;
use portvakt_core::decide::{Decided, Lasting, Patience};
use portvakt_core::diag::Finding;
use portvakt_core::model::{Digest, FilePath};
use portvakt_core::plan::Cause;
use portvakt_core::store::StoreError;
use portvakt_database::{self as database, Connection, Lease, Site};
use portvakt_sources::{Branch, Settle};
use portvakt_stores::RemoteStore;
use portvakt_stores::rapporteket::{self, Maria};
use portvakt_stores::tables::read;

use super::engine::{Elsewhere, Engine, EngineError, Passed};
use super::schedule::Order;
use super::status::{HeldRemovals, Waiting};
use crate::memory;
use crate::memory::MemoryError;
use crate::pass::PassError;

/// Where the work is done, and how patiently.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder that holds the tree, where no branch is followed.
    pub root: PathBuf,
    /// The branch that is followed.
    pub branch: Option<Branch>,
    /// The file with the token the forge is asked with, where the forge is the evidence.
    pub forge_token: Option<PathBuf>,
    /// This program's own tables: the register, or what is remembered of one elsewhere, and the ledger.
    pub store: Site,
    /// The register, where it is elsewhere.
    pub remote: Option<RemoteStore>,
    /// Rapporteket's reports, where the program is told of them.
    pub reports: Option<rapporteket::Settings>,
    /// Between two scans that must agree.
    pub settle: Settle,
    /// How long absence must last.
    pub grace: Duration,
    /// The time.
    pub clock: Clock,
}

/// Owns the register between passes.
#[derive(Debug)]
pub struct Worker {
    place: Place,
    /// The right to write, where several programs share the database.
    lease: Option<Arc<Lease>>,
    open: Option<Open>,
    /// Files that the system has told were written since the last pass.
    written: BTreeSet<FilePath>,
}

#[derive(Debug)]
struct Open {
    engine: Engine,
    /// The epoch of the lease it was opened under: what was seen under an earlier one says nothing any more.
    epoch: Option<i64>,
    file: Option<(u64, u64)>,
    version: i64,
    confirmed: Confirmed,
}

/// What other processes confirm and this one waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Confirmed {
    rules: Option<(Digest, Digest)>,
    releases: BTreeSet<Digest>,
    clock: Option<Timestamp>,
    commit: Option<String>,
}

/// What somebody else has done to the register since the last pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Nobody else has written.
    Nothing,
    /// Something this program waits for: a baseline, a release, a date.
    Confirmed,
    /// Something else.
    Other,
}

/// What is held, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    /// Files and entries.
    pub files_and_entries: u64,
    /// Sets of removals over budget.
    pub removals: Vec<HeldRemovals>,
    /// Since when the oldest of all stands.
    pub oldest: Option<Timestamp>,
    /// What was taken over from an older version, and two have not said they have seen.
    pub adopted: Option<Digest>,
}

/// A pass that went through, and what was read after it.
#[derive(Debug)]
pub struct Done {
    /// The pass.
    pub passed: Passed,
    /// What is held.
    pub held: Held,
    /// People with access, by the store, or by what a store elsewhere has confirmed.
    pub people: u64,
    /// Rights in force, in the same way.
    pub rights: u64,
    /// When the next absence will have lasted.
    pub absence: Option<Instant>,
    /// When the next day begins on which something accepted begins or is over.
    pub midnight: Option<Timestamp>,
    /// From the change that was noticed to the rows that were changed, where rows were (R30, R32).
    pub effect: Option<Duration>,
}

/// How a pass ended.
#[derive(Debug)]
pub enum Ended {
    /// It went through.
    Done(Box<Done>),
    /// There is nothing to judge against.
    NoBaseline(Finding),
    /// It did not.
    Failed(Finding),
}

impl Worker {
    /// Opens nothing yet.
    #[must_use]
    pub fn new(place: Place) -> Self {
        Self { place, lease: None, open: None, written: BTreeSet::new() }
    }

    /// The same, writing only while the lease is held.
    #[must_use]
    pub fn under(mut self, lease: Option<Arc<Lease>>) -> Self {
        self.lease = lease;
        self
    }

    /// Whether a look at the register waits for a server, which an async task must not.
    #[must_use]
    pub fn blocks(&self) -> bool {
        matches!(self.place.store, Site::Server(_))
    }

    /// These files were written since the last pass: what was missing of them is waited for anew.
    pub fn were_written(&mut self, paths: BTreeSet<FilePath>) {
        self.written.extend(paths);
    }

    /// Makes a pass. Blocks. `told` is called now and then while steps are carried out.
    pub fn pass(&mut self, order: Order, told: impl FnMut(usize, usize)) -> Ended {
        match self.try_pass(order, told) {
            Ok(done) => Ended::Done(Box::new(done)),
            Err(error @ EngineError::Pass(PassError::NoBaseline)) => Ended::NoBaseline(error.finding()),
            Err(error) => Ended::Failed(error.finding()),
        }
    }

    fn try_pass(&mut self, order: Order, told: impl FnMut(usize, usize)) -> Result<Done, EngineError> {
        let now = self.place.clock.now();
        let epoch = match &self.lease {
            // Lost since the pass was called for: another one makes it.
            Some(lease) => Some(lease.hold().epoch().ok_or(StoreError::LeaseLost)?),
            None => None,
        };
        if self.open.as_ref().is_some_and(|open| open.epoch != epoch) {
            self.open = None;
        }
        let written = std::mem::take(&mut self.written);
        let open = self.opened(epoch)?;
        open.engine.were_written(written);
        open.engine.register().connection().write_under(epoch);
        // Asked before the pass: what others write from here on is news, whether the pass has seen it or not.
        open.version = version(open.engine.register().connection())?;
        open.confirmed = confirmed(open.engine.register().connection(), now)?;
        let passed = open.engine.pass(order.reach, now, Instant::now(), told)?;
        let trusted = passed.decided.trusted.as_ref().map(|trusted| trusted.instant);
        open.confirmed.clock = trusted.or(open.confirmed.clock);
        if let Some(advance) = &passed.decided.advance {
            open.confirmed.commit = Some(advance.to.clone());
        }
        if let Some((rules, _)) = &passed.decided.released_rules {
            open.confirmed.rules = Some((rules.policies_digest, rules.settings_digest));
        }
        open.finish(passed, order.since)
    }

    /// Whether somebody else has written to the register. Costs microseconds where nobody has.
    ///
    /// # Errors
    /// When the register cannot be read.
    pub fn look(&mut self) -> Result<Written, EngineError> {
        let now = self.place.clock.now();
        let Some(open) = &mut self.open else { return Ok(Written::Nothing) };
        if identity(&self.place.store) != open.file {
            return Ok(Written::Confirmed);
        }
        let conn = open.engine.register().connection();
        let version = version(conn)?;
        if version == open.version {
            return Ok(Written::Nothing);
        }
        let confirmed = confirmed(conn, now)?;
        let news = confirmed.rules != open.confirmed.rules
            || confirmed.clock != open.confirmed.clock
            || confirmed.commit != open.confirmed.commit
            || !confirmed.releases.is_subset(&open.confirmed.releases);
        (open.version, open.confirmed) = (version, confirmed);
        Ok(if news { Written::Confirmed } else { Written::Other })
    }

    fn opened(&mut self, epoch: Option<i64>) -> Result<&mut Open, EngineError> {
        let file = identity(&self.place.store);
        if self.open.as_ref().is_some_and(|open| open.file != file) {
            tracing::warn!("the register's file is another one than before; it is opened anew");
            self.open = None;
        }
        if self.open.as_ref().is_some_and(|open| open.engine.register().connection().is_closed()) {
            tracing::warn!("the connection to the register's database has ended; a new one is made");
            self.open = None;
        }
        match &mut self.open {
            Some(open) => Ok(open),
            none => {
                let Place { root, branch, store, remote, reports, settle, grace, forge_token, .. } =
                    &self.place;
                let engine: Engine = patiently(|| match branch {
                    Some(branch) => Engine::follow(branch.clone(), store),
                    None => {
                        let patience = Patience::Lasting(Lasting::new(*grace));
                        Engine::open(root, store, *settle, patience)
                    }
                })?;
                let mut engine = engine.with_forge_token(forge_token.clone());
                if epoch.is_some() && branch.is_none() {
                    engine = engine.among_others(&format!("{}:{}", database::host(), root.display()))?;
                }
                if let Some(remote) = remote {
                    engine = engine.with_store(Elsewhere { place: remote.place(), store: remote.open()? });
                }
                if let Some(reports) = reports {
                    engine = engine.with_reports(Box::new(Maria::new(reports)?));
                }
                let confirmed =
                    Confirmed { rules: None, releases: BTreeSet::new(), clock: None, commit: None };
                Ok(none.insert(Open { engine, epoch, file: identity(store), version: 0, confirmed }))
            }
        }
    }
}

/// Between two tries to reach a database.
const TRIES: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(500), Duration::from_millis(1500)];

/// Opens a register, a few times where its server does not answer: after that the pass has failed, and the next one
/// begins anew.
fn patiently(open: impl Fn() -> Result<Engine, EngineError>) -> Result<Engine, EngineError> {
    for pause in TRIES {
        match open() {
            Err(EngineError::Pass(PassError::Store(StoreError::Unreachable { .. }))) => {
                std::thread::sleep(pause)
            }
            other => return other,
        }
    }
    open()
}

impl Open {
    fn finish(&self, passed: Passed, since: Instant) -> Result<Done, EngineError> {
        let conn = self.engine.register().connection();
        let (people, rights) =
            if self.engine.is_embedded() { read::in_force(conn)? } else { memory::told_in_force(conn)? };
        let (mut since, mut absence) = (since, None);
        if let Patience::Lasting(lasting) = self.engine.patience() {
            absence = lasting.next();
            let gone = passed.decided.cleared.iter().filter(|removal| removal.cause == Cause::Absent);
            since = gone.filter_map(|removal| lasting.since(&removal.key)).fold(since, Instant::min);
        }
        Ok(Done {
            held: Held { adopted: self.engine.adopted(), ..held(conn)? },
            people,
            rights,
            absence,
            midnight: midnight(conn, &passed.decided)?,
            effect: (passed.carried.done > 0).then(|| since.elapsed()),
            passed,
        })
    }
}

/// Device and inode, where it is a file and there.
fn identity(site: &Site) -> Option<(u64, u64)> {
    let Site::File(path) = site else { return None };
    std::fs::metadata(path).ok().map(|seen| (seen.dev(), seen.ino()))
}

/// Changes when another connection has committed.
fn version(conn: &Connection) -> Result<i64, MemoryError> {
    Ok(conn.version()?)
}

fn confirmed(conn: &Connection, now: Timestamp) -> Result<Confirmed, MemoryError> {
    Ok(Confirmed {
        rules: memory::accepted_rules(conn)?,
        releases: memory::live_releases(conn, now)?,
        clock: memory::clock_mark(conn)?,
        commit: memory::accepted_commit(conn)?,
    })
}

fn held(conn: &Connection) -> Result<Held, MemoryError> {
    let (files, entries) = (memory::file_holds(conn)?, memory::refusals(conn)?);
    let removals = memory::removal_holds(conn)?;
    let since = files
        .values()
        .map(|held| &held.since)
        .chain(entries.values().map(|held| &held.since))
        .chain(removals.iter().map(|held| &held.since));
    let mut oldest = None;
    for text in since {
        let at: Timestamp = text
            .parse()
            .map_err(|why| MemoryError::Damaged(format!("since when something is held: {why}")))?;
        oldest = Some(oldest.map_or(at, |known: Timestamp| known.min(at)));
    }
    Ok(Held {
        files_and_entries: (files.len() + entries.len()) as u64,
        removals: removals
            .into_iter()
            .map(|held| HeldRemovals {
                what: waiting(&held.summary),
                digest: held.digest,
                people: held
                    .summary
                    .get("people")
                    .and_then(serde_json::Value::as_array)
                    .map_or(0, |people| people.len() as u64),
            })
            .collect(),
        oldest,
        adopted: None,
    })
}

/// What it is that waits, as it was recorded.
fn waiting(summary: &serde_json::Value) -> Waiting {
    match summary.get("why") {
        Some(serde_json::Value::String(why)) if why == "additions" => Waiting::Gains,
        Some(serde_json::Value::String(why)) if why == "budget" => Waiting::Losses,
        // Recorded by an earlier version, which knew no other.
        None => Waiting::Losses,
        Some(_) => Waiting::Missing,
    }
}

/// When the register's next day begins on which something accepted begins or is over.
fn midnight(conn: &Connection, decided: &Decided) -> Result<Option<Timestamp>, EngineError> {
    // A day that a clock ahead has reached has been asked about; it waits for somebody to confirm it.
    let Some(day) = memory::next_day(conn, decided.ends)? else { return Ok(None) };
    let start = |zone: &String| {
        let begins = day
            .in_tz(zone)
            .map_err(|_| PassError::TimeZone(portvakt_core::decide::UnknownTimeZone(zone.clone())))?;
        Ok::<_, PassError>(begins.timestamp())
    };
    let zone = &decided.rules.register.time_zone;
    let here = start(zone)?;
    // Where the time zone was changed, the day begins at the later of the two midnights.
    let last = memory::trusted(conn, zone)?.map_or_else(|| Ok(here), |trusted| start(&trusted.zone))?;
    Ok(Some(here.max(last)))
}
