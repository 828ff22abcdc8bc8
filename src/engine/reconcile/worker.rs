//! Makes passes, one at a time, on a thread that may block. After each pass it reads what the loop and the status
//! page need.
//!
//! The register is opened again if it was lost: after a panic, or if the file at its path is no longer the opened
//! one (a backup was put back while the daemon was running). A register that is not there is waited for, and never
//! made.

mod ended;
mod recorded;

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portvakt_core::change::Cause;
use portvakt_core::clock::Clock;
use portvakt_core::decide::{Lasting, Patience};
use portvakt_core::model::{Digest, FilePath};
use portvakt_core::store::StoreError;
use portvakt_database::{Connection, Lease, Site};
use portvakt_sources::{Branch, Settle};
use portvakt_stores::RemoteStore;
use portvakt_stores::rapporteket::{self, Maria};
use portvakt_stores::tables::{Create, read};

use super::engine::{Engine, ExternalRegister, Passed, open_register};
use super::error::EngineError;
use super::schedule::Order;
use super::status::LedgerState;
use crate::ledger::{self, LedgerHead};
use crate::memory;
use crate::memory::MemoryError;
use crate::pass::PassError;
pub use ended::{FinishedPass, PassEnded};
pub use recorded::RecordedHolds;
use recorded::{CountedRights, midnight, recorded_holds};

/// Where the worker works, and how long it waits.
#[derive(Debug, Clone)]
pub struct WorkerPlace {
    /// The folder that holds the tree, if no branch is followed.
    pub root: PathBuf,
    /// The branch that is followed, if any.
    pub branch: Option<Branch>,
    /// The file with the forge's token, if the forge is the evidence.
    pub forge_token: Option<PathBuf>,
    /// This program's own tables: the register, or the memory of a register elsewhere, and the ledger.
    pub store: Site,
    /// The register, if it is elsewhere.
    pub remote: Option<RemoteStore>,
    /// Rapporteket's reports, if the program is configured with them.
    pub reports: Option<rapporteket::RapporteketSettings>,
    /// The pause between two scans of the tree that must agree, and the most scans.
    pub settle: Settle,
    /// How long a file must be absent before its absence counts.
    pub grace: Duration,
    /// The clock that the worker reads the time from.
    pub clock: Clock,
}

/// Owns the register between passes.
#[derive(Debug)]
pub struct Worker {
    place: WorkerPlace,
    /// The right to write, if several programs share the database.
    lease: Option<Arc<Lease>>,
    open: Option<OpenEngine>,
    /// Whether the register was there before. If it was, and is missing now, its disk or its folder is gone.
    was_there: bool,
    /// Whether the last pass found no register.
    missing: bool,
    /// Files that the operating system reported as written since the last pass.
    written: BTreeSet<FilePath>,
    /// The end of the ledger after the last pass.
    recorded: Option<LedgerHead>,
}

#[derive(Debug)]
struct OpenEngine {
    engine: Engine,
    /// The epoch of the lease when the register was opened. What was seen in an earlier epoch no longer counts.
    epoch: Option<i64>,
    file: Option<(u64, u64)>,
    version: i64,
    confirmed: AwaitedConfirmations,
    /// What was counted after the last pass. It is `None` if another program has written since.
    counted: Option<CountedRights>,
}

/// Things that other processes confirm and this process waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct AwaitedConfirmations {
    rules: Option<(Digest, Digest)>,
    releases: BTreeSet<Digest>,
    clock: Option<Timestamp>,
    commit: Option<String>,
    proved: Option<String>,
}

/// What another program has done to the register since the last pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutsideWrites {
    /// No other program has written.
    Nothing,
    /// Something this program waits for was confirmed: a baseline, a release, a proof or a date.
    Confirmed,
    /// Something else was written.
    Other,
}

impl Worker {
    /// Creates a worker that has not opened anything yet.
    #[must_use]
    pub fn new(place: WorkerPlace) -> Self {
        Self {
            place,
            lease: None,
            open: None,
            was_there: false,
            missing: false,
            written: BTreeSet::new(),
            recorded: None,
        }
    }

    /// Returns the same worker, which writes only while the lease is held.
    #[must_use]
    pub fn under(mut self, lease: Option<Arc<Lease>>) -> Self {
        self.lease = lease;
        self
    }

    /// Returns whether a look at the register waits for a database server. An async task must not wait like that.
    #[must_use]
    pub fn blocks(&self) -> bool {
        matches!(self.place.store, Site::Server(_))
    }

