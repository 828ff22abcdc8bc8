//! A repository with real keys, a register that has accepted it, and the two judges of a change. `check` runs in CI
//! before the merge. After it, `apply` and the daemon make a pass.
//!
//! The repository is made once and then copied, and all copies share the keys. Every command gets an empty environment
//! and its own clock.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

pub use portvakt_test_bench::{Told, copy, git};
use tempfile::TempDir;

use super::tree::{ADMINISTRATORS, LC_AHUS, LC_FONNA, lay, person, smerte};

pub const NAMESPACE: &str = "portvakt@smerteregisteret";
/// The settings, and the files that sign them, as paths of the tree.
pub const REGISTER: &str = "desired-state/register.yaml";
pub const ALLOWED: &str = "desired-state/allowed_signers";
pub const REVOKED: &str = "desired-state/revoked_keys";
pub const SETTINGS_SIG: &str = "desired-state/settings.sig";

/// A key of the bench, by the name of its file.
pub type Key = &'static str;
/// The leader's key, of the type ed25519.
pub const LEADER_KEY: Key = "leader";
/// The leader's second key.
pub const LEADER_SECOND: Key = "leader-second";
/// The coordinator's key, of the type ecdsa.
pub const COORDINATOR_KEY: Key = "coordinator";
/// The manager's key, of the type rsa.
pub const MANAGER_KEY: Key = "manager";
/// ed25519, as all below.
pub const AHUS_KEY: Key = "ahus";
pub const AHUS_SECOND: Key = "ahus-second";
/// This key counted until the end of January.
pub const AHUS_EXPIRED: Key = "ahus-expired";
/// This key is in `revoked_keys`.
pub const AHUS_LOST: Key = "ahus-lost";
pub const FONNA_KEY: Key = "fonna";
/// This key belongs to nobody.
pub const STRANGER: Key = "stranger";

/// The repository that is copied, with the keys beside it.
pub(super) struct Prepared {
    dir: TempDir,
    /// The commit that was accepted.
    commits: String,
}

fn prepared() -> &'static Prepared {
    static PREPARED: OnceLock<Prepared> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("keys");
        std::fs::create_dir(&keys).unwrap();
        for (name, kind) in [
            (LEADER_KEY, "ed25519"),
            (LEADER_SECOND, "ed25519"),
            (COORDINATOR_KEY, "ecdsa"),
            (MANAGER_KEY, "rsa"),
            (AHUS_KEY, "ed25519"),
            (AHUS_SECOND, "ed25519"),
            (AHUS_EXPIRED, "ed25519"),
            (AHUS_LOST, "ed25519"),
            (FONNA_KEY, "ed25519"),
            (STRANGER, "ed25519"),
        ] {
            let mut make = Command::new("ssh-keygen");
            make.args(["-q", "-N", "", "-C", "test", "-t", kind, "-f"]).arg(keys.join(name));
            assert!(make.status().unwrap().success(), "ssh-keygen makes {name}");
        }
        let scene = Scene::at(tempfile::tempdir().unwrap(), keys.clone());
        lay(&scene.root());
        let [leader, coordinator, manager] = ADMINISTRATORS;
        let bound = format!(" namespaces=\"{NAMESPACE}\"");
        let lines = [
            (format!("{leader}{bound}"), LEADER_KEY),
            (leader.to_owned(), LEADER_SECOND),
            (coordinator.to_owned(), COORDINATOR_KEY),
            (manager.to_owned(), MANAGER_KEY),
            (LC_AHUS.to_owned(), AHUS_KEY),
            (LC_AHUS.to_owned(), AHUS_SECOND),
            (format!("{LC_AHUS} valid-before=\"20260131\""), AHUS_EXPIRED),
            (LC_AHUS.to_owned(), AHUS_LOST),
            (LC_FONNA.to_owned(), FONNA_KEY),
        ];
        let text: String =
            lines.iter().map(|(start, key)| format!("{start} {}\n", scene.public(key))).collect();
        scene.write(ALLOWED, &format!("# whose key is whose\n{text}"));
        scene.write(REVOKED, &format!("# keys that never count again\n{}\n", scene.public(AHUS_LOST)));
        scene.accepted(dir)
    })
}

