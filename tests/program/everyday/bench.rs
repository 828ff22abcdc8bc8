//! The example's register under `evidence: signature`, in a bare repository, with the people who work on it. Each has a
//! home, a clone that `portvakt join` made, and perhaps a key.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::civil::date;
use tempfile::TempDir;

mod person;
mod session;

pub use person::Person;
pub use session::Session;

pub const LEADER: &str = "bjorn.lederesen";
pub const NATIONAL: &str = "ingrid.koordinatorsen";
pub const STAVANGER: &str = "halvor.liksomdal";
pub const AHUS: &str = "lars.demostad";
/// A coordinator at Stavanger who has no key yet.
pub const KEYLESS: &str = "kristin.skinnvik";
/// The coordinator at UNN, who has no key either.
pub const UNN: &str = "henrik.liksomdal";

/// The people whose keys stand in the tree from the beginning.
const KEYS: [&str; 4] = [LEADER, NATIONAL, STAVANGER, AHUS];
/// The address that people type.
pub const ADDRESS: &str = "git@git.eksempel.no:register/tilganger.git";

/// The repository, and the day of the commands.
pub struct World {
    dir: TempDir,
    now: RefCell<String>,
}

impl World {
    /// Makes the world on 23 November 2026, without open branches.
    pub fn new() -> Self {
        Self::with("")
    }

    /// The same where the reviews of the user lists are due from a day on.
    pub fn with_reviews_from(day: &str) -> Self {
        Self::with(&format!("reviews_from: {day}\n"))
    }

    /// Makes the world with one more line in `register.yaml`.
    fn with(line: &str) -> Self {
        let world =
            Self { dir: tempfile::tempdir().unwrap(), now: RefCell::new("2026-11-23T12:00:00Z".to_owned()) };
        let (first, keys) = (world.path("first"), world.path("keys"));
        for folder in [&first, &keys, &world.path("scratch")] {
            std::fs::create_dir(folder).unwrap();
        }
        portvakt::example::copy(&first, date(2026, 11, 23)).unwrap();
        let register = first.join("desired-state/register.yaml");
        let text = std::fs::read_to_string(&register).unwrap();
        assert!(text.contains("\nevidence: declared\n"), "{text}");
        let text = text.replacen("\nevidence: declared\n", "\nevidence: signature\n", 1);
        let months = "\nreview_months: 3\n";
        assert!(text.contains(months), "{text}");
        std::fs::write(&register, text.replacen(months, &format!("{months}{line}"), 1)).unwrap();
        let lines: Vec<String> = KEYS.iter().map(|person| world.enroll(person)).collect();
        std::fs::write(first.join("desired-state/allowed_signers"), lines.concat()).unwrap();
        world.git(&first, &["init", "-q", "-b", "main"]);
        world.git(&first, &["add", "-A"]);
        world.git(&first, &["commit", "-q", "-m", "The first state"]);
        world.git(world.dir.path(), &["clone", "-q", "--bare", "first", "tilganger.git"]);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn key(&self, person: &str) -> PathBuf {
        self.path("keys").join(person)
    }

    /// Makes a key, and gives its line of the list of keys.
    fn enroll(&self, person: &str) -> String {
        let mut make = Command::new("ssh-keygen");
        make.args(["-q", "-N", "", "-C", "test", "-t", "ed25519", "-f"]).arg(self.key(person));
        assert!(make.status().unwrap().success(), "ssh-keygen makes the key of {person}");
        // The id holds a dot, so that `with_extension` would replace its end.
        let public = std::fs::read_to_string(format!("{}.pub", self.key(person).display())).unwrap();
        let words: Vec<&str> = public.split_whitespace().take(2).collect();
        format!("{person} namespaces=\"portvakt@smerteregisteret\" {}\n", words.join(" "))
    }

    /// The key of this person gets a passphrase.
    pub fn locks(&self, person: &str, passphrase: &str) {
        let mut locking = Command::new("ssh-keygen");
        locking.args(["-q", "-p", "-N", passphrase, "-f"]).arg(self.key(person)).stdout(Stdio::null());
        assert!(locking.status().unwrap().success(), "ssh-keygen locks the key of {person}");
    }

    /// The private key of this person is no longer where it was.
    pub fn moves_the_key_of(&self, person: &str) {
        std::fs::rename(self.key(person), self.path("elsewhere-key")).unwrap();
    }

    /// Noon of that day has come.
    pub fn on(&self, day: &str) {
        *self.now.borrow_mut() = format!("{day}T12:00:00Z");
    }

    fn git(&self, dir: &Path, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.current_dir(dir).env_clear().envs(self.environment(self.dir.path())).args(args);
        for name in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{name}_NAME"), "Test").env(format!("GIT_{name}_EMAIL"), "test@example.com");
        }
        let output = git.output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn environment(&self, home: &Path) -> Vec<(&'static str, std::ffi::OsString)> {
        vec![
            ("PATH", std::env::var_os("PATH").unwrap()),
            ("HOME", home.into()),
            // Work trees of a moment, beside the clones that they belong to.
            ("TMPDIR", self.path("scratch").into()),
            ("LANG", "nb_NO.UTF-8".into()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("GIT_TEMPLATE_DIR", "".into()),
            ("NO_COLOR", "1".into()),
            ("PORTVAKT_NOW", self.now.borrow().clone().into()),
            // A solver on the machine must not change the result.
            ("PORTVAKT_SOLVER", "/nowhere/cvc5".into()),
        ]
    }

    /// Makes a repository without a commit, and returns its address.
    pub fn has_an_empty_repository(&self) -> String {
        self.git(self.dir.path(), &["init", "-q", "--bare", "empty.git"]);
        self.path("empty.git").to_str().unwrap().to_owned()
    }

    /// A machine on which nothing has been done.
    pub fn newcomer(&self, id: &str) -> Person<'_> {
        let person = Person { world: self, home: self.path(id) };
        std::fs::create_dir(&person.home).unwrap();
        person.reaches(self.path("tilganger.git").to_str().unwrap());
        person
    }

    /// Returns a person who has joined. They have their key, if the tree has one of them.
    pub fn person(&self, id: &str) -> Person<'_> {
        let person = self.newcomer(id);
        let typed = format!("{id}\n");
        person.types(&format!("portvakt join {ADDRESS}"), &[("holder): ", typed.as_str())]).ends(0);
        if KEYS.contains(&id) {
            let key = self.key(id);
            self.git(&person.clone_dir(), &["config", "portvakt.key", key.to_str().unwrap()]);
        }
        person
    }

