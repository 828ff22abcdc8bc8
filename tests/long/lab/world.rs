//! The real world of a history: folders or a repository on disk, SQLite files, and engines that make passes over them.
//!
//! This is the only file of the lab that knows the program's own interfaces. It returns only plain text and numbers.

mod again;
mod branch;
mod elsewhere;
mod look;
mod shown;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portvakt_core::decide::{Lasting, Patience, Trusted, head_of_tree};
use portvakt_core::model::{Digest, FilePath, PersonId};
use portvakt_core::policy::REQUIRED_FILES;
use portvakt_core::store::ReadStore as _;
use portvakt_core::tree::Snapshot;
use portvakt_engine::apply::{Acceptable, accept_baseline, confirm_date, release, release_set};
use portvakt_engine::memory::{Release, bind};
use portvakt_engine::pass::Shelf;
use portvakt_engine::reconcile::engine::{Engine, PassReach, open_register};
use portvakt_sources::{Depth, Directory, RealPace, Settle};
use portvakt_stores::tables::{Create, Tables, seed};

use super::desk::{COORDINATOR, LEADER};

pub use elsewhere::fault_words;
pub use look::{Content, Store};
use shown::Side;
pub use told::{Held, Told};

/// The way in which the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// A person runs `apply` on a directory.
    Apply,
    /// A daemon watches a directory.
    Daemon,
    /// A branch is followed.
    Git,
    /// Two daemons with their own clocks and copies share the memory. One of them leads.
    Pair,
    /// A person runs `apply`, and the register is behind a SCIM service.
    Elsewhere,
}

impl Mode {
    pub const ALL: [Self; 5] = [Self::Apply, Self::Daemon, Self::Git, Self::Pair, Self::Elsewhere];

    pub fn word(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Daemon => "daemon",
            Self::Git => "git",
            Self::Pair => "pair",
            Self::Elsewhere => "elsewhere",
        }
    }

    pub fn lasting(self) -> bool {
        matches!(self, Self::Daemon | Self::Pair)
    }
}

pub const GRACE: i64 = 30;

type Tree = BTreeMap<String, Vec<u8>>;

pub struct World {
    dir: tempfile::TempDir,
    pub mode: Mode,
    db: PathBuf,
    sides: [Side; 2],
    pub active: usize,
    engine: Option<Engine>,
    base: Instant,
    /// Files that were written on the active side since the last pass.
    written: BTreeSet<FilePath>,
    /// The folders that are not in their place, or have another one there.
    moved: BTreeSet<String>,
    /// The tip, and blobs that are written.
    tip: Option<gix::ObjectId>,
    blobs: BTreeMap<Vec<u8>, gix::ObjectId>,
    git: Option<gix::Repository>,
    service: Option<elsewhere::Service>,
    /// Ids that people have now, each with the one they had in the beginning: the lab knows them by that.
    pub ids: BTreeMap<String, String>,
    /// The number of passes that the last run began.
    pub turns: usize,
}

thread_local! {
    /// The policies of the repository, loaded once a thread.
    static WARM: std::cell::RefCell<Option<Shelf>> = const { std::cell::RefCell::new(None) };
}

pub fn policies() -> Tree {
    let root = Path::new(crate::ROOT);
    REQUIRED_FILES
        .iter()
        .map(|path| (*path).to_owned())
        .filter(|path| path.starts_with("policies/"))
        .map(|path| (path.clone(), std::fs::read(root.join(path)).unwrap()))
        .collect()
}

pub fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

const SETTLE: Settle = Settle { pause: Duration::ZERO, scans: 20 };