/// Prepares a repository with a forge in place of keys. The text is the register's line about evidence.
pub(super) fn prepared_with(evidence: &str) -> Prepared {
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::at(tempfile::tempdir().unwrap(), dir.path().join("no keys"));
    lay(&scene.root());
    scene.edit(REGISTER, "evidence: signature", evidence);
    scene.accepted(dir)
}

/// A repository and a register for one story.
pub struct Scene {
    pub(super) dir: TempDir,
    keys: PathBuf,
    /// The file with the token that the forge is asked with, where it is.
    pub(super) token: Option<PathBuf>,
    today: RefCell<String>,
    seconds: Cell<u32>,
    /// The number of changes that were proposed.
    pub(super) turn: Cell<u32>,
}

impl Scene {
    fn at(dir: TempDir, keys: PathBuf) -> Self {
        std::fs::create_dir(dir.path().join("root")).unwrap();
        let today = RefCell::new("2026-03-02".to_owned());
        Self { dir, keys, token: None, today, seconds: Cell::new(0), turn: Cell::new(0) }
    }

    /// Commits the files, has the register accept them, and keeps a copy in that folder.
    fn accepted(&self, dir: TempDir) -> Prepared {
        let [leader, coordinator, _] = ADMINISTRATORS;
        self.write(".gitignore", "var/\n");
        self.git(&["init", "-q", "-b", "main"]);
        self.commit("the first state");
        let shown = self.portvakt(&["baseline"]).ends(0);
        let digest = shown.after("Digest of the tree: ");
        self.portvakt(&["baseline", "--accept", &digest, "--by", leader, "--by", coordinator]).ends(0);
        self.portvakt(&["apply"]).ends(0);
        let commits = self.git(&["rev-parse", "HEAD"]);
        copy(&self.root(), &dir.path().join("root"));
        Prepared { dir, commits }
    }

    /// The accepted repository, on a branch for the first change.
    pub fn new() -> Self {
        Self::of(prepared())
    }

    pub(super) fn of(made: &Prepared) -> Self {
        let scene = Self::at(tempfile::tempdir().unwrap(), made.dir.path().join("keys"));
        copy(&made.dir.path().join("root"), &scene.root());
        scene.seconds.set(3600);
        assert_eq!(scene.git(&["rev-parse", "HEAD"]), made.commits);
        scene.git(&["switch", "-q", "-c", "change-1"]);
        scene
    }

    pub fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    /// Noon of that day has come.
    pub fn on(&self, day: &str) {
        day.clone_into(&mut self.today.borrow_mut());
    }

    /// The same after days without a pass, when somebody on the host has confirmed the date.
    pub fn on_confirmed(&self, day: &str) {
        self.on(day);
        self.at_a_desk(&["confirm-date", day, "--by", "leder.eksempelvik"]).ends(0);
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
    }

    pub fn delete(&self, path: &str) {
        std::fs::remove_file(self.path(path)).unwrap();
    }