    /// Returns the host of the register. The register is beside a folder of the files, and all of them are accepted.
    pub fn host(&self) -> Person<'_> {
        let host = self.person(NATIONAL);
        let shown = host.runs(&["--format", "json", "baseline"]).ends(0).json();
        let digest = shown["digest"].as_str().unwrap();
        host.runs(&["baseline", "--accept", digest, "--by", LEADER, "--by", NATIONAL]).ends(0);
        host
    }

    /// Merges a branch, as the keeper of the main branch does if CI allows it.
    #[track_caller]
    pub fn takes_in(&self, branch: &str) {
        assert_eq!(self.judged(branch), (0, String::new()), "{branch}");
        self.merge(branch);
    }

    /// Returns CI's result for a branch: the exit code, and the codes of the findings that stop it.
    pub fn judged(&self, branch: &str) -> (i32, String) {
        let dir = self.checkout();
        let mut check = self.program(&dir, self.dir.path());
        check.args(["--format", "json", "check", "--base", "refs/remotes/origin/main"]);
        check.args([
            "--head",
            &format!("refs/remotes/origin/{branch}"),
            "--target",
            "refs/remotes/origin/main",
        ]);
        let output = check.stdin(Stdio::null()).output().unwrap();
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let stops = said["findings"].as_array().unwrap().iter().filter(|one| one["severity"] != "advice");
        let codes: Vec<&str> = stops.filter_map(|one| one["code"].as_str()).collect();
        (output.status.code().unwrap(), codes.join(" "))
    }

    /// Takes a branch in, whatever CI says.
    pub fn merge(&self, branch: &str) {
        let dir = self.checkout();
        self.git(&dir, &["merge", "-q", "--no-ff", "-m", "Take it in", &format!("origin/{branch}")]);
        self.git(&dir, &["push", "-q", "origin", "main"]);
        self.git(&dir, &["push", "-q", "origin", "--delete", branch]);
    }

    /// The forge takes a branch in as one commit of its own, and deletes it.
    pub fn squashes(&self, branch: &str) {
        let dir = self.checkout();
        self.git(&dir, &["merge", "-q", "--squash", &format!("origin/{branch}")]);
        self.git(&dir, &["commit", "-q", "-m", "Take it in (#1)"]);
        self.git(&dir, &["push", "-q", "origin", "main"]);
        self.git(&dir, &["push", "-q", "origin", "--delete", branch]);
    }

    /// The request for a branch is turned down, and the branch is deleted.
    pub fn turns_down(&self, branch: &str) {
        self.git(&self.checkout(), &["push", "-q", "origin", "--delete", branch]);
    }

    /// A person writes a file on the newest commit of one branch, and sends it to another branch.
    pub fn sends(&self, (from, to): (&str, &str), path: &str, text: &str) {
        let dir = self.checkout();
        self.git(&dir, &["checkout", "-q", "--detach", &format!("refs/remotes/origin/{from}")]);
        let file = dir.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        self.commits(&dir, to);
    }

    /// A person's file is deleted on the main branch.
    pub fn loses(&self, path: &str) {
        let dir = self.checkout();
        std::fs::remove_file(dir.join(path)).unwrap();
        self.commits(&dir, "main");
    }

    /// A file of the main branch is replaced by a link to a file elsewhere on the machine.
    pub fn has_a_link(&self, path: &str) {
        let (dir, elsewhere) = (self.checkout(), self.path("elsewhere"));
        std::fs::write(&elsewhere, "Dette angår ingen andre\n").unwrap();
        std::fs::remove_file(dir.join(path)).unwrap();
        std::os::unix::fs::symlink(elsewhere, dir.join(path)).unwrap();
        self.commits(&dir, "main");
    }

    /// A person sends a branch that has no commit in common with the main branch.
    pub fn sends_unrelated(&self, to: &str) {
        let dir = self.checkout();
        self.git(&dir, &["checkout", "-q", "--orphan", "alone"]);
        self.commits(&dir, to);
    }

    fn commits(&self, dir: &Path, to: &str) {
        self.git(dir, &["add", "-A"]);
        self.git(dir, &["commit", "-q", "-m", "Something else"]);
        self.git(dir, &["push", "-q", "origin", &format!("HEAD:refs/heads/{to}")]);
    }

    /// A fresh clone of the repository.
    fn checkout(&self) -> PathBuf {
        let dir = self.path("checkout");
        if dir.exists() {
            std::fs::remove_dir_all(&dir).unwrap();
        }
        self.git(self.dir.path(), &["clone", "-q", "tilganger.git", "checkout"]);
        dir
    }

    /// A file of the main branch.
    pub fn file(&self, path: &str) -> String {
        self.file_on("main", path)
    }

    pub fn file_on(&self, branch: &str, path: &str) -> String {
        self.git(&self.path("tilganger.git"), &["show", &format!("{branch}:{path}")])
    }

    /// The names of the files in a folder of a branch.
    pub fn names_in(&self, branch: &str, folder: &str) -> String {
        let folder = format!("{folder}/");
        self.git(&self.path("tilganger.git"), &["ls-tree", "--name-only", branch, &folder])
    }

    /// Whether the main branch has a file.
    pub fn has(&self, path: &str) -> bool {
        !self.git(&self.path("tilganger.git"), &["ls-tree", "--name-only", "main", path]).is_empty()
    }

    /// The branches that are not taken in.
    pub fn branches(&self) -> Vec<String> {
        let all = self.git(&self.path("tilganger.git"), &["for-each-ref", "--format=%(refname:lstrip=2)"]);
        all.lines().filter(|name| *name != "main").map(str::to_owned).collect()
    }

    fn program(&self, dir: &Path, home: &Path) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
        program.env_clear().envs(self.environment(home)).current_dir(dir);
        program
    }

    /// Removes what differs from run to run: commits, digests, keys and folders.
    fn settled(&self, text: &str) -> String {
        let here = self.dir.path().to_str().unwrap();
        let mut lines: Vec<String> = Vec::new();
        for line in text.lines() {
            let line = line.replace(here, "…");
            let words: Vec<String> = line.split(' ').map(settled_word).collect();
            let line = words.join(" ");
            // OpenSSH words its question in more than one way.
            lines.push(if line.starts_with("Enter passphrase") {
                "Enter passphrase:".to_owned()
            } else {
                line
            });
        }
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        format!("{}\n", lines.join("\n").trim_end())
    }
}

fn settled_word(word: &str) -> String {
    let kept = word.trim_matches(|c: char| ":.,;()`".contains(c));
    let hex = kept.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    let is_id = hex && [12, 40, 64].contains(&kept.len());
    let is_key = kept.starts_with("SHA256:") || kept.starts_with("AAAA");
    if is_time(kept) {
        return word.replace(kept, &format!("{}:00", &kept[..5]));
    }
    if !is_id && !is_key {
        return word.to_owned();
    }
    let short = kept.strip_prefix("SHA256:").map_or("…", |_| "SHA256:…");
    word.replace(kept, short)
}

/// Returns whether a word is a time of day with seconds. The seconds change while a program runs.
fn is_time(word: &str) -> bool {
    let fits = |(at, c): (usize, char)| if matches!(at, 2 | 5) { c == ':' } else { c.is_ascii_digit() };
    word.len() == 8 && word.char_indices().all(fits)
}