    /// Notes files that were written since the last pass. The wait for entries that were missing in them starts
    /// again.
    pub fn were_written(&mut self, paths: BTreeSet<FilePath>) {
        self.written.extend(paths);
    }

    /// Makes a pass and blocks meanwhile. `told` is called from time to time while steps are carried out.
    pub fn pass(&mut self, order: Order, told: impl FnMut(usize, usize)) -> PassEnded {
        match self.try_pass(order, told) {
            Ok(done) => PassEnded::Done(Box::new(done)),
            Err(error @ (EngineError::Pass(PassError::NoBaseline) | EngineError::NoRegister(_))) => {
                PassEnded::NoBaseline(error.finding())
            }
            Err(error) => PassEnded::Failed(error.finding()),
        }
    }

    fn try_pass(
        &mut self,
        order: Order,
        told: impl FnMut(usize, usize),
    ) -> Result<FinishedPass, EngineError> {
        let now = self.place.clock.now();
        let epoch = match &self.lease {
            // The right to write was lost after the pass was ordered. Another program makes the pass.
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
        // The version is read before the pass. Everything that others write from now on is news, even if the pass
        // has seen it.
        let version = data_version(open.engine.register().connection())?;
        if version != open.version {
            (open.version, open.counted) = (version, None);
        }
        open.confirmed = confirmed(open.engine.register().connection(), now)?;
        let passed = open.engine.pass(order.reach, now, Instant::now(), told)?;
        let trusted = passed.decided.clock.confirms.as_ref().map(|trusted| trusted.instant);
        open.confirmed.clock = trusted.or(open.confirmed.clock);
        if let Some(advance) = &passed.decided.tree.advance {
            open.confirmed.commit = Some(advance.to.clone());
        }
        if let Some((rules, _)) = &passed.decided.released_rules {
            open.confirmed.rules = Some((rules.policies_digest, rules.settings_digest));
        }
        let head = ledger::head(open.engine.register().connection()).ok().flatten();
        let done = open.finish(passed, order.since, head)?;
        self.recorded = head.or(self.recorded);
        Ok(done)
    }

    /// Returns whether another program has written to the register. This costs microseconds if nobody has.
    ///
    /// # Errors
    /// When the register cannot be read.
    pub fn written_elsewhere(&mut self) -> Result<OutsideWrites, EngineError> {
        let now = self.place.clock.now();
        let file = device_and_inode(&self.place.store);
        let Some(open) = &mut self.open else {
            // A register was made, or is back.
            return Ok(if self.missing && file.is_some() {
                OutsideWrites::Confirmed
            } else {
                OutsideWrites::Nothing
            });
        };
        if file != open.file {
            return Ok(OutsideWrites::Confirmed);
        }
        let conn = open.engine.register().connection();
        conn.bear(GLANCE);
        let version = data_version(conn);
        conn.bear(PASS);
        let version = version?;
        if version == open.version {
            return Ok(OutsideWrites::Nothing);
        }
        let confirmed = confirmed(conn, now)?;
        let news = confirmed.rules != open.confirmed.rules
            || confirmed.clock != open.confirmed.clock
            || confirmed.commit != open.confirmed.commit
            || confirmed.proved != open.confirmed.proved
            || !confirmed.releases.is_subset(&open.confirmed.releases);
        (open.version, open.confirmed, open.counted) = (version, confirmed, None);
        Ok(if news { OutsideWrites::Confirmed } else { OutsideWrites::Other })
    }

    fn opened(&mut self, epoch: Option<i64>) -> Result<&mut OpenEngine, EngineError> {
        let recorded = self.recorded;
        let file = device_and_inode(&self.place.store);
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
                let WorkerPlace { root, branch, store, remote, reports, settle, grace, forge_token, .. } =
                    &self.place;
                if let Site::File(path) = store {
                    // Its disk may be missing, or its name mistyped. An empty register would be in the way of the
                    // right one. Accepting a baseline makes a register, and a daemon has nothing to do before.
                    self.missing = !self.was_there && matches!(path.try_exists(), Ok(false));
                    if self.missing {
                        return Err(EngineError::NoRegister(path.clone()));
                    }
                    open_register(store, Create::MustExist)?;
                }
                let engine: Engine = patiently(|| match branch {
                    Some(branch) => Engine::follow(branch.clone(), store),
                    None => {
                        let patience = Patience::Lasting(Lasting::new(*grace));
                        Engine::open(root, store, *settle, patience)
                    }
                })?;
                if let Some(recorded) = recorded {
                    tell_loss(engine.register().connection(), recorded);
                }
                let mut engine = engine.with_forge_token(forge_token.clone());
                if epoch.is_some() && branch.is_none() {
                    engine = engine.among_others(&Engine::copy_name(root))?;
                }
                if let Some(remote) = remote {
                    engine =
                        engine.with_store(ExternalRegister { place: remote.place(), store: remote.open()? });
                }
                if let Some(reports) = reports {
                    engine = engine.with_reports(Box::new(Maria::new(reports)?));
                }
                let confirmed = AwaitedConfirmations {
                    rules: None,
                    releases: BTreeSet::new(),
                    clock: None,
                    commit: None,
                    proved: None,
                };
                self.was_there = true;
                let file = device_and_inode(store);
                Ok(none.insert(OpenEngine { engine, epoch, file, version: 0, confirmed, counted: None }))
            }
        }
    }
}

