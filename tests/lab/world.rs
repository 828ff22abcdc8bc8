//! The real thing: folders or a repository on disk, SQLite files, and engines that make passes over them.
//!
//! The only file of the lab that knows the program's own faces. What it hands out is plain text and numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portvakt::apply::{Acceptable, accept_baseline, confirm_date, release, release_set};
use portvakt::diag::{Code, Severity};
use portvakt::memory::{Release, Trusted};
use portvakt::model::{Digest, FilePath, PersonId};
use portvakt::pass::{Lasting, Patience, Shelf, head, looks_of};
use portvakt::plan::{HeldSet, Why};
use portvakt::policy::REQUIRED_FILES;
use portvakt::reconcile::engine::{Engine, Reach, open_register};
use portvakt::source::{Branch, Depth, Directory, RealPace, Settle, Snapshot};
use portvakt::store::ReadStore as _;
use portvakt::store::tables::{Create, Tables, history_digest, seed};

use super::desk::{COORDINATOR, LEADER};
use super::rows::rows;

/// How the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Somebody runs `apply` on a directory.
    Apply,
    /// A daemon watches a directory.
    Daemon,
    /// A branch is followed.
    Git,
    /// Two daemons with clocks and copies of their own share the memory; one of them leads.
    Pair,
}

impl Mode {
    pub const ALL: [Self; 4] = [Self::Apply, Self::Daemon, Self::Git, Self::Pair];

    pub fn word(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Daemon => "daemon",
            Self::Git => "git",
            Self::Pair => "pair",
        }
    }

    pub fn lasting(self) -> bool {
        matches!(self, Self::Daemon | Self::Pair)
    }
}

pub const GRACE: i64 = 30;

type Tree = BTreeMap<String, Vec<u8>>;

/// What waits for two.
#[derive(Debug, Clone)]
pub struct Held {
    pub people: BTreeSet<String>,
    set: HeldSet,
}

/// What a run said.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Removals that wait.
    pub held: Vec<Held>,
    /// Additions that wait.
    pub late: Vec<Held>,
    /// Findings: code, and everything they say and name.
    pub notes: Vec<(String, String)>,
    /// Policies or settings that wait for this release.
    pub settings: Option<String>,
    /// How many passes it took.
    pub passes: usize,
}

impl Told {
    /// Whether it says anything about somebody, or about the folder they are in.
    pub fn names(&self, person: &str, trust: &str) -> bool {
        let folder = format!("desired-state/{trust}");
        let waits = |sets: &[Held]| sets.iter().any(|held| held.people.contains(person));
        waits(&self.held)
            || waits(&self.late)
            || self.notes.iter().any(|(code, text)| {
                text.contains(person)
                    || (text.contains(&folder) && (code == "odd-path" || code == "file-held"))
            })
    }
}

/// What the register holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Store {
    /// Open accounts' rights, by person.
    pub rights: BTreeMap<String, BTreeSet<String>>,
    /// People with more than one open account.
    pub twice: BTreeSet<String>,
    /// Closed accounts, and whether an address is left.
    pub closed: BTreeMap<String, bool>,
    pub accounts: BTreeSet<String>,
}

struct Side {
    root: PathBuf,
    shown: Tree,
}

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
    /// The tip, and blobs that are written.
    tip: Option<gix::ObjectId>,
    blobs: BTreeMap<Vec<u8>, gix::ObjectId>,
    git: Option<gix::Repository>,
}

thread_local! {
    /// The policies of the repository, loaded once a thread.
    static WARM: std::cell::RefCell<Option<Shelf>> = const { std::cell::RefCell::new(None) };
}

