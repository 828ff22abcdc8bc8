//! A folder with the example tree, in which the program runs. The program sees nothing of its surroundings. Standard
//! output and standard error are kept apart. The clock advances ten seconds with every command.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::civil::date;
use portvakt_test_bench::{Access, about, replace};
pub use portvakt_test_bench::{Told, copy};
use tempfile::TempDir;

pub const LEADER: &str = "bjorn.lederesen";
pub const COORDINATOR: &str = "ingrid.koordinatorsen";
pub const MANAGER: &str = "sigrid.forvaltersen";

/// A root to work in.
pub struct Desk {
    dir: TempDir,
    seconds: AtomicI64,
}

impl Desk {
    /// Makes a root without any file.
    pub fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("root")).unwrap();
        Self { dir, seconds: AtomicI64::new(0) }
    }

    /// The example tree, nothing accepted.
    pub fn tree() -> Self {
        let desk = Self::empty();
        portvakt::example::copy(&desk.root(), date(2026, 11, 23)).unwrap();
        desk
    }

    /// The example tree, accepted and told to a register. Made once and copied.
    pub fn accepted() -> Self {
        static MADE: OnceLock<Desk> = OnceLock::new();
        let made = MADE.get_or_init(|| {
            let desk = Self::tree();
            desk.accept(&[LEADER, COORDINATOR]).ends(0);
            desk.run(&["apply"]).ends(0);
            desk
        });
        let desk = Self::empty();
        copy(&made.root(), &desk.root());
        desk.seconds.store(1000, Ordering::Relaxed);
        desk
    }

    pub fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    /// A place beside the root.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Makes a key beside the root. Returns the file with the private key, and the public key.
    pub fn key(&self, name: &str) -> (PathBuf, String) {
        let file = self.beside(name);
        let mut make = Command::new("ssh-keygen");
        make.args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"]).arg(&file);
        assert!(make.status().unwrap().success());
        // An id holds a dot, so that `with_extension` would replace its end.
        let public = std::fs::read_to_string(format!("{}.pub", file.display())).unwrap();
        (file, public.trim().to_owned())
    }

    pub fn store(&self) -> PathBuf {
        self.root().join("var/register.db")
    }

    pub fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.store()).unwrap()
    }

    /// Returns the program, which will run in the root at noon of 23 November 2026 or a little later.
    pub fn program(&self) -> Command {
        let now = "2026-11-23T12:00:00Z".parse::<Timestamp>().unwrap();
        let seconds = self.seconds.fetch_add(10, Ordering::Relaxed);
        let now = now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
        self.program_at(&now.to_string())
    }

    pub fn program_at(&self, now: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
        command.env_clear().current_dir(self.root()).stdin(Stdio::null()).args(["--now", now]);
        // A solver on the machine must not change the result. A test that wants one names it.
        command.env("PORTVAKT_SOLVER", "/nowhere/cvc5");
        command
    }

    pub fn run(&self, args: &[&str]) -> Told {
        Told::of(&self.program().args(args).output().unwrap())
    }

    pub fn at(&self, now: &str, args: &[&str]) -> Told {
        Told::of(&self.program_at(now).args(args).output().unwrap())
    }

    /// Accepts the tree as it stands.
    pub fn accept(&self, by: &[&str]) -> Told {
        let digest = self.run(&["baseline"]).after("Digest of the tree: ");
        let mut args = vec!["baseline", "--accept", &digest];
        by.iter().for_each(|person| args.extend(["--by", person]));
        self.run(&args)
    }

    pub fn path(&self, trust: &str, person: &str) -> PathBuf {
        self.root().join(format!("desired-state/{trust}/{person}.yaml"))
    }

    pub fn read(&self, trust: &str, person: &str) -> String {
        std::fs::read_to_string(self.path(trust, person)).unwrap()
    }

    pub fn write(&self, trust: &str, person: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(trust, person), text).unwrap();
    }

    pub fn delete(&self, trust: &str, person: &str) {
        std::fs::remove_file(self.path(trust, person)).unwrap();
    }

    /// Replaces words that must stand in a person's file.
    #[track_caller]
    pub fn change(&self, trust: &str, person: &str, from: &str, to: &str) {
        replace(&self.path(trust, person), from, to);
    }

    #[track_caller]
    pub fn change_file(&self, path: &str, from: &str, to: &str) {
        replace(&self.root().join(path), from, to);
    }

    /// The register leader, `bjorn.lederesen`, is called `bjorn.nyland` from now on, which the program has carried out.
    pub fn gives_the_leader_another_id(&self) {
        self.writes_another_id_of_the_leader();
        self.run(&["apply"]).ends(0);
    }

    /// The leader's file has the id `bjorn.nyland` from now on. The settings still name `bjorn.lederesen`.
    pub fn writes_another_id_of_the_leader(&self) {
        let text = self.read("nasjonal", LEADER).replace("person: bjorn.lederesen", "person: bjorn.nyland");
        let approved = format!("{{by: {COORDINATOR}, on: 2026-11-23, identity: known}}");
        let previously = format!("previously: {{person: {LEADER}, approved: {approved}}}\nname:");
        self.delete("nasjonal", LEADER);
        self.write("nasjonal", "bjorn.nyland", text.replacen("name:", &previously, 1));
    }

    /// Returns the content of the register's tables, without the program's memory.
    pub fn accounts(&self) -> String {
        self.run(&["--format", "json", "register", "users", "--all"]).ends(0).out
    }
}

/// Returns the file of a person with one access, who works at the trust of the access.
pub fn person(id: &str, trust: &str, unit: u32, by: &str) -> String {
    // A number serves one person.
    let request =
        if id == "ny.testesen" { "REQ-2026-0900".to_owned() } else { format!("REQ-2026-0900.{id}") };
    let mut text = about(id, "Ny Testesen", trust, "health");
    text.push_str("access:\n");
    let access = Access {
        application: "smerteregisteret",
        unit: &unit,
        role: "LU",
        from: &"2026-11-20",
        until: None,
        request: &request,
        by,
        on: &"2026-11-19",
        identity: "known",
        contacted: None,
        revoked: None,
    };
    access.write(&mut text);
    text
}