/// How long a database may be silent during a short look. The loop waits for that look.
const GLANCE: Duration = Duration::from_secs(3);

/// How long a database may be silent during a statement of a pass.
const PASS: Duration = Duration::from_secs(30);

/// The pauses between the attempts to reach a database.
const TRIES: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(500), Duration::from_millis(1500)];

/// Opens a register, with a few attempts if its server does not answer. After the last attempt the pass has failed,
/// and the next pass starts again.
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

/// Logs an error if the ledger no longer has an entry that this program has seen. A server that takes over may lack
/// the last transactions of the old one. A backup that was put back may lack them too.
fn tell_loss(conn: &Connection, recorded: LedgerHead) {
    match ledger::holds(conn, recorded) {
        Ok(true) => {}
        Ok(false) => tracing::error!(
            entry = recorded.seq,
            "the ledger lacks entries that this program has seen: hold it against the last checkpoint"
        ),
        Err(error) => tracing::debug!(%error, "the end of the ledger was not compared"),
    }
}

impl OpenEngine {
    fn finish(
        &mut self,
        passed: Passed,
        since: Instant,
        head: Option<LedgerHead>,
    ) -> Result<FinishedPass, EngineError> {
        let conn = self.engine.register().connection();
        let whole = passed.decided.tree.whole;
        let CountedRights { people, rights, .. } =
            match self.counted.filter(|counted| counted.still_hold(whole, head)) {
                Some(counted) => counted,
                None => {
                    let (people, rights) = if self.engine.is_embedded() {
                        read::count_in_force(conn)?
                    } else {
                        memory::told_in_force(conn)?
                    };
                    *self.counted.insert(CountedRights { people, rights, at: head })
                }
            };
        let (mut since, mut absence) = (since, None);
        if let Patience::Lasting(lasting) = self.engine.patience() {
            absence = lasting.next();
            let gone = passed.decided.outcome.cleared.iter().filter(|removal| removal.cause == Cause::Absent);
            since = gone.filter_map(|removal| lasting.since(&removal.key)).fold(since, Instant::min);
        }
        Ok(FinishedPass {
            held: RecordedHolds { adopted: self.engine.adopted(), ..recorded_holds(conn)? },
            ledger: if self.engine.ledger_holds() { LedgerState::Holds } else { LedgerState::Broken },
            people,
            rights,
            absence,
            midnight: midnight(conn, &passed.decided)?,
            effect: (passed.carried.done > 0).then(|| since.elapsed()),
            passed,
        })
    }
}

/// Returns device and inode of the register, if it is a file that exists.
fn device_and_inode(site: &Site) -> Option<(u64, u64)> {
    let Site::File(path) = site else { return None };
    std::fs::metadata(path).ok().map(|seen| (seen.dev(), seen.ino()))
}

/// Returns a number that changes when another connection has committed.
fn data_version(conn: &Connection) -> Result<i64, MemoryError> {
    Ok(conn.version()?)
}

fn confirmed(conn: &Connection, now: Timestamp) -> Result<AwaitedConfirmations, MemoryError> {
    Ok(AwaitedConfirmations {
        rules: memory::accepted_rules(conn)?,
        releases: memory::live_releases(conn, now)?,
        clock: memory::clock_mark(conn)?,
        commit: memory::accepted_commit(conn)?,
        proved: memory::last_proved(conn)?,
    })
}