impl World {
    /// This tree, accepted by two and not carried out yet.
    pub fn new(mode: Mode, tree: &Tree, now: Timestamp) -> Self {
        let fast = Path::new("/dev/shm");
        let dir = if fast.is_dir() { tempfile::tempdir_in(fast) } else { tempfile::tempdir() }.unwrap();
        let side = |name: &str| Side { root: dir.path().join(name), shown: Tree::new() };
        let mut world = Self {
            mode,
            db: dir.path().join("register.db"),
            sides: [side("a"), side("b")],
            active: 0,
            engine: None,
            base: Instant::now(),
            written: BTreeSet::new(),
            moved: BTreeSet::new(),
            tip: None,
            blobs: BTreeMap::new(),
            git: None,
            service: (mode == Mode::Elsewhere).then(elsewhere::Service::start),
            ids: BTreeMap::new(),
            turns: 0,
            dir,
        };
        if mode == Mode::Git {
            let place = world.dir.path().join("branch.git");
            world.git = Some(gix::init_bare(&place).unwrap());
            std::fs::write(place.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        }
        world.show(tree);
        if mode == Mode::Pair {
            world.bring_up_to_date(tree);
        }
        world.baseline(now);
        world.open();
        world
    }

    fn tables(&self) -> Tables {
        let register = open_register(&self.db, Create::IfMissing).unwrap();
        register.connection().execute_batch("PRAGMA synchronous = OFF").unwrap();
        register
    }

    fn baseline(&mut self, now: Timestamp) {
        let (snapshot, commit) = self.seen();
        let mut shelf = WARM.with(|warm| warm.borrow().clone().unwrap_or_default());
        let rules = shelf.of_tree(&snapshot).unwrap();
        WARM.with(|warm| *warm.borrow_mut() = Some(shelf));
        let head = head_of_tree(&snapshot, &rules.register);
        let mut register = self.tables();
        if let Some(service) = &self.service {
            bind(register.connection(), Some(&service.place())).unwrap();
        }
        let accounts = register.list().unwrap().accounts;
        let spent = register.spent().unwrap();
        let tree = Acceptable {
            snapshot: &snapshot,
            commit: commit.as_deref(),
            rules: &rules,
            head: &head,
            accounts: &accounts,
            spent: &spent,
            today: super::oracle::day(now),
            now,
            follows: None,
            broken: None,
            proof: None,
        };
        accept_baseline(&mut register, &tree, [&person(LEADER), &person(COORDINATOR)]).unwrap();
    }

    fn seen(&self) -> (Snapshot, Option<String>) {
        if self.mode == Mode::Git {
            let commit = self.branch().open().unwrap().commit("refs/heads/main").unwrap();
            (commit.snapshot, Some(commit.id))
        } else {
            let root = &self.sides[self.active].root;
            (Directory::new(root).take(Depth::All, SETTLE, &mut RealPace).unwrap(), None)
        }
    }

    fn open(&mut self) {
        let engine = if self.mode == Mode::Git {
            Engine::follow(self.branch(), &self.db)
        } else {
            let patience = if self.mode.lasting() {
                Patience::Lasting(Lasting::new(Duration::from_secs(GRACE.unsigned_abs())))
            } else {
                Patience::None
            };
            Engine::open(&self.sides[self.active].root, &self.db, SETTLE, patience)
        }
        .unwrap()
        .with_shelf(WARM.with(|warm| warm.borrow().clone().unwrap_or_default()));
        let engine = match self.mode {
            Mode::Pair => engine.among_others(["here", "there"][self.active]).unwrap(),
            _ => engine,
        };
        let engine = match &self.service {
            Some(service) => engine.with_store(service.store()),
            None => engine,
        };
        engine.register().connection().execute_batch("PRAGMA synchronous = OFF").unwrap();
        self.engine = Some(engine);
        // A program that has just begun has been told of nothing.
        self.written.clear();
    }

    /// The program ends and starts again.
    pub fn restart(&mut self) {
        self.engine = None;
        self.open();
    }

    /// The other daemon leads from now on.
    pub fn take_over(&mut self) {
        self.engine = None;
        self.active = 1 - self.active;
        self.open();
    }

    /// Courses, forms, subscriptions and addresses, so that there is something that must not change.
    pub fn seed(&self, today: super::desk::Day) {
        if self.service.is_some() {
            return;
        }
        seed(self.conn(), 7, today).unwrap();
    }

    fn conn(&self) -> &portvakt_database::Connection {
        self.engine.as_ref().unwrap().register().connection()
    }

    /// Makes one whole run of the program: one pass, or as many as it wants. Errors of a service are told.
    pub fn run(&mut self, whole: bool, at: i64, now: Timestamp) -> Result<Told, String> {
        let disturbed = self.service.as_ref().is_some_and(elsewhere::Service::is_disturbed);
        let ran = self.passes(whole, at, now);
        if let Some(service) = &mut self.service {
            service.ran(ran.is_ok());
        }
        match ran {
            Ok(told) => Ok(Told { disturbed, ..told }),
            Err(Spoilt { told, .. }) if disturbed => Ok(Told { disturbed, ..told }),
            Err(Spoilt { why, .. }) => Err(why),
        }
    }

    fn passes(&mut self, whole: bool, at: i64, now: Timestamp) -> Result<Told, Spoilt> {
        let moment = self.base + Duration::from_secs(at.unsigned_abs());
        let mut reach =
            if whole || !self.mode.lasting() { PassReach::Everything } else { PassReach::Changes };
        let mut told = Told::default();
        let engine = self.engine.as_mut().unwrap();
        if self.mode.lasting() {
            engine.were_written(std::mem::take(&mut self.written));
        }
        for turn in 0.. {
            self.turns = turn + 1;
            let passed = engine.pass(reach, now, moment, |_, _| {}).map_err(|why| Spoilt {
                why: format!("{why:?}"),
                told: Told { stopped: true, passes: turn + 1, ..Told::default() },
            })?;
            let decided = &passed.decided;
            told = Told::of(decided, turn + 1, &self.ids);
            if let Some((step, why)) = passed.carried.failed.first() {
                return Err(Spoilt { why: format!("a step failed: {why}: {step:?}"), told });
            }
            let left = passed.followed.as_ref().map_or(0, |followed| followed.left);
            let again = match self.mode {
                Mode::Apply | Mode::Elsewhere => false,
                Mode::Git => left > 0 || !decided.tree.whole,
                Mode::Daemon | Mode::Pair => decided.wants_another() && turn < 4,
            };
            if !again {
                break;
            }
            reach =
                if self.mode == Mode::Git && left == 0 { PassReach::Everything } else { PassReach::Changes };
            assert!(turn < 5000, "a run without end");
        }
        Ok(told)
    }

    /// Sets a fault of the connection from now on, or none. Without a connection it does nothing.
    pub fn disturb(&mut self, word: &str) {
        if let Some(service) = &mut self.service {
            service.set(word);
        }
    }

    /// Two let something go that waits.
    pub fn release(&self, held: &Held, now: Timestamp) {
        release_set(&mut self.tables(), &given(held.set.digest, now), &held.set).unwrap();
    }

    /// Two let settings go.
    pub fn release_settings(&self, digest: &str, now: Timestamp) {
        release(&mut self.tables(), &given(Digest::parse(digest).unwrap(), now), "settings").unwrap();
    }

    /// The date is right: one says so, and two where it is earlier than the one that was trusted.
    pub fn confirm(&self, now: Timestamp) {
        let trusted = Trusted { instant: now, day: super::oracle::day(now), zone: "Europe/Oslo".to_owned() };
        let by = [person(LEADER), person(COORDINATOR)].into();
        confirm_date(&mut self.tables(), &trusted, &by).unwrap();
    }

    pub fn sql(&self, sql: &str) {
        self.conn().execute_batch(sql).unwrap();
    }

    /// A single text that a question has for an answer.
    pub fn ask(&self, sql: &str) -> Option<String> {
        self.conn().as_sqlite().unwrap().query_row(sql, [], |row| row.get(0)).ok()
    }
}

/// The reason why a run did not do all its work, and its output.
struct Spoilt {
    why: String,
    told: Told,
}

fn given(digest: Digest, at: Timestamp) -> Release {
    Release { digest, at, by: [person(LEADER), person(COORDINATOR)].into(), keys: [].into() }
}
