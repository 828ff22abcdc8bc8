//! A copy of the example that has been accepted and applied, and a daemon that runs on it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use portvakt_core::decide::Patience;
use portvakt_core::model::PersonId;
use portvakt_engine::ledger::{EntryKind, append};
use portvakt_engine::memory;
use portvakt_engine::reconcile::engine::{Engine, PassReach, open_register};
use portvakt_sources::Settle;
use portvakt_stores::tables::{Create, history_digest, seed};
use rusqlite::Connection;

pub use crate::accepted::today;
use crate::accepted::{accept, day_of};
use crate::running;

/// The longest time that anything may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

pub const SETTLE: Settle = Settle { pause: Duration::from_millis(20), scans: 50 };

pub fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

/// A register whose tree was accepted and carried out once, with a history. It is made once and then copied.
type Files = BTreeMap<PathBuf, Vec<u8>>;
static ACCEPTED: LazyLock<Files> = LazyLock::new(|| {
    let now = Timestamp::now();
    let world = World::example(day_of(now));
    world.accept_at(now);
    let mut engine = Engine::open(world.root(), &world.store(), SETTLE, Patience::None).unwrap();
    let passed = engine.pass(PassReach::Everything, now, Instant::now(), |_, _| {}).unwrap();
    assert!(passed.carried.done > 50 && passed.carried.failed.is_empty(), "{passed:?}");
    let conn = engine.register().connection();
    seed(conn, 7, day_of(now)).unwrap();
    conn.execute("UPDATE account SET email = login || '@example.test' WHERE login IS NOT NULL", []).unwrap();
    drop(engine);
    let mut files = Files::new();
    gather(world.root(), world.root(), &mut files);
    files
});

fn gather(root: &Path, folder: &Path, files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, files);
        } else {
            files.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
        }
    }
}

/// A folder of its own with a tree and a register.
pub struct World {
    home: tempfile::TempDir,
    root: PathBuf,
}

impl World {
    /// Returns the example as if it was written on that day. Nothing is accepted.
    pub fn example(day: Date) -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("tree");
        fs::create_dir(&root).unwrap();
        portvakt::example::copy(&root, day).unwrap();
        Self { home, root }
    }

    /// The same, accepted and carried out.
    pub fn accepted() -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("tree");
        for (path, bytes) in ACCEPTED.iter() {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        Self { home, root }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn store(&self) -> PathBuf {
        self.root.join("var/register.db")
    }

    pub fn file(&self, path: &str) -> PathBuf {
        self.root.join("desired-state").join(path)
    }

    /// Accepts the tree, as two national administrators do on the host.
    pub fn accept(&self) {
        self.accept_at(Timestamp::now());
    }

    pub fn accept_at(&self, now: Timestamp) {
        let mut register = open_register(&self.store(), Create::IfMissing).unwrap();
        accept(&self.root, &mut register, now);
    }

    /// The accepted tree is that of a commit, as if the two had accepted it so.
    pub fn accept_commit(&self, commit: &str) {
        let mut register = open_register(&self.store(), Create::MustExist).unwrap();
        let tx = register.connection_mut().begin().unwrap();
        memory::set_accepted_commit(&tx, Some(commit)).unwrap();
        let body = serde_json::json!({ "parts": memory::part_digests(&tx).unwrap() });
        append(&tx, Timestamp::now(), EntryKind::Remembered, &body).unwrap();
        tx.commit().unwrap();
    }

    fn connection(&self) -> Connection {
        let conn = Connection::open(self.store()).unwrap();
        conn.busy_timeout(Duration::from_secs(5)).unwrap();
        conn
    }

    /// Runs SQL, as a person with a database browser does.
    pub fn by_hand(&self, sql: &str) -> usize {
        self.connection().execute(sql, []).unwrap()
    }

    pub fn ask<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        self.connection().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// The rights of a person now.
    pub fn rights(&self, person: &str) -> i64 {
        self.ask(&format!(
            "SELECT count(*) FROM access JOIN account ON account.id = access.account
             WHERE account.person = '{person}' AND access.ended IS NULL"
        ))
    }

    /// Returns the accepted end of a person's only access.
    pub fn accepted_end(&self, person: &str) -> String {
        self.ask(&format!("SELECT until_day FROM standing WHERE person = '{person}'"))
    }

    /// Returns every right in force with the person who has it, and each person's e-mail address. This must be the same
    /// in the end.
    pub fn state(&self) -> BTreeSet<(String, String)> {
        let conn = self.connection();
        let mut rows = conn
            .prepare(
                "SELECT account.person, application || ' ' || unit || ' ' || role FROM access
                 JOIN account ON account.id = access.account WHERE ended IS NULL
                 UNION ALL SELECT person, 'active ' || active || coalesce(email, '') FROM account",
            )
            .unwrap();
        rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    }

    pub fn history(&self) -> String {
        history_digest(&self.connection().into()).unwrap().to_string()
    }

    /// A daemon with short times.
    pub fn daemon(&self, more: &[&str]) -> Daemon {
        Daemon::start(&self.root, more)
    }
}