    /// Replaces words that must stand in a file.
    #[track_caller]
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{from}` is not in\n{text}");
        self.write(path, &text.replacen(from, to, 1));
    }

    /// The time, as the programs are told it.
    pub fn now(&self) -> String {
        let seconds = self.seconds.replace(self.seconds.get() + 10);
        let (hours, minutes, rest) = (12 + seconds / 3600, seconds / 60 % 60, seconds % 60);
        format!("{}T{hours:02}:{minutes:02}:{rest:02}Z", self.today.borrow())
    }

    /// The program with git as its source.
    pub fn program(&self) -> Command {
        let mut command = self.desk_program();
        command.args(["--source", "git"]);
        command
    }

    /// The program that reads the folder.
    pub(super) fn desk_program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("PORTVAKT_NOW", self.now());
        command.envs(self.token.iter().map(|token| ("PORTVAKT_FORGE_TOKEN_FILE", token)));
        // What changed policies permit is not part of the story, and is not computed here.
        command.env("PORTVAKT_SOLVER", "/nowhere/cvc5");
        command.current_dir(self.root()).stdin(Stdio::null());
        command
    }

    pub fn portvakt(&self, args: &[&str]) -> Told {
        Told::of(&self.program().args(args).output().unwrap())
    }

    /// Runs a command in an approver's own checkout, where the files are.
    fn at_a_desk(&self, args: &[&str]) -> Told {
        Told::of(&self.desk_program().args(args).output().unwrap())
    }

    pub fn git(&self, args: &[&str]) -> String {
        git(&self.root(), args)
    }

    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    pub fn key(&self, key: Key) -> String {
        self.keys.join(key).to_str().unwrap().to_owned()
    }

    /// Returns the type and the key, without the comment.
    pub fn public(&self, key: Key) -> String {
        let line = std::fs::read_to_string(self.keys.join(key).with_extension("pub")).unwrap();
        line.split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    /// Signs as an honest approver does.
    pub fn approve(&self, key: Key, file: &str) {
        let key = self.key(key);
        self.at_a_desk(&["approve", file, "--key", &key, "--yes"]).ends(0).says("written to");
    }

    /// Signs the settings as an honest administrator does.
    pub fn approve_settings(&self, keys: &[Key]) {
        for key in keys {
            let key = self.key(key);
            self.at_a_desk(&["approve", "--settings", "--key", &key, "--yes"]).ends(0).says("1 signature");
        }
    }

    /// Signs a release as an honest administrator does, and gives the file.
    pub fn approve_release(&self, key: Key, digest: &str) -> String {
        let out = self.dir.path().join(format!("release-{key}.sig")).to_str().unwrap().to_owned();
        let file = self.key(key);
        self.at_a_desk(&["approve", "--release", digest, "--key", &file, "--out", &out, "--yes"]).ends(0);
        out
    }

    /// Returns the output of `statement` with these arguments.
    pub fn statement(&self, args: &[&str]) -> String {
        self.at_a_desk(&[&["statement"], args].concat()).ends(0).out
    }

    /// Returns a signature over any text, made with OpenSSH alone.
    pub fn signature(&self, key: Key, namespace: &str, text: &str) -> String {
        let message = self.dir.path().join("message");
        std::fs::write(&message, text).unwrap();
        let signed = message.with_extension("sig");
        if signed.exists() {
            std::fs::remove_file(&signed).unwrap();
        }
        let mut sign = Command::new("ssh-keygen");
        sign.args(["-q", "-Y", "sign", "-n", namespace, "-f"]).arg(self.keys.join(key)).arg(&message);
        let done = sign.stdin(Stdio::null()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        std::fs::read_to_string(signed).unwrap()
    }

    /// Signs the first entry of a file with any key, for any namespace and in any person's name.
    pub fn forge(&self, key: Key, namespace: &str, file: &str) {
        let statement = self.statement(&[file, "1"]);
        self.write(&format!("{file}.sig"), &self.signature(key, namespace, &statement));
    }

    /// The file of somebody new at Ahus, whom somebody has approved on that day.
    pub fn newcomer(&self, by: &str, on: &str) -> String {
        let file = "desired-state/ahus/ny.testesen.yaml".to_owned();
        self.write(&file, &person("ny.testesen", "ahus", &[smerte("REQ-NEW-1", by).approved_on(on)]));
        file
    }

    /// Returns every right in force in the register.
    pub fn rights(&self) -> BTreeSet<String> {
        rights(&self.root())
    }

    /// Returns one value of the register's database.
    pub fn ask(&self, sql: &str) -> String {
        let conn = rusqlite::Connection::open(self.root().join("var/register.db")).unwrap();
        conn.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

/// Returns every right in force in the register below a root.
pub fn rights(root: &Path) -> BTreeSet<String> {
    let conn = rusqlite::Connection::open(root.join("var/register.db")).unwrap();
    let mut rows = conn
        .prepare(
            "SELECT account.person || ' ' || role || ' ' || application || ' ' || unit FROM access
             JOIN account ON account.id = access.account WHERE ended IS NULL AND active = 1",
        )
        .unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