pub fn policies() -> Tree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
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
            tip: None,
            blobs: BTreeMap::new(),
            git: None,
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

    fn branch(&self) -> Branch {
        Branch {
            root: self.dir.path().join("branch.git"),
            inside: String::new(),
            reference: Some("refs/heads/main".to_owned()),
        }
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
        let head = head(&looks_of(&snapshot), snapshot.odd(), &rules.register);
        let mut register = self.tables();
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
        seed(self.conn(), 7, today).unwrap();
    }

    fn conn(&self) -> &portvakt::database::Connection {
        self.engine.as_ref().unwrap().register().connection()
    }

    /// The tree as it stands on the active side, or as the next commit of the branch. A watcher notes what is written.
    pub fn show(&mut self, tree: &Tree) {
        if self.mode == Mode::Git {
            self.commit(tree);
        } else {
            let written = write(&mut self.sides[self.active], tree);
            self.written.extend(written);
        }
    }

    /// The copy of the side that does not lead.
    pub fn bring_up_to_date(&mut self, tree: &Tree) {
        for (number, side) in self.sides.iter_mut().enumerate() {
            let written = write(side, tree);
            if number == self.active {
                self.written.extend(written);
            }
        }
    }

    /// Whether the active side shows this.
    pub fn shows(&self, path: &str, bytes: &[u8]) -> bool {
        self.mode == Mode::Git || self.sides[self.active].shown.get(path).is_some_and(|shown| shown == bytes)
    }

    fn commit(&mut self, tree: &Tree) {
        use gix::objs::tree::{Entry, EntryKind};
        let git = self.git.as_ref().unwrap();
        // Folder by folder, from the deepest up.
        let mut folders: BTreeMap<String, BTreeMap<String, (EntryKind, gix::ObjectId)>> = BTreeMap::new();
        for (path, bytes) in tree {
            let id = *self
                .blobs
                .entry(bytes.clone())
                .or_insert_with(|| git.write_blob(bytes.as_slice()).unwrap().detach());
            let (folder, name) = path.rsplit_once('/').unwrap();
            folders.entry(folder.to_owned()).or_default().insert(name.to_owned(), (EntryKind::Blob, id));
        }
        let mut top = BTreeMap::new();
        while let Some((folder, names)) = folders.pop_last() {
            let mut entries: Vec<Entry> = names
                .into_iter()
                .map(|(name, (kind, oid))| Entry { mode: kind.into(), filename: name.into(), oid })
                .collect();
            entries.sort();
            let id = git.write_object(&gix::objs::Tree { entries }).unwrap().detach();
            match folder.rsplit_once('/') {
                Some((above, name)) => {
                    folders
                        .entry(above.to_owned())
                        .or_default()
                        .insert(name.to_owned(), (EntryKind::Tree, id));
                }
                None => {
                    top.insert(folder, (EntryKind::Tree, id));
                }
            }
        }
        let mut entries: Vec<Entry> = top
            .into_iter()
            .map(|(name, (kind, oid))| Entry { mode: kind.into(), filename: name.into(), oid })
            .collect();
        entries.sort();
        let tree = git.write_object(&gix::objs::Tree { entries }).unwrap().detach();
        let who = gix::actor::Signature {
            name: "Lab".into(),
            email: "lab@register.example".into(),
            time: gix::date::Time::new(1_700_000_000, 0),
        };
        let commit = gix::objs::Commit {
            tree,
            parents: self.tip.into_iter().collect(),
            author: who.clone(),
            committer: who,
            encoding: None,
            message: "a change".into(),
            extra_headers: Vec::new(),
        };
        let id = git.write_object(&commit).unwrap().detach();
        self.tip = Some(id);
        let place = self.dir.path().join("branch.git/refs/heads");
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("main"), format!("{id}\n")).unwrap();
    }

    /// All that one run of the program does: one pass, or as many as it wants.
    pub fn run(&mut self, whole: bool, at: i64, now: Timestamp) -> Result<Told, String> {
        let moment = self.base + Duration::from_secs(at.unsigned_abs());
        let mut reach = if whole || !self.mode.lasting() { Reach::Everything } else { Reach::Changes };
        let mut told = Told::default();
        let engine = self.engine.as_mut().unwrap();
        if self.mode.lasting() {
            engine.were_written(std::mem::take(&mut self.written));
        }
        for turn in 0.. {
            let passed = engine.pass(reach, now, moment, |_, _| {}).map_err(|why| format!("{why:?}"))?;
            if let Some((step, why)) = passed.carried.failed.first() {
                return Err(format!("a step failed: {why}: {step:?}"));
            }
            let decided = &passed.decided;
            told = Told::default();
            for set in &decided.held_removals {
                let waits = if set.why == Why::Additions { &mut told.late } else { &mut told.held };
                waits.push(Held { people: set.people.clone(), set: set.clone() });
            }
            told.passes = turn + 1;
            for finding in &decided.findings {
                if finding.severity == Severity::Advice && finding.code != Code::WaitingToLast {
                    let about_odd = finding.code.as_str() == "odd-path";
                    if !about_odd {
                        continue;
                    }
                }
                let (message, out) = (finding.message.en(), finding.way_out.en());
                let file = finding.place.as_ref().map(|place| place.file.to_string()).unwrap_or_default();
                if finding.code == Code::ProtectedChange {
                    told.settings = out.split_whitespace().find(|w| is_digest(w)).map(str::to_owned);
                }
                told.notes.push((finding.code.to_string(), format!("{file} {message} {out}")));
            }
            let left = passed.followed.as_ref().map_or(0, |followed| followed.left);
            let again = match self.mode {
                Mode::Apply => false,
                Mode::Git => left > 0 || !decided.whole,
                Mode::Daemon | Mode::Pair => decided.wants_another() && turn < 4,
            };
            if !again {
                break;
            }
            reach = if self.mode == Mode::Git && left == 0 { Reach::Everything } else { Reach::Changes };
            assert!(turn < 5000, "a run without end");
        }
        Ok(told)
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

    pub fn store(&self) -> Store {
        let conn = self.conn().as_sqlite().unwrap();
        let mut store = Store::default();
        let mut accounts =
            conn.prepare_cached("SELECT id, person, active, email IS NOT NULL FROM account").unwrap();
        let mut rows = accounts.query([]).unwrap();
        let mut open = BTreeMap::new();
        while let Some(row) = rows.next().unwrap() {
            let (id, person): (String, Option<String>) = (row.get(0).unwrap(), row.get(1).unwrap());
            store.accounts.insert(id.clone());
            if row.get::<_, bool>(2).unwrap() {
                let person = person.unwrap_or_else(|| id.clone());
                if store.rights.insert(person.clone(), BTreeSet::new()).is_some() {
                    store.twice.insert(person.clone());
                }
                open.insert(id, person);
            } else {
                store.closed.insert(id, row.get(3).unwrap());
            }
        }
        let mut access = conn
            .prepare_cached("SELECT account, application, unit, role FROM access WHERE ended IS NULL")
            .unwrap();
        let mut rows = access.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let id: String = row.get(0).unwrap();
            let (application, unit, role): (String, i64, String) =
                (row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap());
            let whose = open.get(&id).cloned().unwrap_or_else(|| format!("closed:{id}"));
            store.rights.entry(whose).or_default().insert(format!("{application}/{unit}/{role}"));
        }
        store.rights.retain(|_, rights| !rights.is_empty());
        store
    }

    /// Every row of every table that keeps what is so, and not when somebody looked.
    pub fn content(&self, tables: Option<&[&str]>) -> BTreeMap<String, BTreeSet<String>> {
        let conn = self.conn().as_sqlite().unwrap();
        let wanted = |name: &str| tables.is_none_or(|some| some.contains(&name));
        // The last trusted moment moves with every pass.
        rows(conn, wanted, |name, text| name != "mark" || !text.starts_with("clock"))
    }

    pub fn history(&self) -> String {
        history_digest(self.conn()).unwrap().to_string()
    }

    /// Whether the chain holds and its times never fall.
    pub fn ledger(&self) -> Result<(), String> {
        portvakt::ledger::verify(self.conn()).map_err(|why| why.to_string())?;
        let conn = self.conn().as_sqlite().unwrap();
        let mut statement = conn.prepare_cached("SELECT seq, at FROM ledger ORDER BY seq").unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut last: Option<Timestamp> = None;
        while let Some(row) = rows.next().unwrap() {
            let (seq, at): (i64, String) = (row.get(0).unwrap(), row.get(1).unwrap());
            let at: Timestamp = at.parse().unwrap();
            if last.is_some_and(|last| at < last) {
                return Err(format!("entry {seq} of the ledger is of {at}, before the one it follows"));
            }
            last = Some(at);
        }
        Ok(())
    }

    /// Who had what at a past moment, by the ledger.
    pub fn held_on(&self, moment: Timestamp) -> BTreeMap<String, BTreeSet<String>> {
        let mut rights: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for held in portvakt::report::held_on(self.conn(), moment).unwrap() {
            let right = format!("{}/{}/{}", held.application, held.unit, held.role);
            rights.entry(held.person).or_default().insert(right);
        }
        rights
    }

    /// Somebody with a database browser.
    pub fn sql(&self, sql: &str) {
        self.conn().execute_batch(sql).unwrap();
    }

    /// A single text that a question has for an answer.
    pub fn ask(&self, sql: &str) -> Option<String> {
        self.conn().as_sqlite().unwrap().query_row(sql, [], |row| row.get(0)).ok()
    }

    /// Puts a copy of the database aside.
    pub fn back_up(&self) {
        let copy = self.dir.path().join("backup.db");
        let _none = std::fs::remove_file(&copy);
        self.sql(&format!("VACUUM INTO '{}'", copy.display()));
    }

    /// Puts that copy in the place of the database; tells whether there is one.
    pub fn restore(&mut self) -> bool {
        let copy = self.dir.path().join("backup.db");
        if !copy.exists() {
            return false;
        }
        self.engine = None;
        for end in ["-wal", "-shm"] {
            let _none = std::fs::remove_file(format!("{}{end}", self.db.display()));
        }
        std::fs::copy(&copy, &self.db).unwrap();
        self.open();
        true
    }
}

fn given(digest: Digest, at: Timestamp) -> Release {
    Release { digest, at, by: [person(LEADER), person(COORDINATOR)].into(), keys: [].into() }
}

fn is_digest(word: &str) -> bool {
    word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Makes a folder show a tree, touching nothing that is as it should be; tells what it wrote.
fn write(side: &mut Side, tree: &Tree) -> BTreeSet<FilePath> {
    let gone: Vec<String> = side.shown.keys().filter(|path| !tree.contains_key(*path)).cloned().collect();
    for path in gone {
        side.shown.remove(&path);
        std::fs::remove_file(side.root.join(path)).unwrap();
    }
    let mut written = BTreeSet::new();
    for (path, bytes) in tree {
        if side.shown.get(path) == Some(bytes) {
            continue;
        }
        let place = side.root.join(path);
        if place.is_dir() {
            std::fs::remove_dir_all(&place).unwrap();
        }
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, bytes).unwrap();
        side.shown.insert(path.clone(), bytes.clone());
        written.insert(FilePath::new(path));
    }
    written
}