/// A new registrar of Ahus, approved by one of its own coordinators.
pub fn newcomer(id: &str) -> String {
    let today = today();
    format!(
        "person: {id}\nname: Nils Nykommer\nemployer: ahus\nstaff: health\naccess:\n  - application: smerteregisteret\n    \
         unit: 100089\n    role: LU\n    from: {today}\n    request: REQ-NEW-{}\n    approved:\n      by: lars.demostad\n      \
         on: {today}\n      identity: known\n",
        id.len()
    )
}

/// The same registrar, whose access ends this many days from today.
pub fn newcomer_until(id: &str, days: i64) -> String {
    let from = format!("    from: {}\n", today());
    newcomer(id).replace(&from, &format!("{from}    until: {}\n", end_after(days)))
}

/// The day this many days from today, as it is written in a file.
pub fn end_after(days: i64) -> String {
    (today() + days.days()).to_string()
}

fn until_or(what: &str, mut is: impl FnMut() -> bool, context: impl Fn() -> String) {
    let end = Instant::now() + DEADLINE;
    while !is() {
        assert!(Instant::now() < end, "waited in vain: {what}\n{}", context());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A running daemon, with its log.
pub struct Daemon {
    child: Child,
    address: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Daemon {
    pub fn command(root: &Path, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
        command.env_clear().arg("--root").arg(root).arg("daemon");
        let mut options = BTreeMap::from([
            ("--listen", "127.0.0.1:0"),
            ("--settle", "20ms"),
            ("--grace", "400ms"),
            ("--full-every", "1h"),
            ("--log-format", "json"),
            ("--log", "debug"),
        ]);
        for pair in more.chunks(2) {
            options.insert(pair[0], pair[1]);
        }
        command.args(options.into_iter().flat_map(|(name, value)| [name, value]));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn start(root: &Path, more: &[&str]) -> Self {
        let mut child = Self::command(root, more).spawn().unwrap();
        let (log, address) = (running::log(&mut child), running::address(&mut child));
        let daemon = Self { child, address, log };
        assert!(!daemon.address.is_empty(), "no address\n{}", daemon.log());
        daemon
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Waits for words in the log, which are read by a thread of this test.
    pub fn until_says(&self, words: &str) {
        self.until(words, || self.log().contains(words));
    }

    pub fn lines(&self) -> Vec<serde_json::Value> {
        let log = self.log.lock().unwrap();
        log.iter()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}")))
            .collect()
    }

    /// Waits for something that must become true. If it does not, the log is shown.
    pub fn until(&self, what: &str, is: impl FnMut() -> bool) {
        until_or(what, is, || self.log());
    }

    pub fn get(&self, path: &str) -> (u16, String) {
        running::get(&self.address, path)
    }

    pub fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").1;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name}\n{text}")).parse().unwrap()
    }

    pub fn is(&self, name: &str, value: f64) -> bool {
        (self.metric(name) - value).abs() < 1e-9
    }

    pub fn until_is(&self, name: &str, value: f64) {
        self.until(&format!("{name} {value}"), || self.is(name, value));
    }

    /// Returns how many passes have ended, with or without success.
    pub fn passes(&self) -> f64 {
        self.metric("portvakt_passes_total") + self.metric("portvakt_passes_failed_total")
    }

    /// Waits for another complete pass, begun after this.
    pub fn until_passes(&self, more: f64) {
        let goal = self.metric("portvakt_passes_total") + more;
        self.until("a pass", || self.metric("portvakt_passes_total") >= goal);
    }

    /// Waits until it is ready and no pass has been made for a while.
    pub fn settled(self) -> Self {
        self.until("ready", || self.get("/readyz").0 == 200);
        self.until_is("portvakt_watching", 1.0);
        self.quiet();
        self
    }

    /// Waits until no pass has been made for a while.
    pub fn quiet(&self) {
        let (mut seen, mut since) = (self.passes(), Instant::now());
        self.until("quiet", || {
            let now = self.passes();
            if now != seen {
                (seen, since) = (now, Instant::now());
            }
            since.elapsed() > Duration::from_millis(300)
        });
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        running::signal(&self.child, signal).unwrap();
    }

    /// Asks for a whole pass and waits for it.
    pub fn look(&self) {
        let asked = || {
            self.lines().iter().filter(|line| line["trigger"] == "asked" && line["took_ms"].is_u64()).count()
        };
        let before = asked();
        self.signal(rustix::process::Signal::HUP);
        self.until("the pass asked for", || asked() > before);
    }

    /// Time it has used so far, in hundredths of a second.
    pub fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to stop and gives its exit code.
    pub fn stop(mut self) -> i32 {
        self.signal(rustix::process::Signal::TERM);
        let end = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or_else(|| panic!("{status}"));
            }
            assert!(Instant::now() < end, "does not stop\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Over already where a test has stopped it.
        if self.child.kill().is_ok() {
            let _ended = self.child.wait();
        }
    }
}
